"""A plan made on a snapshot, committed under the lock, and made again if what it rests on has moved."""

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import UnknownCommit
from .branch import Branch, Writer
from .changes import ChangeSet
from .snapshot import Snapshot

Plan = Callable[[Snapshot], ChangeSet | None]


@dataclass(frozen=True, slots=True)
class Done:
    """A change set and the commit it became."""

    commit: str
    changes: ChangeSet


def carried_out(branch: Branch, plan: Plan, commit: Callable[[Writer, ChangeSet], str]) -> Done | None:
    """Plan without the lock, however long that takes, then commit; None if the plan has nothing to do.

    A write by somebody else in between does no harm unless it touched a path that the plan writes,
    deletes or rests on.
    """
    while True:
        snapshot = branch.snapshot()
        try:
            changes = plan(snapshot)
        except UnknownCommit:
            # An erase took the commit away while it was being read.
            if branch.tip() == snapshot.commit:
                raise
            continue
        if changes is None:
            return None
        with branch.writing() as writing:
            if holds(changes, snapshot, branch.snapshot()):
                return Done(commit(writing, changes), changes)


def holds(changes: ChangeSet, before: Snapshot, after: Snapshot) -> bool:
    """Whether a plan made of one state may be carried out on a later one."""
    if before.commit == after.commit:
        return True
    # A commit that does not lead to the tip any more was erased, and a plan made of it may hold what was.
    paths = changes.write.keys() | changes.delete | changes.rests_on
    return after.follows(before.commit) and all(before.blob(path) == after.blob(path) for path in paths)
