"""The memory of one verb of the command line: its changes are noted, and mirrored before the verb ends."""

import argparse
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps

import pygit2

from ..errors import DiffMemError, UnknownUser
from ..memory import Memory
from ..storage.mirror import Mirror
from ..storage.names import UserId, user_id
from . import build
from .auth.principal import local
from .deeds import Deeds
from .doing import SERVER, doing
from .settings import Settings

PUSH_SECONDS = 10.0
"""How long a verb that has written waits for the mirror."""


Verb = Callable[[argparse.Namespace, Settings], int]
Writing = Callable[[argparse.Namespace, Settings, Memory], int]


def writes(verb: Writing) -> Verb:
    """A verb of the command line that is given the memory it may write to."""

    @wraps(verb)
    def run(asked: argparse.Namespace, settings: Settings) -> int:
        with written(asked.verb, settings) as memory:
            return verb(asked, settings, memory)

    return run


@contextmanager
def written(verb: str, settings: Settings, seconds: float = PUSH_SECONDS) -> Generator[Memory]:
    """The memory to write to; what was committed is pushed when this is left, for so long at most.

    A mirror that lags is told on standard error and is no failure: what was committed is stored.
    """
    memory = build.memory(settings)
    Deeds.of_home(memory, settings.home)
    changed = _Changed(memory)
    memory.watch(changed.committed)
    with doing(local(settings.user).name, verb):
        yield memory
    changed.pushed(seconds)


@dataclass(slots=True)
class _Changed:
    """Who was written to, and the one push that follows."""

    memory: Memory
    users: dict[UserId, None] = field(default_factory=dict[UserId, None])
    failed: list[str] = field(default_factory=list[str])

    def committed(self, user: str, commit: str) -> None:
        """Remember whose memory has a new commit."""
        del commit
        self.users[user_id(user)] = None

    def pushed(self, seconds: float) -> None:
        """Push what is new; says on standard error what could not be."""
        mirror = self.memory.mirror
        if mirror is None or not self.users:
            return
        # A push that hangs is left to itself; git takes all of it at the other end, or nothing.
        thread = threading.Thread(target=self._push, args=[mirror], daemon=True)
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            self.failed.append(f"it did not answer within {seconds:.0f} s")
        if self.failed:
            why = " ".join(self.failed[0].split())
            sys.stderr.write(f"diffmem: the mirror is behind: {why}; `diffmem backup` brings it into step\n")

    def _push(self, mirror: Mirror) -> None:
        for user in self.users:
            try:
                synced = mirror.push(self.memory.desk.store.branch(user))
                if synced.tip != synced.before:
                    with doing(SERVER, "backup"):
                        self.memory.desk.tell(user, synced.tip)
                    self.memory.desk.show_again(user)
            except UnknownUser:
                # All of this memory was erased, at the mirror first.
                continue
            except (DiffMemError, pygit2.GitError, OSError, KeyError, ValueError) as failed:
                self.failed.append(str(failed) if isinstance(failed, DiffMemError) else type(failed).__name__)
