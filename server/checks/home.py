"""Checks of the folder all memories lie in: its disk, its locks, what was left there."""

from collections.abc import Iterator
from pathlib import Path

import anyio

from ...storage import disk, litter
from ...storage.durability import Durability
from .check import Case, Result, counted, fail, ok, warn

_LITTLE = 1 << 30
_TOO_LITTLE = 64 << 20


def home(case: Case) -> Iterator[Result]:
    """The home: there, or one that can be made."""
    folder = _place(case)
    if folder.is_dir():
        if disk.can_be_written(folder):
            yield ok("home", f"the memories lie in {folder}")
        else:
            advice = "see who owns it, whether it is mounted read-only, and whether the disk is full"
            yield fail("home", f"{folder} cannot be written", advice)
    else:
        yield ok("home", f"{folder} is not there yet; the first memory makes it")


def storage(case: Case) -> Iterator[Result]:
    """The disk below the home: what kind, how full, and whether its locks keep a second writer out."""
    folder = _existing(_place(case))
    kind = disk.file_system(folder)
    shown = kind or "a file system whose kind this system does not tell"
    if not disk.can_be_written(folder):
        return
    if not disk.locks_hold(folder):
        advice = "two processes could write at once; put DIFFMEM_HOME on a disk of this machine"
        yield fail("locks", f"a lock on {shown} keeps nobody out", advice)
    elif kind in disk.NETWORK:
        advice = (
            "let one machine alone write there, and keep others in step by DIFFMEM_BACKUP_BACKEND; or put "
            "DIFFMEM_HOME on a disk of this machine"
        )
        yield warn("locks", f"{kind} is shared with other machines, whose locks may not be seen here", advice)
    else:
        yield ok("locks", f"a lock on {shown} keeps a second writer out")
    yield _durable(case, kind)
    yield _space(folder)


def _place(case: Case) -> Path:
    """Where the memories lie; tokens and all that a server keeps are in the home."""
    store = case.memory.desk.store
    return case.settings.home if store.seed else store.home


def leftovers(case: Case) -> Iterator[Result]:
    """What crashes left in the home."""
    store = case.memory.desk.store
    new, leaving = litter.unfinished(store), litter.leaving(store)
    if new:
        yield warn(
            "leftovers",
            f"{len(new)} repositories in the making never came to be anybody's",
            "`diffmem doctor --fix` takes them away; there is nothing in them",
            mend=lambda: f"{len(litter.swept(store))} taken away",
        )
    if leaving:
        yield warn(
            "leftovers",
            f"{counted(len(leaving), 'folder')} of erased memories or replaced views went half-way only",
            "`diffmem doctor --fix` ends what was begun, as the next start of a server does",
            mend=lambda: f"ended: {', '.join(anyio.run(case.memory.resume)) or 'the rest'}",
        )
    aside = list(litter.set_aside(store))
    if aside:
        yield warn(
            "leftovers",
            f"{counted(len(aside), 'folder')} with files of people stood in the way of a view",
            "take what you need out of them, then delete them",
            details=map(str, aside),
        )
    if not (new or leaving or aside):
        yield ok("leftovers", "no crash has left anything in the home")


def _durable(case: Case, kind: str) -> Result:
    if kind in disk.MEMORY:
        return fail(
            "durability", f"the home lies on {kind}: a restart empties it", "move DIFFMEM_HOME to a disk"
        )
    if case.settings.durability == Durability.RELAXED:
        told = "DIFFMEM_DURABILITY=relaxed: a power cut may take what was acknowledged seconds before"
        return warn("durability", told, "set it to full where that matters")
    return ok("durability", "what is acknowledged is on the disk (DIFFMEM_DURABILITY=full)")


def _space(folder: Path) -> Result:
    free = disk.free_bytes(folder)
    told = f"{free / (1 << 30):.1f} GiB are free"
    if free < _TOO_LITTLE:
        return fail("disk", told, "free some space: soon nothing can be stored")
    if free < _LITTLE:
        return warn("disk", told, "free some space before nothing can be stored")
    return ok("disk", told)


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.is_dir())
