"""A worker on Hatchet: runs its jobs, one of each user at a time."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from anyio import to_thread

from ...memory import Memory
from .callbacks import Callbacks
from .executor import over
from .hatchet import CALL, Asked, Hatchet, client, workflows
from .job import Job, Record
from .pending import Pending
from .running import carry_out


class HatchetWorker:
    """Runs `width` jobs at a time."""

    def __init__(
        self, memory: Memory, callbacks: Callbacks, token: str, namespace: str, *, width: int
    ) -> None:
        self._memory = memory
        self._callbacks = callbacks
        self._width = width
        self._client = client(token, namespace)
        self._queue = Hatchet(token, namespace)
        self._workflows = workflows(self._client, self._job, self._call_back)
        self._pending = Pending(memory, self._digested)

    def run(self, grace: float) -> None:
        """Work until this process is asked to stop; the SDK lets what runs come to its end."""
        worker = self._client.worker(
            f"diffmem-{socket.gethostname()}",
            slots=self._width,
            workflows=[self._workflows.job, self._workflows.callback],
            lifespan=self._lifespan,
        )
        worker.start()

    async def _lifespan(self) -> AsyncGenerator[None]:
        search = asyncio.get_running_loop().create_task(self._pending.run())
        try:
            yield
        finally:
            search.cancel()

    async def _job(self, given: Asked) -> dict[str, Any]:
        job = Job.read(given.job)
        outcome = await carry_out(self._memory, job)
        if outcome.later:
            self._pending.later(job.user)
        if job.callback_url:
            await to_thread.run_sync(self._workflows.ask, job, CALL)
        return outcome.plain()

    async def _call_back(self, given: Asked) -> dict[str, Any]:
        job = Job.read(given.job)
        record = await over(self._queue, Record(job))
        # The engine holds no address in what it shows, so the record is told where to go.
        called = replace(record, job=job)
        return {"attempts": [attempt.plain() async for attempt in self._callbacks.deliver(called)]}

    async def _digested(self, user: str) -> bool:
        return (await over(self._queue, await self._queue.submit(Job.new("digest", user, {})))).error is None
