"""A user's line of commits: read a snapshot of it, commit onto it."""

import contextlib
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pygit2

from ..errors import StoreError, UnknownUser
from . import journal, message, pending
from .changes import ChangeSet
from .durability import Durability, objects_on_disk, reference_writer
from .lock import locked
from .names import UserId
from .objects import commit_of
from .snapshot import Snapshot
from .tree import written

_LAST_SECOND = 2**32 - 1
_LOCK_SECONDS = 30.0


class Moved(StoreError):
    """Somebody wrote to the branch without holding its lock; read the tip and plan again."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Where one user's commits live: a repository and a reference in it."""

    user: UserId
    repository: Path
    ref: str
    lock_file: Path
    durability: Durability

    def tip(self) -> str | None:
        """The newest commit, or None before the first."""
        return _tip(self._open(), self.ref)

    def snapshot(self, commit: str = "") -> Snapshot:
        """The memory at a commit of this branch, by default the newest.

        Raises:
            UnknownUser: nothing was ever committed here.
        """
        handle = self._open()
        found = commit or _tip(handle, self.ref)
        if found is None:
            raise UnknownUser(self.user)
        return Snapshot(handle, found)

    @contextlib.contextmanager
    def writing(self, seconds: float = _LOCK_SECONDS) -> Generator["Writer"]:
        """Be the one writer of this user, across threads and processes.

        Raises:
            Busy: somebody else has been writing for longer than `seconds`.
            UnknownUser: the user is gone, or went while this waited.
        """
        self._open()
        with locked(self.lock_file, seconds):
            self._open()
            # Who holds the user's lock is the only writer: a lock on the reference was left by the dead.
            self.repository.joinpath(f"{self.ref}.lock").unlink(missing_ok=True)
            yield Writer(self, _resumed(self))

    def _open(self) -> pygit2.Repository:
        try:
            return pygit2.Repository(str(self.repository))
        except pygit2.GitError:
            raise UnknownUser(self.user) from None


@dataclass(frozen=True, slots=True)
class Writer:
    """The right to commit onto a branch; held only inside `Branch.writing`.

    `resumed` tells what became of an erase that a crash had cut off: "kept" if the history is the
    one before it, "erased" if it is the new one, "" if there was none.
    """

    branch: Branch
    resumed: str = ""

    def snapshot(self) -> Snapshot | None:
        """The newest state, or None before the first commit; nobody else can change it meanwhile."""
        return self.branch.snapshot() if self.branch.tip() else None

    def keep(self, name: str) -> str:
        """Have a reference of its own keep the newest commit: `refs/heads/<name>`, moved if it is there."""
        commit = self.branch.snapshot().commit
        handle = reference_writer(self.branch.repository, self.branch.durability)
        handle.references.create(f"refs/heads/{name}", commit, force=True)
        return commit

    def prepared(self, changes: ChangeSet) -> str:
        """Make the commit of a change set on top of the tip, but leave the branch where it is."""
        handle = pygit2.Repository(str(self.branch.repository))
        return commit_object(handle, _parents(_tip(handle, self.branch.ref)), changes)

    def forward(self, commit: str) -> None:
        """Have the branch go on to a commit that its tip leads to and that is there already.

        Raises:
            Moved: the reference changed under the lock, which only a foreign program does.
        """
        _move(self.branch, self.branch.tip(), commit)

    def commit(self, changes: ChangeSet, joining: str = "") -> str:
        """Write a change set on top of the tip and return the new commit's id.

        With `joining`, another line of commits comes together with this one. When this returns, the
        commit is on the disk: objects first, then the reference. If nothing in the tree would change, the
        commit is made all the same: it says what was done.

        Raises:
            Moved: the reference changed under the lock, which only a foreign program does.
            StoreError: the disk did not take it; the branch is as it was.
        """
        branch = self.branch
        handle = pygit2.Repository(str(branch.repository))
        parent = _tip(handle, branch.ref)
        try:
            with objects_on_disk(branch.repository, branch.durability):
                commit = commit_object(handle, _parents(parent, joining), changes)
            _move(branch, parent, commit)
        except (pygit2.GitError, OSError) as failed:
            raise StoreError(f"nothing was written: {_reason(branch.repository, failed)}") from failed
        return commit


def _resumed(branch: Branch) -> str:
    if not journal.is_open(branch.repository):
        return ""
    from .erase import resume

    return resume(branch)


def commit_object(handle: pygit2.Repository, parents: Sequence[str], changes: ChangeSet) -> str:
    """Write the commit of a change set made on the first of its parents; no reference is moved."""
    before = [commit_of(handle, parent) for parent in parents]
    tree = written(handle, before[0].tree if before else None, changes.write, changes.delete)
    now = max(int(time.time()), *(commit.commit_time for commit in before), 0)
    when = changes.when
    authored = min(max(int(when.timestamp()), 0), _LAST_SECOND) if when else now
    offset = int((when.utcoffset() or timedelta()).total_seconds() // 60) if when else 0
    text = message.render(changes.subject, _trailers(handle, parents, changes))
    return str(
        handle.create_commit(
            None,
            pygit2.Signature(changes.actor.value, "memory@diffmem", authored, offset),
            pygit2.Signature("diffmem", "memory@diffmem", now, 0),
            text,
            tree,
            [*parents],
        )
    )


def _parents(*commits: str | None) -> list[str]:
    return [commit for commit in commits if commit]


def _move(branch: Branch, parent: str | None, commit: str) -> None:
    handle = reference_writer(branch.repository, branch.durability)
    try:
        if parent is None:
            handle.references.create(branch.ref, commit)
            return
        reference = handle.references[branch.ref]
        if str(reference.target) != parent:
            raise Moved(f"{branch.ref} moved while it was locked")
        reference.set_target(commit)
    except pygit2.AlreadyExistsError as exists:
        raise Moved(f"{branch.ref} appeared while it was locked") from exists


def _tip(handle: pygit2.Repository, ref: str) -> str | None:
    found = handle.references.get(ref)
    return str(found.target) if found else None


def _trailers(handle: pygit2.Repository, parents: Sequence[str], changes: ChangeSet) -> dict[str, str]:
    # Counted anew, so that a count left too high by an erase puts itself right.
    if len(parents) > 1:
        before = len(pending.joined(handle, parents))
    else:
        before = len(pending.sessions(Snapshot(handle, parents[0]))) if parents else 0
    waiting = before + changes.waiting
    told = {**changes.all_trailers(), pending.TRAILER: str(waiting) if waiting > 0 else ""}
    return {name: value for name, value in told.items() if value}


def _reason(repository: Path, failed: Exception) -> str:
    # libgit2 answers "no error" when the disk is full, so look for ourselves.
    import shutil

    with contextlib.suppress(OSError):
        if shutil.disk_usage(repository).free < 1 << 20:
            return "the disk is full; free some space and try again"
    return str(failed)
