"""One writer per user, across threads and processes."""

import contextlib
from collections.abc import Generator
from pathlib import Path

from ..errors import Busy, StoreError
from .faults import reason

_POLL_SECONDS = 0.005


@contextlib.contextmanager
def locked(path: Path, seconds: float) -> Generator[None]:
    """Hold the lock file at `path`; the system lets go of it when the process dies.

    Raises:
        Busy: somebody else held it for longer than `seconds`.
        StoreError: the system did not give one.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=seconds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(poll_interval=_POLL_SECONDS)
    except Timeout:
        raise Busy(seconds) from None
    except OSError as failed:
        raise StoreError(f"no lock could be had: {reason(path.parent, failed)}") from failed
    try:
        yield
    finally:
        lock.release()
