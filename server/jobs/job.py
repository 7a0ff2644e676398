"""A job: a verb, a user and arguments, as data; and what became of it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from ...errors import NotFound

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""What a queue, a callback and an answer over HTTP can carry."""


class Status(StrEnum):
    """How far a job has come."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self in {Status.COMPLETED, Status.FAILED}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done, for whom; holds no words of a session, which are committed before it is queued.

    `asked_by` is the name of the principal who asked for it, "" where nobody did.
    """

    id: str
    verb: str
    user: str
    arguments: Mapping[str, JSON]
    submitted_at: datetime
    callback_url: str = ""
    asked_by: str = ""

    @classmethod
    def new(
        cls,
        verb: str,
        user: str,
        arguments: Mapping[str, JSON],
        callback_url: str = "",
        asked_by: str = "",
    ) -> "Job":
        """A job nobody can guess the id of."""
        return cls(secrets.token_hex(16), verb, user, arguments, datetime.now(UTC), callback_url, asked_by)

    def plain(self) -> dict[str, Any]:
        """The job as JSON."""
        return asdict(self) | {
            "arguments": dict(self.arguments),
            "submitted_at": self.submitted_at.isoformat(),
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Job":
        """The job that `plain` made."""
        read: dict[str, Any] = {**plain, "submitted_at": datetime.fromisoformat(plain["submitted_at"])}
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed: the kind of error as `errors` names it, and its words."""

    type: str
    detail: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to call back: when, and the status that came (0 for none) or what went wrong."""

    at: datetime
    status: int = 0
    error: str = ""

    @property
    def taken(self) -> bool:
        """Whether the other side took it."""
        return 200 <= self.status < 300

    def plain(self) -> dict[str, Any]:
        """The attempt as JSON."""
        return asdict(self) | {"at": told(self.at)}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Delivery":
        """The attempt that `plain` made."""
        read: dict[str, Any] = {**plain, "at": datetime.fromisoformat(plain["at"])}
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Record:
    """A job and what became of it so far.

    A job may fail and yet have a `result`: a session whose digest failed is stored all the same.
    """

    job: Job
    status: Status = Status.QUEUED
    started_at: datetime | None = None
    completed_at: datetime | None = None
    result: JSON = None
    error: Failure | None = None
    callbacks: tuple[Delivery, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The record as every door shows it; the arguments stay here."""
        return {
            "job_id": self.job.id,
            "user_id": self.job.user,
            "verb": self.job.verb,
            "status": str(self.status),
            "submitted_at": told(self.job.submitted_at),
            "started_at": told(self.started_at) if self.started_at else None,
            "completed_at": told(self.completed_at) if self.completed_at else None,
            "result": self.result,
            "error": asdict(self.error) if self.error else None,
            "callbacks": [one.plain() for one in self.callbacks],
        }


def told(moment: datetime) -> str:
    """A moment as RFC 3339."""
    return moment.isoformat(timespec="milliseconds")


def unknown(identity: str) -> NotFound:
    """The error for a job that is not there, or another user's."""
    return NotFound(f"no job {identity[:64]!r} here; finished jobs are kept for a while only")
