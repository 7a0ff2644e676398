"""The desk where every door hands in its jobs."""

from collections.abc import Mapping
from typing import Any

from ...errors import BadInput
from ...memory import Memory
from ...storage.names import user_id
from ..doing import whose_deed
from .callbacks import Callbacks
from .executor import Executor
from .intake import INTAKE
from .job import Job, Record, unknown

LONGEST_WAIT = 900.0
"""Seconds that a caller waits for a job at most."""


class Jobs:
    """Commits what a job brings, queues it, and tells its user what became of it."""

    def __init__(self, memory: Memory, executor: Executor, callbacks: Callbacks) -> None:
        self._memory = memory
        self._executor = executor
        self._callbacks = callbacks

    async def start(self) -> None:
        """Begin to take jobs."""
        await self._executor.start()

    async def drain(self, seconds: float) -> None:
        """Take no more jobs and let what runs come to its end, for so long."""
        await self._executor.drain(seconds)

    async def ask(self, user: str, verb: str, callback_url: str = "", **given: Any) -> Record:
        """Queue a job; its words are committed when this answers.

        Raises:
            BadInput, BadName, NotFound, SessionDiffers, StoreError: nothing was stored or queued.
        """
        if verb not in INTAKE:
            raise BadInput(f"no job {verb[:40]!r}; there are: {', '.join(INTAKE)}")
        who = user_id(user)
        if callback_url:
            await self._callbacks.check(callback_url)
        arguments = await INTAKE[verb](self._memory, who, given)
        return await self._executor.submit(Job.new(verb, who, arguments, callback_url, whose_deed()))

    async def run(
        self, user: str, verb: str, callback_url: str = "", *, sync: bool | None = None, **given: Any
    ) -> Record:
        """Queue a job and wait for it, if `sync` or else the executor says so; at most `LONGEST_WAIT`."""
        record = await self.ask(user, verb, callback_url, **given)
        waits = self._executor.waits_by_default if sync is None else sync
        return await self._executor.wait(record, LONGEST_WAIT) if waits else record

    async def get(self, user: str, identity: str, seconds: float = 0) -> Record:
        """What became of a job, waiting a while for its end.

        Raises:
            NotFound: there is none, or it is another user's.
        """
        record = await self._executor.get(user_id(user), identity)
        if record is None:
            raise unknown(identity)
        if seconds <= 0 or record.status.over:
            return record
        return await self._executor.wait(record, min(seconds, LONGEST_WAIT))

    async def counts(self) -> Mapping[str, int]:
        """How many jobs are queued and running, and how many were completed and failed."""
        return await self._executor.counts()
