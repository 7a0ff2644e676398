"""A digest that is ready but not committed: a commit beside the branch, until its caller says so."""

from dataclasses import dataclass, replace
from datetime import datetime

import pygit2

from . import message
from .attempt import holds
from .branch import Branch, Writer
from .changes import Actor, ChangeSet, Stage
from .durability import objects_on_disk, reference_writer
from .failpoint import failpoint
from .handle import Handle
from .history import History
from .names import SessionId, session_key
from .objects import commit_of, tree_of
from .snapshot import Snapshot

_OURS = frozenset({"Stage", "Actor", "Pending"})


@dataclass(frozen=True, slots=True)
class Staged:
    """A change set and the state of the memory it was planned on."""

    base: Snapshot
    changes: ChangeSet

    def still_holds(self, tip: Snapshot, path: str) -> bool:
        """Whether it may be committed on top of a newer state as it is, made of the file at `path`."""
        changes = replace(self.changes, rests_on=frozenset({path}))
        return holds(changes, self.base, tip)


def put(writing: Writer, session: SessionId, changes: ChangeSet) -> str:
    """Keep a change set for a session, planned on the tip; the one that was kept before goes."""
    branch = writing.branch
    with objects_on_disk(branch.repository, branch.durability):
        commit = writing.prepared(changes)
    failpoint("staged.made")
    handle = _unlocked(branch, session)
    handle.references.create(_ref(branch, session), commit, force=True)
    failpoint("staged.kept")
    return commit


def get(branch: Branch, session: SessionId) -> Staged | None:
    """What is kept for a session, if anything."""
    handle = Handle(str(branch.repository))
    found = handle.references.get(_ref(branch, session))
    return _read(handle, str(found.target)) if found else None


def drop(writing: Writer, session: SessionId) -> None:
    """Keep nothing for a session any more."""
    handle = _unlocked(writing.branch, session)
    if _ref(writing.branch, session) in handle.references:
        with writing.branch.taking_references_away():
            handle.references.delete(_ref(writing.branch, session))


def _unlocked(branch: Branch, session: SessionId) -> pygit2.Repository:
    # For the one writer only: a lock on the reference was left by the dead.
    branch.repository.joinpath(f"{_ref(branch, session)}.lock").unlink(missing_ok=True)
    return reference_writer(branch.repository, branch.durability)


def _read(handle: pygit2.Repository, identity: str) -> Staged:
    commit = commit_of(handle, identity)
    base = Snapshot(handle, str(commit.parent_ids[0]))
    tree = tree_of(handle, identity)
    diff = tree_of(handle, base.commit).diff_to_tree(tree)
    after = Snapshot(handle, identity)
    deltas = list(diff.deltas)
    gone = frozenset(d.old_file.path for d in deltas if d.status == pygit2.enums.DeltaStatus.DELETED)
    written = {d.new_file.path for d in deltas} - gone
    told = History(after).commit(identity)
    return Staged(
        base,
        ChangeSet(
            subject=message.subject_of(commit.message),
            stage=Stage(told.stage),
            actor=Actor(told.actor),
            write={path: after.content(blob) for path in sorted(written) if (blob := after.blob(path))},
            delete=gone,
            trailers={name: value for name, value in told.trailers.items() if name not in _OURS},
            when=datetime.fromisoformat(told.happened) if told.happened else None,
            waiting=-1,
        ),
    )


def _ref(branch: Branch, session: SessionId) -> str:
    return f"refs/staged/{branch.key}/{session_key(session)}"
