"""Who may pack a repository: one at a time, and nobody while an erase takes objects away."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import Busy
from .lock import locked

# Not called *.lock: an erase drops such files, and the lock would be gone while somebody holds it.
_LOCK = "tending"
_STOP = "tending.stop"
_PATIENCE = 60.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to pack a repository, until somebody wants it back.

    A program that is started meanwhile takes `handles` along: should this process die, the right lasts
    for as long as that program goes on.
    """

    repository: Path
    handles: Sequence[int]
    cancelled: Callable[[], bool]

    def over(self) -> bool:
        """Whether to leave off at once."""
        return self.cancelled() or self.repository.joinpath(_STOP).exists()


@contextlib.contextmanager
def turn(repository: Path, cancelled: Callable[[], bool]) -> Generator[Turn]:
    """Be the one who packs; only the one writer of the repository may begin, but may end being that.

    Raises:
        Busy: somebody else packs.
    """
    with _held(repository / _LOCK, 0) as handles:
        repository.joinpath(_STOP).unlink(missing_ok=True)
        yield Turn(repository, handles, cancelled)


@contextlib.contextmanager
def kept_out(repository: Path, seconds: float = _PATIENCE) -> Generator[None]:
    """Have nobody pack, and whoever is at it leave off; only for the one writer of the repository.

    Raises:
        Busy: they did not leave off in time.
    """
    stop = repository / _STOP
    stop.touch()
    try:
        with _held(repository / _LOCK, seconds):
            stop.unlink(missing_ok=True)
            yield
    finally:
        stop.unlink(missing_ok=True)


if sys.platform == "win32":

    @contextlib.contextmanager
    def _held(lock: Path, seconds: float) -> Generator[Sequence[int]]:
        with locked(lock, seconds):
            yield ()

else:
    import fcntl

    @contextlib.contextmanager
    def _held(lock: Path, seconds: float) -> Generator[Sequence[int]]:
        # Unlike other locks this one goes with the programs that are started under it, hence the handle.
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            until = time.monotonic() + seconds
            while not _taken(handle):
                if time.monotonic() >= until:
                    raise Busy(seconds)
                time.sleep(_POLL_SECONDS)
            yield (handle,)
        finally:
            os.close(handle)

    def _taken(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
