"""What those who listen are told after each commit."""

import asyncio
from collections.abc import Callable

from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
)

from ..errors import DiffMemError, UnknownUser
from ..memory import Memory
from .background import Background
from .resources import uri_of

POLL_SECONDS = 1.0
"""How often the newest commit is looked up while somebody listens: other processes write, too."""
_MOST_COMMITS = 50
_NOBODY = "-"


class Bus(InMemorySubscriptionBus):
    """A bus that knows whether anybody listens, and calls `joined` when the first one comes."""

    def __init__(self, joined: Callable[[], None]) -> None:
        super().__init__()
        self.listeners = 0
        self._joined = joined

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Register a listener; the answer takes it off again."""
        leave = super().subscribe(listener)
        self.listeners += 1
        if self.listeners == 1:
            self._joined()
        gone = False

        def unsubscribe() -> None:
            nonlocal gone
            leave()
            self.listeners -= 0 if gone else 1
            gone = True

        return unsubscribe


class News:
    """Tells listeners which files have changed, whoever changed them."""

    def __init__(self, memory: Memory, user: str, background: Background) -> None:
        self.bus = Bus(self._joined)
        self._memory = memory
        self._user = user
        self._background = background
        self._tip, self._paths = "", frozenset[str]()
        self._telling = asyncio.Lock()
        self._watching = False

    def tell(self, commit: str) -> None:
        """Spread the word of a commit made here, and of others before it, if anybody wants it."""
        if self.bus.listeners:
            self._background.start(lambda: self._catch_up(commit))

    async def settle(self) -> None:
        """Take note of what there is now, so that who begins to listen hears of all that comes after."""
        if not self._watching:
            await self._catch_up()

    def _joined(self) -> None:
        self._background.start(self._watch)

    async def _watch(self) -> None:
        if self._watching:
            return
        self._watching = True
        try:
            await self._catch_up()
            while self.bus.listeners and await self._background.pause(POLL_SECONDS):
                await self._catch_up()
        finally:
            self._watching = False
            self._tip = ""

    async def _catch_up(self, made: str = "") -> None:
        """Publish what has changed since the last time; the first time, only what was `made` here."""
        async with self._telling:
            try:
                changed = await self._changed(made)
            except DiffMemError:
                return
            if changed:
                await self._publish(changed)

    async def _changed(self, made: str) -> set[str]:
        before, known = self._tip, self._paths
        self._tip, self._paths = await self._look()
        if self._tip == before or not (before or made):
            return set()
        if self._tip == _NOBODY:
            return set(known)
        changed: set[str] = set()
        limit = _MOST_COMMITS if before else 1
        page = await self._memory.history(self._user, as_of=(before and self._tip) or made, limit=limit)
        for entry in page.entries:
            if entry.commit == before:
                return changed
            changed.update(change.path for change in entry.changes)
        # What was told last is far behind, or was erased: everything may read differently.
        return changed | known | self._paths if before else changed

    async def _look(self) -> tuple[str, frozenset[str]]:
        try:
            if await self._memory.tip(self._user) == self._tip:
                return self._tip, self._paths
            listing = await self._memory.list(self._user)
        except UnknownUser:
            return _NOBODY, frozenset()
        return listing.commit, frozenset(file.path for file in listing.files)

    async def _publish(self, paths: set[str]) -> None:
        for path in sorted(paths):
            await self.bus.publish(ResourceUpdated(uri=uri_of(path)))
        await self.bus.publish(ResourcesListChanged())
