"""A lane for each user: their work one after the other, that of many users side by side."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

Work = Callable[[], Coroutine[Any, Any, None]]


class Lanes:
    """Runs work in the order it came for each user, and for `width` users at a time."""

    def __init__(self, width: int) -> None:
        self._pool = asyncio.Semaphore(width)
        self._lanes: dict[str, deque[tuple[Work, Context]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def put(self, user: str, work: Work) -> None:
        """Add work at the end of a user's lane; it runs in the context that it is put in from."""
        lane = self._lanes.setdefault(user, deque())
        lane.append((work, copy_context()))
        if len(lane) == 1:
            self._begin(user)

    async def rest(self, seconds: float) -> None:
        """Wait until all is done, for so long; then begin nothing more and end what can be ended."""
        ends = asyncio.get_running_loop().time() + seconds
        while self._tasks and (left := ends - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        self._closed = True
        for task in self._tasks:
            task.cancel()

    def _begin(self, user: str) -> None:
        work, context = self._lanes[user][0]
        task = asyncio.get_running_loop().create_task(self._next(user, work), context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _next(self, user: str, work: Work) -> None:
        lane = self._lanes[user]
        try:
            async with self._pool:
                await work()
        finally:
            lane.popleft()
            if not lane:
                del self._lanes[user]
            elif not self._closed:
                self._begin(user)
