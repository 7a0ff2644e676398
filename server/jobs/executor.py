"""What runs jobs: here, or in workers anywhere."""

from collections.abc import Mapping
from typing import Protocol

import anyio

from .job import Job, Record

_LOOK_SECONDS = 60.0


class Executor(Protocol):
    """Takes jobs, runs those of one user one after the other, and tells what became of them."""

    @property
    def waits_by_default(self) -> bool:
        """Whether a caller who does not say otherwise waits for the end of a job."""
        ...

    async def start(self) -> None:
        """Begin to take jobs, and to work off what an earlier process left."""
        ...

    async def submit(self, job: Job) -> Record:
        """Queue a job."""
        ...

    async def get(self, user: str, identity: str) -> Record | None:
        """What became of a user's job; None if there is none, or it is another user's."""
        ...

    async def wait(self, record: Record, seconds: float) -> Record:
        """The record once the job is over, or as it stands when the time is up."""
        ...

    async def drain(self, seconds: float) -> None:
        """Take no more jobs and let what runs come to its end, for so long."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """How many jobs are queued and running, and how many were completed and failed."""
        ...


async def over(executor: Executor, record: Record) -> Record:
    """The record of a job once it is over, however long that takes."""
    while not record.status.over:
        record = await executor.wait(record, _LOOK_SECONDS)
    return record


async def looked_up(
    executor: Executor, record: Record, seconds: float, shortest: float, longest: float
) -> Record:
    """The record once the job is over, or as it stands when the time is up; looked up ever more seldom."""
    pause = shortest
    with anyio.move_on_after(seconds):
        while not record.status.over:
            await anyio.sleep(pause)
            pause = min(2 * pause, longest)
            record = await executor.get(record.job.user, record.job.id) or record
    return record
