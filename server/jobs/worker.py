"""What runs queued jobs away from the server."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from types import FrameType
from typing import Any, Protocol


class Worker(Protocol):
    """Runs the jobs of a queue."""

    def run(self, grace: float) -> None:
        """Work until this process is asked to stop, then let what runs come to its end for so long."""
        ...


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Let work go on until this process is asked to stop."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(task.cancel)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with suppress(asyncio.CancelledError):
        await task
