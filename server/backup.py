"""The backup: every commit goes to the mirror behind the answers, and what was missed is caught up with."""

import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.to_thread
import pygit2

from ..errors import BadName, DiffMemError, UnknownUser
from ..memory import Memory
from ..storage.mirror import CaughtUp, Mirror, Synced
from ..storage.mirror_restore import Restored
from ..storage.names import UserId, key_of, user_id
from .doing import SERVER, doing
from .settings import Settings

log = logging.getLogger(__name__)

IN_STEP = "in step"
FLUSH_SECONDS = 5.0
"""How long a server that stops goes on pushing."""
MOUNT_SECONDS = 5.0
"""How long somebody whose memory is not here waits for the mirror to say whether it has one."""
_AGAIN_SECONDS = 60.0
_MOST_ABSENT = 10_000
_FAULTS = (DiffMemError, pygit2.GitError, OSError, KeyError, ValueError)


@dataclass
class Backup:
    """Keeps a mirror in step with the memories here; commits never wait for it."""

    memory: Memory
    mirror: Mirror
    every_seconds: float
    _waiting: dict[UserId, None] = field(default_factory=dict[UserId, None], init=False)
    _changed: threading.Condition = field(default_factory=threading.Condition, init=False)
    _stopping: bool = field(default=False, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _late: set[UserId] = field(default_factory=set[UserId], init=False)
    _absent: dict[str, float] = field(default_factory=dict[str, float], init=False)
    _down_until: float = field(default=0.0, init=False)

    def restore(self) -> Restored:
        """Bring every memory of the mirror into a home that has none; for before anybody is served.

        Raises:
            MirrorFailed: it could not be reached; a home with memories does not ask it.
        """
        found = self.mirror.restore_all(self.memory.desk.store)
        if found.users:
            log.warning("%d memories were brought back from the mirror", len(found.users))
        for user in found.users:
            self._note(user, self.memory.desk.store.branch(user).tip() or "")
        for key in found.unknown:
            log.warning("the mirror does not say whose branch %s is; it was left there", key)
        return found

    def start(self) -> None:
        """Push after each commit from now on, and compare everything now and then."""
        self.memory.watch(self._noted)
        self._thread = threading.Thread(target=self._work, name="backup", daemon=True)
        self._thread.start()

    def stop(self, grace_seconds: float) -> None:
        """Push what waits, for as long as the grace lasts; the next start catches up with the rest."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(grace_seconds)
            if self._thread.is_alive():
                log.warning("the mirror was left behind; the next start brings it into step")

    def compared(self) -> CaughtUp:
        """Push and fetch every memory that stands elsewhere than the mirror.

        What came from another machine before and still waits for its digest, which that machine has had
        the time for, is filed here.

        Raises:
            MirrorFailed: it cannot be reached.
        """
        late = list(self._late)
        done = self.mirror.catch_up(self.memory.desk.store)
        for user, synced in done.synced.items():
            self._took_in(user, synced)
        for user, failed in done.failed.items():
            _tell(user, failed)
        for user in late:
            self._file(user)
        return done

    async def sync(self) -> Mapping[str, str]:
        """Compare everything now; answers how each memory stands at the mirror.

        Raises:
            MirrorFailed: it cannot be reached.
        """
        done = await anyio.to_thread.run_sync(self.compared)
        users = map(user_id, await self.memory.users())
        return {user: str(done.failed.get(user, IN_STEP)) for user in users}

    async def mount(self, user: str) -> None:
        """Have the memory here that another machine began, before anybody reads it or writes to it.

        A mirror that is slow or down holds nobody up for longer than `MOUNT_SECONDS`, and then nobody for a
        minute: what is written meanwhile is joined with what comes later.
        """
        now = time.monotonic()
        if now < max(self._down_until, self._absent.get(user, 0.0)) or self._is_here(user):
            return
        if len(self._absent) >= _MOST_ABSENT:
            self._absent.clear()
        with anyio.move_on_after(MOUNT_SECONDS) as limit:
            await anyio.to_thread.run_sync(self._bring, user, abandon_on_cancel=True)
        if limit.cancelled_caught:
            self._down_until = time.monotonic() + _AGAIN_SECONDS

    def _is_here(self, user: str) -> bool:
        try:
            self.memory.desk.store.branch(user_id(user))
        except UnknownUser:
            return False
        except BadName:
            # Whoever is asked next says what is wrong with it.
            return True
        return True

    def _bring(self, user: str) -> None:
        who = user_id(user)
        try:
            came = self.mirror.bring(self.memory.desk.store, who)
        except _FAULTS as failed:
            self._down_until = time.monotonic() + _AGAIN_SECONDS
            _tell(who, failed)
            return
        if not came:
            self._absent[user] = time.monotonic() + _AGAIN_SECONDS
            return
        self._note(who, self.memory.desk.store.branch(who).tip() or "")

    def _noted(self, user: str, commit: str) -> None:
        del commit
        with self._changed:
            self._waiting[user_id(user)] = None
            self._changed.notify_all()

    def _work(self) -> None:
        """Push one memory after the other; the first thing is to find what was missed."""
        due = time.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._waiting or self._stopping, max(0.0, due - time.monotonic())
                )
                user = next(iter(self._waiting), None)
                if user is not None:
                    del self._waiting[user]
                elif self._stopping:
                    return
            if user is not None and not self._tried(partial(self._push, user), user):
                due = min(due, time.monotonic() + _AGAIN_SECONDS)
            if time.monotonic() >= due and not self._stopping:
                due = time.monotonic() + self.every_seconds
                if not self._tried(self.compared):
                    due = min(due, time.monotonic() + _AGAIN_SECONDS)

    def _push(self, user: UserId) -> None:
        try:
            branch = self.memory.desk.store.branch(user)
        except UnknownUser:
            # All of this memory was erased meanwhile, at the mirror first.
            return
        self._took_in(user, self.mirror.push(branch))

    def _file(self, user: UserId) -> None:
        self._late.discard(user)
        try:
            anyio.run(self.memory.digest, user)
        except DiffMemError as failed:
            log.warning("what waits for %s is filed later: %s", key_of(user), type(failed).__name__)

    def _tried(self, work: Callable[[], object], user: UserId | None = None) -> bool:
        try:
            work()
        except _FAULTS as failed:
            _tell(user, failed)
            return False
        return True

    def _took_in(self, user: UserId, synced: Synced) -> None:
        """Have everybody here know what other machines wrote."""
        if synced.erased:
            self.memory.forget_caches()
        if synced.tip != synced.before:
            self._late.add(user)
            self._note(user, synced.tip)

    def _note(self, user: UserId, tip: str) -> None:
        with doing(SERVER, "backup"):
            self.memory.desk.tell(user, tip)


@contextmanager
def backed_up(
    memory: Memory, settings: Settings, grace_seconds: float = FLUSH_SECONDS
) -> Generator[Backup | None]:
    """Have a memory mirrored for as long as it is served, restored first where all was lost.

    Raises:
        MirrorFailed: there is no memory here, and the mirror that may hold some cannot be reached.
    """
    made = backup(memory, settings)
    if made is None:
        yield None
        return
    made.restore()
    made.start()
    try:
        yield made
    finally:
        made.stop(grace_seconds)


def backup(memory: Memory, settings: Settings) -> Backup | None:
    """What keeps the mirror of a memory in step, if it has one."""
    return Backup(memory, memory.mirror, settings.backup_interval_minutes * 60.0) if memory.mirror else None


def _tell(user: UserId | None, failed: Exception) -> None:
    # What failed may name words of a memory or its owner; the key and the kind of fault do not.
    what = "all memories" if user is None else key_of(user)
    log.warning("the mirror is behind for %s: %s; it is tried again", what, type(failed).__name__)
