"""The executor that needs nothing: jobs run in this process, and what it loses is found again in git."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import anyio

from ...errors import StoreError
from ...memory import Memory
from .callbacks import Callbacks
from .job import Job, Record, Status
from .lanes import Lanes
from .pending import Pending
from .records import Records
from .running import Outcome, carry_out
from .work import FOUND_AGAIN


def now() -> datetime:
    """The time it is."""
    return datetime.now(UTC)


class Inline:
    """Runs `width` jobs at a time, one of each user."""

    waits_by_default = True

    def __init__(
        self,
        memory: Memory,
        callbacks: Callbacks,
        *,
        width: int = 8,
        records: Records | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._memory = memory
        self._callbacks = callbacks
        self._records = records or Records(now)
        self._lanes = Lanes(width)
        self._calls = Lanes(width)
        self._pending = Pending(memory, self._digested, sleep)
        self._ends: dict[str, asyncio.Event] = {}
        self._search: asyncio.Task[None] | None = None
        self._draining = False

    async def start(self) -> None:
        """Look in git for what waits, behind the answers."""
        self._search = asyncio.get_running_loop().create_task(self._pending.run())

    async def submit(self, job: Job) -> Record:
        """Queue a job.

        Raises:
            StoreError: the server is being stopped.
        """
        if self._draining:
            raise StoreError("the server is being stopped; words are stored, ask again for the rest")
        record = Record(job)
        self._records.put(record)
        self._ends[job.id] = asyncio.Event()
        self._lanes.put(job.user, partial(self._run, record))
        return record

    async def get(self, user: str, identity: str) -> Record | None:
        """What became of a user's job."""
        return self._records.get(user, identity)

    async def wait(self, record: Record, seconds: float) -> Record:
        """The record once the job is over, or as it stands when the time is up."""
        if end := self._ends.get(record.job.id):
            with anyio.move_on_after(seconds):
                await end.wait()
        return self._records.get(record.job.user, record.job.id) or record

    async def drain(self, seconds: float) -> None:
        """Take no more jobs and let what runs come to its end; digests not begun are found again in git."""
        self._draining = True
        if self._search:
            self._search.cancel()
        ends = anyio.current_time() + seconds
        await self._lanes.rest(seconds)
        await self._calls.rest(ends - anyio.current_time())

    async def counts(self) -> Mapping[str, int]:
        """How many jobs are queued and running, and how many were completed and failed so far."""
        return self._records.counts()

    async def _run(self, record: Record) -> None:
        job = record.job
        if self._draining and job.verb in FOUND_AGAIN:
            return
        record = replace(record, status=Status.RUNNING, started_at=now())
        self._records.put(record)
        outcome = await carry_out(self._memory, job)
        if outcome.later:
            self._pending.later(job.user)
        record = _ended(record, outcome)
        self._records.put(record)
        self._ends.pop(job.id).set()
        if job.callback_url:
            self._calls.put(job.id, partial(self._call_back, record))

    async def _call_back(self, record: Record) -> None:
        async for attempt in self._callbacks.deliver(record):
            record = replace(record, callbacks=(*record.callbacks, attempt))
            self._records.put(record)

    async def _digested(self, user: str) -> bool:
        """Digest what waits for a user when it is their turn."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            if not self._draining:
                outcome = await carry_out(self._memory, Job.new("digest", user, {}))
                if not done.done():
                    done.set_result(not outcome.later)

        self._lanes.put(user, work)
        return await done


def _ended(record: Record, outcome: Outcome) -> Record:
    return replace(
        record,
        status=outcome.status,
        completed_at=now(),
        result=outcome.result,
        error=outcome.error,
    )
