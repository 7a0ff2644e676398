"""What stands between "written" and "on the disk"."""

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Callable, Generator
from enum import StrEnum
from functools import cache
from pathlib import Path

import pygit2

from .handle import Handle

_FSYNC = threading.Lock()


class Durability(StrEnum):
    """How long a write waits: until the disk has it, or until the system has it."""

    FULL = "full"
    RELAXED = "relaxed"


@contextlib.contextmanager
def objects_on_disk(repository: Path, durability: Durability) -> Generator[None]:
    """Every object written inside is on the disk when this is left.

    Where the system can flush a whole file system at once, that is one call for all objects;
    elsewhere libgit2 syncs each of them as it writes it.
    """
    if durability is Durability.RELAXED:
        yield
    elif flush := _syncfs():
        yield
        flush(repository)
    else:
        with fsynced():
            yield


@contextlib.contextmanager
def fsynced() -> Generator[None]:
    """Inside, libgit2 syncs each file and folder it writes; a process-wide switch, so one at a time."""
    with _FSYNC:
        pygit2.settings.enable_fsync_gitdir(True)
        try:
            yield
        finally:
            pygit2.settings.enable_fsync_gitdir(False)


def reference_writer(repository: Path, durability: Durability) -> pygit2.Repository:
    """A handle whose reference writes are synced.

    libgit2 decides at opening whether references are synced, so switching it on later is too late.
    """
    if durability is Durability.RELAXED:
        return Handle(str(repository))
    with fsynced():
        handle = Handle(str(repository))
        _ = handle.references.get("HEAD")
        return handle


def sync_folder(folder: Path) -> None:
    """Make names created in or moved into a folder last; a no-op where folders cannot be opened."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def _syncfs() -> Callable[[Path], None] | None:
    if sys.platform != "linux":
        return None
    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        return None

    def flush(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if call(descriptor) != 0:
                raise OSError(ctypes.get_errno(), "syncfs", str(folder))
        finally:
            os.close(descriptor)

    return flush
