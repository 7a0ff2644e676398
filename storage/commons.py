"""A repository that writers of several users share: side by side, and now and then one of them alone."""

import contextlib
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import IO

from ..errors import Busy
from .lock import locked

_POLL_SECONDS = 0.005
_STALE_SECONDS = 60.0
_COMMONS = ".commons"
# Who wants to be alone holds the gate, so that writers who come later wait for them and not they for ever.
_GATE = ".gate.lock"
_REFERENCES = ".references.lock"


class _Here(threading.local):
    """What this thread holds open."""

    def __init__(self) -> None:
        self.held: dict[Path, IO[bytes]] = {}


_here = _Here()


@contextlib.contextmanager
def beside(papers: Path, seconds: float) -> Generator[None]:
    """Write while writers of other users do; until this is left, nobody is `alone`.

    Raises:
        Busy: somebody was alone for longer than `seconds`.
    """
    papers.mkdir(parents=True, exist_ok=True)
    with papers.joinpath(_COMMONS).open("ab") as file:
        with locked(papers / _GATE, seconds):
            _lock(file, seconds, alone=False)
        held = _held()
        held[papers] = file
        try:
            yield
        finally:
            del held[papers]
            _unlock(file)


@contextlib.contextmanager
def alone(papers: Path, seconds: float) -> Generator[None]:
    """Be the only writer of any user; only for who is `beside` the others already.

    Others may write between the asking and the being alone: what was written and is not named by a
    reference yet may be gone by then.

    Raises:
        Busy: others were writing for longer than `seconds`.
    """
    file = _held()[papers]
    _unlock(file)
    try:
        with locked(papers / _GATE, seconds):
            _lock(file, seconds, alone=True)
            try:
                yield
            finally:
                _unlock(file)
    finally:
        _lock(file, seconds, alone=False)


@contextlib.contextmanager
def taking_references_away(repository: Path, papers: Path, seconds: float) -> Generator[None]:
    """Be the only one who takes references away, which git does in one file for all.

    Raises:
        Busy: somebody else was at it for longer than `seconds`.
    """
    with locked(papers / _REFERENCES, seconds):
        left = repository / "packed-refs.lock"
        with contextlib.suppress(FileNotFoundError):
            # Nobody writes it for so long; whoever began to is dead.
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()
        yield


def _held() -> dict[Path, IO[bytes]]:
    return _here.held


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes], seconds: float, *, alone: bool) -> None:
        # There are no locks here that several can hold: everybody is alone in turn.
        del alone
        until = time.monotonic() + seconds
        while True:
            file.seek(0)
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except OSError:
                if time.monotonic() > until:
                    raise Busy(seconds) from None
                time.sleep(_POLL_SECONDS)
            else:
                return

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes], seconds: float, *, alone: bool) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Busy(seconds) from None
                time.sleep(_POLL_SECONDS)
            else:
                return

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
