"""One job run to its end, whatever happens; the boundary where errors become data."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...errors import DiffMemError, ModelError, StoreError
from ...memory import Memory
from ..doing import at_work
from .job import JSON, Failure, Job, Status
from .work import FOUND_AGAIN, WORK

log = logging.getLogger(__name__)

_FAULT = Failure("InternalError", "a fault of the server ended this job; the server's log says more")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended; `later` says that a digest still waits and is worth another try."""

    result: JSON = None
    error: Failure | None = None
    later: bool = False

    def plain(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return {"result": self.result, "error": asdict(self.error) if self.error else None}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Outcome":
        """The outcome that `plain` made."""
        error = plain["error"]
        return cls(plain["result"], Failure(**error) if error else None)

    @property
    def status(self) -> Status:
        """What became of the job."""
        return Status.FAILED if self.error else Status.COMPLETED


async def carry_out(memory: Memory, job: Job) -> Outcome:
    """Run a job; every error becomes part of the outcome."""
    try:
        with at_work(job.verb, job.id, job.asked_by):
            return Outcome(await WORK[job.verb](memory, job.user, job.arguments))
    except ModelError as error:
        return Outcome(_stored(job), Failure(type(error).__name__, str(error)), later=True)
    except StoreError as error:
        # A disk has space again, a lock is let go: what can be read from git is worth another try.
        failed = Failure(type(error).__name__, str(error))
        return Outcome(_stored(job), failed, later=job.verb in FOUND_AGAIN)
    except DiffMemError as error:
        return Outcome(None, Failure(type(error).__name__, str(error)))
    except Exception:
        log.exception("job %s (%s) failed", job.id, job.verb)
        return Outcome(None, _FAULT)


def _stored(job: Job) -> JSON:
    """What holds for a session whose digest failed: its words are stored."""
    return job.arguments.get("receipt")
