"""The folder for people, brought to each new commit behind the answers."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..errors import DiffMemError, UnknownUser
from .background import Background

log = logging.getLogger(__name__)

LayOut = Callable[[str], Awaitable[Path | None]]


class LiveView:
    """Lays out a user's files, one time after the other, as long as there is something newer."""

    def __init__(self, lay_out: LayOut, user: str, background: Background) -> None:
        self._lay_out = lay_out
        self._user = user
        self._background = background
        self._stale = False
        self._busy = False

    def ask(self) -> None:
        """Bring the folder up to date soon."""
        self._stale = True
        if not self._busy:
            self._busy = True
            self._background.start(self._bring)

    async def _bring(self) -> None:
        try:
            while self._stale:
                self._stale = False
                await self._once()
        finally:
            self._busy = False

    async def _once(self) -> None:
        try:
            await self._lay_out(self._user)
        except UnknownUser:
            return
        except (DiffMemError, OSError) as error:
            log.warning("the view of %s is behind: %s", self._user, error)
