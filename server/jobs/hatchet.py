"""The executor on Hatchet: its engine queues the jobs, workers anywhere run them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from pydantic import BaseModel

from ...errors import StoreError
from ..settings import BadSettings
from .executor import looked_up
from .job import Delivery, Failure, Job, Record, Status
from .running import Outcome

if TYPE_CHECKING:
    import hatchet_sdk
    from hatchet_sdk.clients.rest.models.v1_task_summary import V1TaskSummary
    from hatchet_sdk.runnables.workflow import Standalone

JOB = "job"
CALL = "callback"
_LONGEST_QUEUE = timedelta(days=7)
"""How long a job may wait for its turn."""
_LONGEST_RUN = timedelta(hours=1)
_ATTEMPTS = 3
_SHORTEST_LOOK, _LONGEST_LOOK = 0.1, 2.0

_STATUS = {
    "QUEUED": Status.QUEUED,
    "RUNNING": Status.RUNNING,
    "COMPLETED": Status.COMPLETED,
    "FAILED": Status.FAILED,
    "CANCELLED": Status.FAILED,
}


class Asked(BaseModel):
    """What a run is given: a job; `user` stands beside it for the engine to queue by."""

    user: str
    job: dict[str, Any]


Run = Callable[[Asked], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Workflows:
    """Our two workflows, as the engine knows them."""

    job: "Standalone[Asked, dict[str, Any]]"
    callback: "Standalone[Asked, dict[str, Any]]"

    def ask(self, job: Job, kind: str) -> None:
        """Have a job run, or its callback made."""
        workflow = self.job if kind == JOB else self.callback
        asked = Asked(user=job.user, job=job.plain())
        workflow.run(asked, wait_for_result=False, additional_metadata=labels(job, kind))


class Hatchet:
    """Puts jobs into Hatchet's queue and reads what became of them; `diffmem worker` runs them."""

    waits_by_default = False

    def __init__(self, token: str, namespace: str) -> None:
        self._client = client(token, namespace)
        self._workflows = workflows(self._client, _elsewhere, _elsewhere)

    async def start(self) -> None:
        """Make sure that the engine answers.

        Raises:
            StoreError: it does not.
        """
        await to_thread.run_sync(self._found, "none")

    async def submit(self, job: Job) -> Record:
        """Queue a job.

        Raises:
            StoreError: the engine did not take it.
        """
        await to_thread.run_sync(self._queue, job)
        return Record(job)

    async def get(self, user: str, identity: str) -> Record | None:
        """What became of a user's job."""
        found = await to_thread.run_sync(self._found, identity)
        by_kind = {str((one.additional_metadata or {}).get("kind")): one for one in found}
        if JOB not in by_kind:
            return None
        record = read(by_kind[JOB], by_kind.get(CALL))
        return record if record.job.user == user else None

    async def wait(self, record: Record, seconds: float) -> Record:
        """The record once the job is over, or as it stands when the time is up."""
        return await looked_up(self, record, seconds, _SHORTEST_LOOK, _LONGEST_LOOK)

    async def drain(self, seconds: float) -> None:
        """Leave the jobs to the engine."""

    async def counts(self) -> Mapping[str, int]:
        """How many jobs of the last day are in each state, as far as the engine's first page tells."""
        found = await to_thread.run_sync(self._all)
        told = Counter(read(one).status for one in found)
        return {str(status): told[status] for status in Status}

    def _queue(self, job: Job) -> None:
        with _reaching():
            self._workflows.ask(job, JOB)

    def _found(self, identity: str) -> list["V1TaskSummary"]:
        with _reaching():
            return self._client.runs.list(
                only_tasks=True, additional_metadata={"job": identity}, limit=10
            ).rows

    def _all(self) -> list["V1TaskSummary"]:
        with _reaching():
            return self._client.runs.list(only_tasks=True, additional_metadata={"kind": JOB}, limit=1000).rows


def client(token: str, namespace: str) -> "hatchet_sdk.Hatchet":
    """A client of the engine that the token names.

    Raises:
        BadSettings: it is no token of Hatchet's.
    """
    import hatchet_sdk

    try:
        config = hatchet_sdk.ClientConfig(token=token, namespace=namespace)
        return hatchet_sdk.Hatchet(config=config)
    except ValueError:
        raise BadSettings("HATCHET_CLIENT_TOKEN: this is no token that Hatchet issued") from None


def workflows(
    hatchet: "hatchet_sdk.Hatchet",
    job: Run,
    callback: Run,
) -> Workflows:
    """Declare our workflows; those of one user run one after the other, and users take turns."""
    from hatchet_sdk import ConcurrencyExpression, ConcurrencyLimitStrategy, Context

    async def run_job(given: Asked, context: Context) -> dict[str, Any]:
        return await job(given)

    async def run_callback(given: Asked, context: Context) -> dict[str, Any]:
        return await callback(given)

    one_each = ConcurrencyExpression(
        expression="input.user",
        max_runs=1,
        limit_strategy=ConcurrencyLimitStrategy.GROUP_ROUND_ROBIN,
    )
    limits: dict[str, Any] = {
        "schedule_timeout": _LONGEST_QUEUE,
        "execution_timeout": _LONGEST_RUN,
        "retries": _ATTEMPTS,
    }
    return Workflows(
        hatchet.task(name=JOB, input_validator=Asked, concurrency=one_each, **limits)(run_job),
        hatchet.task(name=CALL, input_validator=Asked, **limits)(run_callback),
    )


def labels(job: Job, kind: str) -> dict[str, str]:
    """What a run is found by and told of, without its input."""
    return {
        "kind": kind,
        "job": job.id,
        "verb": job.verb,
        "user": job.user,
        "submitted_at": job.submitted_at.isoformat(),
    }


def read(found: "V1TaskSummary", called: "V1TaskSummary | None" = None) -> Record:
    """A record from what the engine holds of a job and of its callback."""
    given: dict[str, Any] = found.additional_metadata or {}
    told = {name: given.get(name, "") for name in ("verb", "user", "submitted_at")}
    job = Job.read({"id": str(given["job"]), "arguments": {}, **told})
    status = _STATUS[found.status.value]
    outcome = _outcome(found) if status.over else Outcome()
    return Record(
        job,
        outcome.status if status.over else status,
        found.started_at,
        found.finished_at,
        outcome.result,
        outcome.error,
        tuple(Delivery.read(one) for one in (_output(called, CALL).get("attempts", ()) if called else ())),
    )


def _outcome(found: "V1TaskSummary") -> Outcome:
    output = _output(found, JOB)
    if "result" in output:
        return Outcome.read(output)
    if found.status.value == "CANCELLED":
        return Outcome(None, Failure("Cancelled", "the job was cancelled in Hatchet"))
    return Outcome(None, Failure("InternalError", "its workers failed at this job; Hatchet's log says more"))


def _output(found: "V1TaskSummary", name: str) -> dict[str, Any]:
    """What a run returned; the engine may put it below the name of its task."""
    output: dict[str, Any] = found.output or {}
    return output.get(name, output)


async def _elsewhere(given: Asked) -> dict[str, Any]:
    raise AssertionError("a server queues jobs and runs none")


@contextmanager
def _reaching() -> Generator[None]:
    """Tell errors on the way to the engine in our own words."""
    import grpc
    from hatchet_sdk.clients.rest.exceptions import OpenApiException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (grpc.RpcError, OpenApiException, HTTPError, OSError) as error:
        raise StoreError(f"Hatchet's engine did not answer: {type(error).__name__}") from error
