"""What was just written is read in the background, so that the next recall need not."""

import contextlib
import logging
import threading
from collections.abc import Generator

import pygit2

from ..errors import DiffMemError
from ..memory import Memory
from ..storage.names import UserId
from .allocator import give_back

log = logging.getLogger(__name__)

_STOP_SECONDS = 1.0
# What pygit2 raises where an erase takes away what is being read is among them.
_FAULTS = (DiffMemError, pygit2.GitError, OSError, KeyError, ValueError)
_MANY = 200
"""After so many readings it is worth while to give back what they have left behind."""


class Refreshing:
    """One thread that reads on for users whose recalls are kept ready; many writes are one reading."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._changed: dict[UserId, None] = {}
        self._news = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="refreshing", daemon=True)

    def start(self) -> None:
        """Begin; from now on each commit counts."""
        self._memory.watch(self._heard)
        self._thread.start()

    def stop(self) -> None:
        """Leave off after the memory that is being read."""
        with self._news:
            self._stopping = True
            self._news.notify()
        self._thread.join(_STOP_SECONDS)

    def _heard(self, user: UserId, _: str) -> None:
        with self._news:
            self._changed[user] = None
            self._news.notify()

    def _work(self) -> None:
        for number, user in enumerate(iter(self._next, None), 1):
            if number % _MANY == 0:
                give_back()
            try:
                self._memory.refresh(user)
            except _FAULTS as failed:
                # Whoever asks next is told what is wrong.
                log.debug("a memory could not be read ahead: %s", type(failed).__name__)

    def _next(self) -> UserId | None:
        with self._news:
            self._news.wait_for(lambda: self._changed or self._stopping)
            if self._stopping:
                return None
            user = next(iter(self._changed))
            del self._changed[user]
            return user


@contextlib.contextmanager
def refreshed(memory: Memory) -> Generator[None]:
    """Have memories read on as long as this is entered."""
    refreshing = Refreshing(memory)
    refreshing.start()
    try:
        yield
    finally:
        refreshing.stop()
