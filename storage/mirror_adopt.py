"""A memory that was erased on another machine: the old copy goes, the new one takes its place."""

from collections.abc import Sequence

import pygit2

from . import epoch, journal
from .branch import Branch, Writer, commit_object
from .durability import objects_on_disk
from .erase import finish, settle_views, target_of
from .failpoint import failpoint
from .journal import Journal, Move
from .mirror_erased import Landed
from .mirror_format import Format
from .mirror_point import Point, here, seen, seen_reference
from .mirror_salvage import commits_to, line, salvaged
from .share import own_references, own_worktrees
from .worktrees import detached_head


def adopted(writer: Writer, there: Point, told: Format) -> tuple[str, ...] | None:
    """Have a memory be as the mirror has it, with its own intakes that nobody else knows of on top.

    Everything the mirror has is at hand. The old copy is gone from the disk when this returns; a crash
    leaves the one or the other. Answers the commits that were given up; None, and nothing is done, if the
    two have no past in common.

    Raises:
        Conflict: somebody changed a file in a view that is not committed yet.
    """
    branch = writer.branch
    settle_views(branch)
    handle = pygit2.Repository(str(branch.repository))
    landed = Landed([*epoch.line(handle, there.epoch, here(branch).epoch)][::-1])
    now = commits_to(handle, there.tip)
    old = line(handle, branch.tip() or "", now, landed, seen(branch).tip)
    if old.own and not old.known:
        return None
    with objects_on_disk(branch.repository, branch.durability):
        salvage = salvaged(handle, old, there.tip, now, landed, told)
        tip = there.tip
        for changes in salvage.changes:
            tip = commit_object(handle, [tip] if tip else [], changes)
    plan = _plan(branch, there, tip, _Places(landed, now))
    failpoint("adopt.written")
    journal.write(branch.notes, plan)
    failpoint("adopt.decided")
    finish(branch, plan)
    return salvage.dropped


class _Places:
    """Where a commit of the old history is now."""

    def __init__(self, landed: Landed, now: Sequence[str]) -> None:
        self._landed = landed
        self._now = frozenset(now)

    def of(self, commit: str) -> str:
        """Its id in the new history, "" if it is not there."""
        after = self._landed.of(commit)
        found = commit if after is None else after
        return found if found in self._now else ""


def _plan(branch: Branch, there: Point, tip: str, places: _Places) -> Journal:
    handle = pygit2.Repository(str(branch.repository))
    fixed = {branch.ref: tip, epoch.reference_of(branch): there.epoch, seen_reference(branch): there.tip}
    moves = [Move(name, target_of(handle, name), new) for name, new in fixed.items()]
    for name, old in own_references(branch, handle).items():
        if name not in fixed:
            # What was made ready beside the branch was made of the old history.
            moves.append(Move(name, old, "" if name.startswith("refs/staged/") else places.of(old)))
    heads = {admin.name: detached_head(admin) for admin in own_worktrees(branch)}
    worktrees = tuple(Move(name, head, tip) for name, head in heads.items() if head and head in handle)
    return Journal(tuple(move for move in moves if move.old != move.new), worktrees)
