"""Work that a tool has begun: over by the time of its answer, or known by an id from then on."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from ..errors import DiffMemError
from ..storage.names import user_id
from . import tasks
from .background import Background
from .jobs.job import Failure, Job, Record, Status, unknown
from .jobs.jobs import Jobs
from .problems import told

Tell = Callable[[float, str], Awaitable[None]]
"""Tells whoever waits how many seconds have gone by, and what is going on."""

ANSWER_SECONDS = 20.0
"""As clients wait for a minute at most, and some for less."""
MOST_KEPT = 256
"""Ends of work that are remembered."""
_TICK_SECONDS = 1.0
_FAULT = Failure("InternalError", "a fault of the server ended this; the server's log says more")
_STOPPED = Failure("Stopped", "the server was stopped before this was done; ask for it again")


class Works:
    """Work done here behind the answers, and the jobs of `jobs` where a server has a queue of them.

    A tool that has waited `seconds` for its work answers with an id.
    """

    def __init__(
        self, background: Background, jobs: Jobs | None = None, seconds: float = ANSWER_SECONDS
    ) -> None:
        self.background = background
        self.jobs = jobs
        self._seconds = seconds
        self._known: dict[str, Record] = {}
        self._running: dict[str, asyncio.Task[BaseModel]] = {}

    def begin(self, user: str, verb: str, work: Callable[[], Coroutine[Any, Any, BaseModel]]) -> Record:
        """Do work in this process; what it is about is written nowhere."""
        now = datetime.now(UTC)
        record = Record(Job.new(verb, user_id(user), {}), Status.RUNNING, started_at=now)
        task = self.background.start(work)
        self._known[record.job.id], self._running[record.job.id] = record, task
        task.add_done_callback(lambda task: self._ended(record, task))
        return record

    async def ask(self, user: str, verb: str, **given: Any) -> Record:
        """Hand in a job; to be called where there are `jobs`."""
        assert self.jobs is not None
        return await self.jobs.ask(user, verb, **given)

    async def get(self, user: str, identity: str, seconds: float = 0) -> Record:
        """What became of work, after waiting a while for its end.

        Raises:
            NotFound: there is none, or it is another user's.
        """
        record = self._known.get(identity)
        if record is None and self.jobs:
            return await self.jobs.get(user, identity, seconds)
        if record is None or record.job.user != user_id(user):
            raise unknown(identity)
        if seconds > 0 and (task := self._running.get(identity)):
            await asyncio.wait({task}, timeout=seconds)
        return self._known.get(identity, record)

    def patience(self) -> float:
        """How many seconds the call at hand may wait for work, which from here on is seen through."""
        return math.inf if tasks.settle() else self._seconds

    async def until(self, record: Record, seconds: float, tell: Tell, what: str) -> Record:
        """A record once its work is over, or as it stands when the time is up."""
        gone = 0.0
        while not record.status.over and gone < seconds:
            await tell(gone, what)
            step = min(_TICK_SECONDS, seconds - gone)
            record = await self.get(record.job.user, record.job.id, step)
            gone += step
        return record

    def _ended(self, record: Record, task: asyncio.Task[BaseModel]) -> None:
        error = None if task.cancelled() else task.exception()
        failure = _STOPPED if task.cancelled() else None
        if error is not None:
            known = isinstance(error, DiffMemError)
            failure = Failure(type(error).__name__, told(error)) if known else _FAULT
        status = Status.FAILED if failure else Status.COMPLETED
        record = replace(record, status=status, completed_at=datetime.now(UTC), error=failure)
        if failure is None:
            record = replace(record, result=task.result().model_dump(mode="json", exclude_unset=True))
        del self._running[record.job.id]
        self._known.pop(record.job.id)
        self._known[record.job.id] = record
        over = [one for one in self._known if one not in self._running]
        for one in over[: max(0, len(over) - MOST_KEPT)]:
            del self._known[one]


async def silent(_gone: float, _what: str) -> None:
    """Tell nobody."""
