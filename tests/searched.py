"""A memory that tells how far the search for what waits has come, with which a server begins."""

from collections.abc import Sequence

import anyio

from diffmem.memory import Memory
from diffmem.storage.store import Store

_SECONDS = 30


class Searched(Memory):
    """Knows when a start has learned in whose memories it is to look."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._known = anyio.Event()

    async def users(self) -> Sequence[str]:
        found = await super().users()
        self._known.set()
        return found

    async def searched(self) -> None:
        """Wait for that: what is stored for somebody new from then on, the start does not file."""
        with anyio.fail_after(_SECONDS):
            await self._known.wait()
