"""What those who listen are told after each commit."""

from collections.abc import Callable, Iterable

from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
)

from ..agents.indexing import is_generated
from ..errors import DiffMemError, UnknownUser
from ..memory import Memory
from .background import Background
from .resources import uri_of


class Bus(InMemorySubscriptionBus):
    """A bus that knows whether anybody listens."""

    def __init__(self) -> None:
        super().__init__()
        self.listeners = 0

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Register a listener; the answer takes it off again."""
        leave = super().subscribe(listener)
        self.listeners += 1
        gone = False

        def unsubscribe() -> None:
            nonlocal gone
            leave()
            self.listeners -= 0 if gone else 1
            gone = True

        return unsubscribe


class News:
    """Tells listeners which files a commit changed."""

    def __init__(self, memory: Memory, user: str, background: Background) -> None:
        self.bus = Bus()
        self._memory = memory
        self._user = user
        self._background = background

    def tell(self, commit: str) -> None:
        """Spread the word of a commit, if anybody wants it."""
        if self.bus.listeners:
            self._background.start(lambda: self._tell(commit))

    async def rewritten(self, paths: Iterable[str]) -> None:
        """Spread the word of an erase: these files read differently, and so do those made from others."""
        if self.bus.listeners:
            try:
                listing = await self._memory.list(self._user)
                made = {file.path for file in listing.files if is_generated(file.path)}
            except UnknownUser:
                made = set[str]()
            await self._publish(made.union(paths))

    async def _tell(self, commit: str) -> None:
        try:
            page = await self._memory.history(self._user, as_of=commit, limit=1)
        except DiffMemError:
            return
        await self._publish({change.path for entry in page.entries for change in entry.changes})

    async def _publish(self, paths: set[str]) -> None:
        for path in sorted(paths):
            await self.bus.publish(ResourceUpdated(uri=uri_of(path)))
        await self.bus.publish(ResourcesListChanged())
