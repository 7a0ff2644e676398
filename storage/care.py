"""Packing, pruning and the aids that keep old memories fast; never inside a write, never beside an erase.

What takes long (packing, the commit graph, finding what no reference leads to) is done while others write:
it only moves objects, or looks. What takes something away is done as the user's one writer.
"""

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from ..errors import Busy
from . import journal, litter, packs
from .branch import Branch
from .failpoint import failpoint
from .faults import faults
from .git import git, git_until
from .loose import Loose, loose_estimate, loose_older
from .tending import Turn, turn
from .trail_survey import surveyed

GRACE = timedelta(days=14)
"""How long an object that nothing leads to is kept, in case somebody is still at work on it."""
LEAST_GRACE = timedelta(hours=1)
_MANY = 512
_FEW = 64
_QUIET = timedelta(days=1)
_LITTER_SECONDS = 3600.0
_WAIT_SECONDS = 5.0
_TRY_SECONDS = 0.1
_BOUNDED = (
    "pack.threads=1",
    "pack.windowMemory=64m",
    "pack.deltaCacheSize=16m",
    "core.bigFileThreshold=16m",
    "core.packedGitLimit=256m",
    "core.deltaBaseCacheLimit=32m",
)


# Filters of twice the usual size: one commit in a hundred is else looked into for nothing, and in a memory
# of many files that look is what `git log` of a path takes longest for.
_EXACT = {"GIT_TEST_BLOOM_SETTINGS_BITS_PER_ENTRY": "20", "GIT_TEST_BLOOM_SETTINGS_NUM_HASHES": "14"}


@dataclass(frozen=True, slots=True)
class Tended:
    """What care came to; `whole` is False if it was cut off, and the next one goes on from there."""

    pruned: int = 0
    litter: int = 0
    whole: bool = True


def is_due(branch: Branch) -> bool:
    """Whether care is worth its while: many loose objects or packs, or some where all is quiet.

    Looks at a few folders only.
    """
    loose = loose_estimate(branch.repository)
    if loose >= _MANY or len(packs.packs(branch.repository)) > packs.MOST:
        return True
    return loose >= _FEW and _still(branch) > _QUIET.total_seconds()


def tend(
    branch: Branch,
    *,
    grace: timedelta = GRACE,
    cancelled: Callable[[], bool] = lambda: False,
    seconds: float = _WAIT_SECONDS,
) -> Tended:
    """Pack objects and references, write the commit graph, note which commits touched each path, and prune.

    What no reference leads to and nobody touched within `grace` goes. Others read and write meanwhile; an
    erase has it cut off, and so has `cancelled`. Waits `seconds` for the user's lock.

    Raises:
        Busy: somebody writes for longer than that, or is at the same work.
        GitFailed: the git program failed; nothing is lost.
        StoreError: the disk did not do its part; nothing is lost.
    """
    with ExitStack() as held:
        # An erase holds the user's lock for as long as it lasts, so none is on the way here.
        with branch.writing(seconds):
            now = held.enter_context(turn(branch.repository, cancelled))
            removed = _swept(branch.repository)
            # Writers take a lock on their reference for one left by the dead, which this one is not.
            with branch.alone(seconds), branch.taking_references_away():
                git(branch.repository, "pack-refs", "--all")
            tips = _tips(branch.repository)
        failpoint("care.begun")
        if not (_packed(now) and _graphed(now) and _trailed(now, branch)):
            return Tended(litter=removed, whole=False)
        doomed = _unreachable(now, max(grace, LEAST_GRACE))
        if not doomed:
            return Tended(litter=removed, whole=doomed is not None)
        failpoint("care.pruning")
        pruned = _once_nobody_writes(branch, now, seconds, lambda: _pruned(branch, doomed, tips))
        return Tended(pruned or 0, removed, whole=pruned is not None)


def _still(branch: Branch) -> float:
    """How many seconds ago the branch last moved, as its file tells."""
    places = (branch.repository / branch.ref, branch.repository / "packed-refs")
    times = [place.stat().st_mtime for place in places if place.is_file()]
    return time.time() - max(times, default=time.time())


def _swept(repository: Path) -> int:
    """Take away what killed programs left an hour ago and more, and worktrees whose folder is gone."""
    before = time.time() - _LITTER_SECONDS
    old = [found for found in litter.leavings(repository) if found.stat().st_mtime < before]
    for found in old:
        if found.is_file():
            found.unlink(missing_ok=True)
    if repository.joinpath("worktrees").is_dir():
        git(repository, "worktree", "prune", "--expire=2.weeks.ago")
    return len(old)


