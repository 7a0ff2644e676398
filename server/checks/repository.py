"""Checks of one user's repository: it opens, it is whole, nobody dead holds it."""

import time
from collections.abc import Iterator
from functools import partial

from ...errors import Busy, DiffMemError, GitFailed
from ...storage import disk, journal, litter
from ...storage.branch import Branch
from ...storage.git import git
from ...storage.lock import locked
from ...storage.names import user_id
from ...storage.recovery import troubles
from .check import Case, Result, counted, fail, ok, warn

_FSCK_SECONDS = 1800.0
_DAMAGED = (
    "bring it back from the mirror or from a bundle (docs/operations.md); do not delete anything before that"
)


def sound(case: Case, branch: Branch) -> Iterator[Result]:
    """The tip can be read, and every object that history needs is there."""
    del case
    user = branch.user
    if branch.tip() is None:
        told = "a repository without any commit: the first session did not come to its end"
        yield warn("repository", told, "`diffmem remember` goes on where it stopped", user=user)
        return
    snapshot = branch.snapshot()
    files = sum(1 for _ in snapshot.files())
    try:
        git(
            branch.repository,
            "fsck", "--connectivity-only", "--no-dangling", "--no-progress",
            seconds=_FSCK_SECONDS,
        )  # fmt: skip
    except GitFailed as failed:
        lines = str(failed).partition(": ")[2].splitlines()
        yield fail("repository", "objects are missing or damaged", _DAMAGED, user=user, details=lines[:10])
        return
    told = f"{counted(files, 'file')} at {snapshot.commit[:12]}, and all that leads there"
    yield ok("repository", told, user=user)


def recovery(case: Case) -> Iterator[Result]:
    """Memories that are out of use, and those that fell back to an earlier commit."""
    store = case.memory.desk.store
    found = [one for one in troubles(store) if one.user in case.users]
    for one in found:
        branch = store.branch(user_id(one.user))
        if one.kind == "quarantined":
            mend = partial(_brought_back, branch)
            yield fail("recovery", f"out of use: {one.told}", _DAMAGED, user=one.user, mend=mend)
        else:
            told = f"fell back to an earlier commit: {one.told}"
            yield warn("recovery", told, "compare it with the mirror or a bundle", user=one.user)
    if not found:
        yield ok("recovery", "no memory is out of use or fell back to an earlier commit")


def erases(case: Case, branch: Branch) -> Iterator[Result]:
    """No erase was cut off half-way."""
    if journal.is_open(branch.notes):
        yield warn(
            "erase",
            "an erase was cut off; what was to go may still be there",
            "`diffmem doctor --fix` ends it, as the next write or start of a server does",
            user=branch.user,
            mend=lambda: _resumed(case, branch),
        )


def held(case: Case, branch: Branch) -> Iterator[Result]:
    """Who writes now, and which locks the dead have left."""
    user = branch.user
    try:
        with locked(branch.lock_file, 0):
            pass
    except Busy:
        holder = disk.holder_of(branch.lock_file)
        by = f"process {holder}" if holder else "another process"
        yield ok("writer", f"{by} is writing to it right now", user=user)
        return
    left = litter.leavings(branch.repository)
    if not left:
        young = len(litter.locks(branch.repository))
        yield ok("writer", "nobody holds it" + (f"; {young} young git locks" if young else ""), user=user)
        return
    age = max(time.time() - path.stat().st_mtime for path in left) / 60
    yield warn(
        "writer",
        f"{counted(len(left), 'file')} of git's were left by the dead, the oldest {age:.0f} minutes ago",
        "`diffmem doctor --fix` takes them away while it is the only writer",
        user=user,
        details=(path.relative_to(branch.repository).as_posix() for path in left),
        mend=lambda: f"{len(litter.cleared(branch))} taken away",
    )


def _brought_back(branch: Branch) -> str:
    with branch.writing():
        return f"shows {(branch.tip() or '')[:12]} again, the last commit that is whole"


def _resumed(case: Case, branch: Branch) -> str:
    with branch.writing() as writing:
        how = writing.resumed
    if how == "erased":
        case.memory.forget_caches()
    return {"erased": "ended: what was to go is gone", "kept": "undone: it had not begun to take effect"}.get(
        how, "somebody else has ended it"
    )


def damaged(name: str, error: Exception, user: str = "") -> Result:
    """The answer of a check that could not be made."""
    told = str(error) if isinstance(error, DiffMemError) else f"{type(error).__name__}: {error}"
    return fail(
        name, f"could not be looked at: {' '.join(told.split())}", _DAMAGED if user else "", user=user
    )
