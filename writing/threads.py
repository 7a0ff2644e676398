"""Work with files and git, done by a thread so that nobody else waits for it."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import to_thread

from ..storage import faults

Answer = TypeVar("Answer")


async def in_thread(function: Callable[..., Answer], *arguments: object) -> Answer:
    """What a function answers from a thread; faults of the system get the name of ours."""
    # A caller who goes away does not stop a write half-way: the thread runs to its end.
    return await to_thread.run_sync(faults.named, partial(function, *arguments))
