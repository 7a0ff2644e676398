"""Digests that nobody asks for any more: left by an earlier process, or put off by the model."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import anyio

from ...errors import DiffMemError, UnknownUser
from ...memory import Memory
from ..doing import SERVER, doing

log = logging.getLogger(__name__)

Digest = Callable[[str], Awaitable[bool]]
"""Has what waits for a user digested; False if the model could not."""

FIRST_PAUSE = 30.0
LONGEST_PAUSE = 600.0
_SEARCHES = 2
"""How many users are looked at side by side; a start must not be felt."""


class Pending:
    """Finds in git what waits, and tries again, with growing pauses, what the model could not do."""

    def __init__(
        self, memory: Memory, digest: Digest, sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    ) -> None:
        self._memory = memory
        self._digest = digest
        self._sleep = sleep
        self._users: dict[str, None] = {}
        self._some = asyncio.Event()

    def later(self, user: str) -> None:
        """Try a user again after a pause."""
        self._users[user] = None
        self._some.set()

    async def run(self) -> None:
        """Look once for what waits, then try again for ever."""
        try:
            with doing(SERVER, "resume"):
                await self._memory.resume()
            users = iter(await self._memory.users())
            await asyncio.gather(*(self._search(users) for _ in range(_SEARCHES)))
        except DiffMemError as error:
            log.warning("not everything that waits was found: %s", error)
        while True:
            await self._some.wait()
            await self._try_again()

    async def _search(self, users: Iterator[str]) -> None:
        for user in users:
            try:
                waiting = await self._memory.pending(user)
            except UnknownUser:
                # Somebody whose memory is being made, or erased, right now.
                continue
            except DiffMemError as error:
                log.warning("what waits for %s cannot be read: %s", user, error)
                continue
            if not waiting:
                continue
            # Where the model has failed for one, the others wait with it.
            if self._users or not await self._digest(user):
                self.later(user)

    async def _try_again(self) -> None:
        pause = FIRST_PAUSE
        while self._users:
            await self._sleep(pause)
            pause = FIRST_PAUSE if await self._round() else min(2 * pause, LONGEST_PAUSE)
        self._some.clear()

    async def _round(self) -> bool:
        """Try each once, up to the first who fails, who comes last then; whether anybody was helped."""
        helped = False
        for user in list(self._users):
            del self._users[user]
            if not await self._still_helped(user):
                self._users[user] = None
                return helped
            helped = True
        return helped

    async def _still_helped(self, user: str) -> bool:
        with suppress(UnknownUser):
            if await self._memory.pending(user):
                return await self._digest(user)
        return True