def _packed(now: Turn) -> bool:
    """Have few packs and no loose object that something leads to; False if that was cut off."""
    repository = now.repository
    if not packs.plan(repository, loose_estimate(repository)).everything:
        if _run(now, "repack", "-d", "--quiet") is None:
            return False
        failpoint("care.packed")
        plan = packs.plan(repository)
        if not plan.everything:
            return len(plan.rolled) < 2 or _joined(now, plan.rolled)
    # What nothing leads to comes out of the packs and is loose from then on, where its age shows.
    if _run(now, "repack", "-A", "-d", "--quiet") is None:
        return False
    failpoint("care.packed")
    return True


def _joined(now: Turn, rolled: Collection[packs.Pack]) -> bool:
    """Make one of some packs; unlike `git repack --geometric` it leaves loose what nothing leads to."""
    others = [pack for pack in packs.packs(now.repository) if pack not in rolled]
    told = "".join([*(f"{one.name}\n" for one in rolled), *(f"^{one.name}\n" for one in others)])
    place = str(now.repository / "objects" / "pack" / "pack")
    options = ("--stdin-packs", "--delta-base-offset", "--non-empty", "--quiet")
    made = _run(now, "pack-objects", *options, place, told=told)
    if made is None:
        return False
    packs.replaced(rolled, made.split())
    return True


def _graphed(now: Turn) -> bool:
    failpoint("care.graph")
    done = _run(
        now, "commit-graph", "write", "--reachable", "--changed-paths", "--no-progress", environment=_EXACT
    )
    return done is not None


def _trailed(now: Turn, branch: Branch) -> bool:
    failpoint("care.trails")
    with faults(branch.repository):
        return surveyed(partial(_run, now), branch.repository, branch.ref, branch.notes)


def _unreachable(now: Turn, grace: timedelta) -> list[Loose] | None:
    """The loose objects older than the grace that nothing leads to; None if the search was cut off."""
    old = loose_older(now.repository, time.time() - grace.total_seconds())
    if not old:
        return []
    seconds = int(grace.total_seconds())
    # Reads every tree there is, so only where something may go.
    found = _run(now, "prune", "-n", f"--expire={seconds}.seconds.ago")
    if found is None:
        return None
    told = {line.partition(" ")[0] for line in found.splitlines()}
    return [one for one in old if one.id in told]


def _pruned(branch: Branch, doomed: list[Loose], tips: list[str]) -> int:
    """Take away what nothing leads to; but not what somebody came to need while it was looked for."""
    repository = branch.repository
    if any(journal.is_open(notes) for notes in _notes(branch)):
        return 0
    told = "".join([*(f"{tip}\n" for tip in _tips(repository)), *(f"^{tip}\n" for tip in tips)])
    needed = set(_reached(repository, told))
    going = [one for one in doomed if one.id not in needed and one.untouched()]
    for one in going:
        failpoint("care.prune")
        one.remove()
    return len(going)


def _once_nobody_writes(branch: Branch, now: Turn, seconds: float, work: Callable[[], int]) -> int | None:
    """Do something as the one writer; None if the turn was over first, as an erase has it be that waits."""
    until = time.monotonic() + seconds
    while not now.over():
        try:
            with branch.writing(_TRY_SECONDS), branch.alone(_TRY_SECONDS):
                return work()
        except Busy:
            if time.monotonic() >= until:
                raise
    return None


def _notes(branch: Branch) -> list[Path]:
    """Where erases that were cut off are noted: the user's, or those of all who share a repository."""
    return [*branch.share.notes.parent.iterdir()] if branch.share else [branch.notes]


def _tips(repository: Path) -> list[str]:
    return git(repository, "for-each-ref", "--format=%(objectname)").split()


def _reached(repository: Path, told: str) -> list[str]:
    options = ("--objects", "--no-object-names", "--stdin")
    found = git_until(repository, "rev-list", *options, stop=lambda: False, told=told)
    return (found or "").split()


def _run(
    now: Turn, *arguments: str, told: str = "", environment: Mapping[str, str] | None = None
) -> str | None:
    if now.over():
        return None
    return git_until(
        now.repository,
        *arguments,
        stop=now.over,
        told=told,
        settings=_BOUNDED,
        handles=now.handles,
        environment=environment,
    )
