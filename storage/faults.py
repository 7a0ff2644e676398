"""What the system says when a disk does not do its part, as an error of ours that says what to do."""

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import pygit2

from ..errors import DiffMemError, StoreError

Answer = TypeVar("Answer")

_LITTLE = 1 << 20
_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "the disk quota is used up; free some space and try again",
    errno.EFBIG: "a file would become larger than it may; raise the limit (ulimit -f) and try again",
    errno.EROFS: "the folder is mounted read-only; mount it writable and try again",
    errno.EACCES: "the folder may not be written by this user; give it back to them and try again",
    errno.EPERM: "the folder may not be written by this user; give it back to them and try again",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n), or try again later",
    errno.ENFILE: "the system has too many files open; try again later",
    errno.EIO: "the disk reports an error; check it, and have a mirror or a bundle at hand",
}
# libgit2 keeps the words of the system, but not its number.
_TOLD = {
    "No space left on device": errno.ENOSPC,
    "Disk quota exceeded": errno.EDQUOT,
    "File too large": errno.EFBIG,
    "Read-only file system": errno.EROFS,
    "Permission denied": errno.EACCES,
    "Operation not permitted": errno.EPERM,
    "Too many open files in system": errno.ENFILE,
    "Too many open files": errno.EMFILE,
    "Input/output error": errno.EIO,
}


@contextlib.contextmanager
def faults(folder: Path, told: str = "the disk did not do its part") -> Generator[None]:
    """Have what goes wrong with the disk inside be a `StoreError` that begins with `told`.

    Raises:
        StoreError: git or the system failed.
    """
    try:
        yield
    except (pygit2.GitError, OSError) as failed:
        raise StoreError(f"{told}: {reason(folder, failed)}") from failed


def closed(folder: Path) -> str:
    """Why a folder cannot be looked into, and what to do about it; "" if it can, or if it is not there."""
    try:
        os.scandir(folder).close()
        (folder / "..").stat()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except PermissionError:
        return "the folder may not be read by this user; give it back to them (chown, chmod u+rwX)"
    except OSError as failed:
        return reason(folder, failed)
    return ""


@contextlib.contextmanager
def unreadable(folder: Path) -> Generator[None]:
    """Have a failure of the system to read be a `StoreError`; what git makes of the content is not."""
    try:
        yield
    except OSError as failed:
        raise StoreError(f"the memory could not be read: {reason(folder, failed)}") from failed


def named(work: Callable[[], Answer]) -> Answer:
    """What work answers; a failure of the system that nobody has named yet is a `StoreError`."""
    try:
        return work()
    except OSError as failed:
        raise StoreError(f"the disk did not do its part: {reason(Path(), failed)}") from failed


def reason(folder: Path, failed: Exception) -> str:
    """Why something on the disk failed, and what to do about it."""
    if isinstance(failed, DiffMemError):
        return str(failed)
    number = failed.errno if isinstance(failed, OSError) else None
    number = number or next((known for words, known in _TOLD.items() if words in str(failed)), 0)
    if number in _ADVICE:
        return _ADVICE[number]
    # libgit2 answers "no error" when the disk is full, so look for ourselves.
    with contextlib.suppress(OSError):
        if shutil.disk_usage(folder).free < _LITTLE:
            return _ADVICE[errno.ENOSPC]
    return str(failed)
