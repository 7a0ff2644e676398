"""Work that goes on behind the answers, and outlives the request that asked for it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio

from ..errors import DiffMemError

log = logging.getLogger(__name__)

T = TypeVar("T")
_GRACE_SECONDS = 1.5
"""How long work may still take once the last server has ended; a client kills its server after two."""


class Background:
    """Jobs that no request owns. They end with the last server that runs on them."""

    def __init__(self) -> None:
        self._servers = 0
        self._ending = asyncio.Event()
        self._jobs: dict[asyncio.Task[Any], anyio.CancelScope | None] = {}

    @asynccontextmanager
    async def run(self) -> AsyncGenerator["Background"]:
        """Keep the jobs going. May be entered many times: each in-memory client is a server of its own."""
        self._servers += 1
        if self._servers == 1:
            self._ending = asyncio.Event()
        try:
            yield self
        finally:
            self._servers -= 1
            if not self._servers:
                self._ending.set()
                with anyio.CancelScope(shield=True):
                    await self._rest()

    @property
    def running(self) -> bool:
        """Whether any server still runs on these jobs."""
        return self._servers > 0

    async def pause(self, seconds: float) -> bool:
        """Sleep; False as soon as the last server has ended."""
        with anyio.move_on_after(seconds):
            await self._ending.wait()
        return not self._ending.is_set()

    def start(self, work: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """Begin a job. Await it through `asyncio.shield` or `wait`, which do not pass a cancellation on."""

        async def job() -> T:
            with anyio.CancelScope() as scope:
                self._jobs[task] = scope
                return await work()
            raise asyncio.CancelledError

        task = asyncio.get_running_loop().create_task(job())
        self._jobs[task] = None
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        del self._jobs[task]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, DiffMemError):
            log.error("a job behind the answers failed", exc_info=error)

    async def _rest(self) -> None:
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=_GRACE_SECONDS)
        # A step that is at work in a thread is seen through to its end even now.
        while self._jobs:
            for scope in filter(None, self._jobs.values()):
                scope.cancel()
            await asyncio.wait(self._jobs)
            await asyncio.sleep(0)
