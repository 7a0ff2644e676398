"""A user's sessions: taken in at once, digested behind the answer."""

import asyncio
import logging
from dataclasses import replace

import anyio

from ..errors import DiffMemError, UnknownUser
from ..memory import Memory, Receipt
from .background import Background

log = logging.getLogger(__name__)

_PAUSES = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Seconds between looks while another process digests for this user."""


class Filing:
    """Takes sessions in for one user and has them digested, one digest at a time."""

    def __init__(self, memory: Memory, user: str, background: Background) -> None:
        self._memory = memory
        self._user = user
        self._background = background
        self._digesting = asyncio.Lock()

    async def take_in(self, content: str, session_id: str, session_date: str, seconds: float) -> Receipt:
        """Store a session's words and wait a while for their digest; who stops waiting loses nothing."""
        intake = self._background.start(lambda: self._take_in(content, session_id, session_date))
        receipt, digest = await asyncio.shield(intake)
        if digest is None:
            return receipt
        await asyncio.wait({digest}, timeout=seconds)
        waiting = receipt.session_id in await self._memory.pending(self._user)
        return replace(receipt, state="pending" if waiting else "digested")

    def resume(self) -> None:
        """Have finished what an earlier process left: an erase cut off, sessions not digested."""
        self._background.start(self._finish)

    async def _finish(self) -> None:
        try:
            await self._memory.resume()
        except DiffMemError as error:
            log.warning("an erase waits to be finished: %s", error)
        await self._digest()

    async def _take_in(
        self, content: str, session_id: str, session_date: str
    ) -> tuple[Receipt, asyncio.Task[None] | None]:
        receipt = await self._memory.remember(self._user, content, session_id, session_date, wait=False)
        if receipt.state != "pending":
            return receipt, None
        return receipt, self._background.start(self._digest)

    async def _digest(self) -> None:
        async with self._digesting:
            try:
                for pause in _PAUSES:
                    await self._memory.digest(self._user)
                    if not await self._memory.pending(self._user):
                        return
                    await anyio.sleep(pause)
            except UnknownUser:
                return
            except DiffMemError as error:
                log.warning("%s waits for its digest: %s", self._user, error)
