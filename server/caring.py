"""Care in the background: one memory after the other is packed where there is need; nobody waits for it."""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import timedelta

import pygit2

from ..errors import Busy, DiffMemError, UnknownUser
from ..storage import care
from ..storage.names import UserId, key_of
from ..storage.store import Store
from .settings import Settings

log = logging.getLogger(__name__)

STOP_SECONDS = 3.0
"""How long a server that stops waits for care to leave off; it does so within a moment."""
_FIRST_SECONDS = 20.0
_PAUSE_SECONDS = 0.002
_LOWER = 10
_FAULTS = (DiffMemError, pygit2.GitError, OSError, KeyError, ValueError)


@dataclass
class Caring:
    """Looks now and then which memories need care; `tended` tells when each was cared for here (seconds
    since 1970)."""

    store: Store
    every_seconds: float
    grace: timedelta = care.GRACE
    first_seconds: float = _FIRST_SECONDS
    tended: dict[UserId, float] = field(default_factory=dict[UserId, float], init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def start(self) -> None:
        """Begin, in a thread that yields to all others."""
        self._thread = threading.Thread(target=self._work, name="care", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Leave off, whatever is being done; the next start goes on from there."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def round(self) -> int:
        """Care for every memory that needs it; answers how many that were."""
        done = 0
        for user in self.store.users():
            if self._stopping.wait(_PAUSE_SECONDS):
                break
            began = time.monotonic()
            if self._tended(user):
                done += 1
                # Half of the time belongs to others, however much there is to do.
                self._stopping.wait(time.monotonic() - began)
        return done

    def _work(self) -> None:
        _yield_to_others()
        wait = self.first_seconds
        while not self._stopping.wait(wait):
            try:
                self.round()
            except _FAULTS as failed:
                log.warning("the memories could not be looked through: %s", type(failed).__name__)
            wait = self.every_seconds

    def _tended(self, user: UserId) -> bool:
        try:
            branch = self.store.branch(user)
            if not care.is_due(branch):
                return False
            done = care.tend(branch, grace=self.grace, cancelled=self._stopping.is_set)
        except (Busy, UnknownUser):
            # Somebody is at it, or the user has gone; there is another round.
            return False
        except _FAULTS as failed:
            # What failed may name words of a memory; the key and the kind of fault do not.
            log.warning("%s could not be packed: %s", key_of(user), type(failed).__name__)
            return False
        if done.whole:
            self.tended[user] = time.time()
        return True


@contextlib.contextmanager
def cared_for(store: Store, settings: Settings) -> Generator[Caring | None]:
    """Have memories cared for as long as this is entered, if the settings say so."""
    made = caring(store, settings)
    if made is None:
        yield None
        return
    made.start()
    try:
        yield made
    finally:
        made.stop()


def caring(store: Store, settings: Settings) -> Caring | None:
    """What cares for the memories of a store, if the settings say so."""
    if settings.maintain == "off":
        return None
    return Caring(store, settings.maintain_minutes * 60.0, settings.prune_grace)


def _yield_to_others() -> None:
    # Linux counts this by thread, and programs that a thread starts are as low as it is.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWER)
