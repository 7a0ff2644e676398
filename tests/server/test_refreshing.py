import threading
from pathlib import Path

from diffmem.memory import Memory
from diffmem.server.refreshing import refreshed
from diffmem.storage.names import UserId, user_id
from diffmem.storage.store import Store

SECONDS = 30


class Observed(Memory):
    """A memory that tells when it has read on for each of some users."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.done = {name: threading.Event() for name in ("ann", "ben")}

    def refresh(self, user: UserId) -> None:
        try:
            super().refresh(user)
        finally:
            self.done[user].set()


async def test_each_commit_is_read_on(tmp_path: Path) -> None:
    memory = Observed(Store(tmp_path))
    with refreshed(memory):
        for user, done in memory.done.items():
            await memory.remember(user, "user: I like tea.", "s1")
            assert done.wait(SECONDS)


async def test_a_memory_that_cannot_be_read_does_not_end_the_reading(tmp_path: Path) -> None:
    memory = Observed(Store(tmp_path))
    with refreshed(memory):
        memory.desk.tell(user_id("ben"), "a commit of somebody who has no memory")
        assert memory.done["ben"].wait(SECONDS)
        await memory.remember("ann", "user: I like tea.", "s1")
        assert memory.done["ann"].wait(SECONDS)
