"""A user's line of commits: read a snapshot of it, commit onto it."""

import contextlib
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pygit2

from ..errors import Quarantined, StoreError, UnknownUser
from . import commons, journal, message, pending, recovery, tips
from .changes import ChangeSet
from .durability import Durability, objects_on_disk, reference_writer
from .failpoint import failpoint
from .faults import closed, faults, reason, unreadable
from .handle import Handle
from .layout import Share
from .lock import locked
from .names import UserId, key_of
from .objects import commit_of
from .snapshot import Snapshot
from .tree import written

_LAST_SECOND = 2**32 - 1
_LOCK_SECONDS = 30.0
# Where a user has a repository alone, who holds the user's lock knows that the dead left these.
_STALE = ("packed-refs.lock", "config.lock", "HEAD.lock")


class Moved(StoreError):
    """Somebody wrote to the branch without holding its lock; read the tip and plan again."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Where one user's commits live: a repository, of the user alone or shared, and a reference in it."""

    user: UserId
    repository: Path
    ref: str
    lock_file: Path
    durability: Durability
    share: Share | None = None

    @property
    def key(self) -> str:
        """What the user's own references and files are called by."""
        return key_of(self.user)

    @property
    def notes(self) -> Path:
        """The folder for what is noted of this user alone."""
        return self.share.notes if self.share else self.repository

    def tip(self) -> str | None:
        """The newest commit, or None before the first.

        Raises:
            Quarantined: it is damaged, and so are all before it.
        """
        handle = self._open()
        try:
            return recovery.newest(self, handle)
        except recovery.Damaged:
            with self.writing():
                return _tip(self._open(), self.ref)

    def snapshot(self, commit: str = "") -> Snapshot:
        """The memory at a commit of this branch, by default the newest.

        Raises:
            UnknownUser: nothing was ever committed here.
            Quarantined: the newest commit is damaged, and so are all before it.
        """
        found = commit or self.tip()
        if found is None:
            raise UnknownUser(self.user)
        return Snapshot(self._open(), found, self.notes)

    @contextlib.contextmanager
    def writing(self, seconds: float = _LOCK_SECONDS) -> Generator["Writer"]:
        """Be the one writer of this user, across threads and processes.

        Raises:
            Busy: somebody else has been writing for longer than `seconds`.
            UnknownUser: the user is gone, or went while this waited.
            Quarantined: the newest commit is damaged, and so are all before it.
            StoreError: the disk does not do its part.
        """
        self._open()
        with locked(self.lock_file, seconds), self._beside_others(seconds), faults(self.repository):
            self._open()
            yield self._taken_over()

    def alone(self, seconds: float = _LOCK_SECONDS) -> contextlib.AbstractContextManager[None]:
        """Be the only writer of the whole repository; only for the user's one writer.

        Raises:
            Busy: writers of other users are at it for longer than `seconds`.
        """
        return commons.alone(self.share.papers, seconds) if self.share else contextlib.nullcontext()

    def taking_references_away(self) -> contextlib.AbstractContextManager[None]:
        """Be the only one who takes references away; only for the user's one writer."""
        if self.share is None:
            return contextlib.nullcontext()
        return commons.taking_references_away(self.repository, self.share.papers, _LOCK_SECONDS)

    def _taken_over(self) -> "Writer":
        """Clear away what the dead have left, and finish what they had begun."""
        failpoint("write.begun")
        # Who holds the user's lock is the only writer: a lock on the reference was left by the dead.
        for name in (f"{self.ref}.lock", *(() if self.share else _STALE)):
            self.repository.joinpath(name).unlink(missing_ok=True)
        if self.share:
            from .share import met

            met(self, self.share)
        resumed = _resumed(self)
        recovery.mend(self)
        return Writer(self, resumed)

    def _beside_others(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        return commons.beside(self.share.papers, seconds) if self.share else contextlib.nullcontext()

    def _open(self) -> pygit2.Repository:
        with unreadable(self.repository):
            try:
                return Handle(str(self.repository))
            except pygit2.GitError as failed:
                if why := closed(self.repository):
                    told = f"the memory of {self.user!r} in {self.repository.name} could not be read"
                    raise StoreError(f"{told}: {why}") from failed
                if self.repository.is_dir():
                    raise Quarantined(self.user, "git cannot open its repository") from failed
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
        tip = self.branch.tip()
        return self.branch.snapshot(tip) if tip else None

    def keep(self, name: str) -> str:
        """Have a reference of its own keep the newest commit: `refs/heads/<name>`, moved if it is there.

        Where users share a repository, the user's key comes after the first part of the name.
        """
        commit = self.branch.snapshot().commit
        handle = reference_writer(self.branch.repository, self.branch.durability)
        kind, _, rest = name.partition("/")
        place = f"{kind}/{self.branch.key}/{rest}" if self.branch.share else name
        self.branch.repository.joinpath(f"refs/heads/{place}.lock").unlink(missing_ok=True)
        handle.references.create(f"refs/heads/{place}", commit, force=True)
        failpoint("archive.kept")
        return commit

    def prepared(self, changes: ChangeSet) -> str:
        """Make the commit of a change set on top of the tip, but leave the branch where it is."""
        handle = Handle(str(self.branch.repository))
        return commit_object(handle, _parents(_tip(handle, self.branch.ref)), changes)

    def forward(self, commit: str) -> None:
        """Have the branch go on to a commit that its tip leads to and that is there already.

        Raises:
            Moved: the reference changed under the lock, which only a foreign program does.
        """
        self._move(self.branch.tip(), commit)

    def commit(self, changes: ChangeSet, joining: str = "") -> str:
        """Write a change set on top of the tip and return the new commit's id.

        With `joining`, another line of commits comes together with this one. When this returns, the
        commit is on the disk: objects first, then the reference. If nothing in the tree would change, the
        commit is made all the same: it says what was done.

        Raises:
            Moved: the reference changed under the lock, which only a foreign program does.
            StoreError: the disk did not take it, or it is not sure that it did; the message tells which.
        """
        branch = self.branch
        with faults(branch.repository, "nothing was written"):
            handle = Handle(str(branch.repository))
            parent = _tip(handle, branch.ref)
            with objects_on_disk(branch.repository, branch.durability):
                commit = commit_object(handle, _parents(parent, joining), changes)
            failpoint("commit.synced")
        self._move(parent, commit)
        return commit

    def _move(self, parent: str | None, commit: str) -> None:
        branch = self.branch
        try:
            _move(branch, parent, commit)
            failpoint("commit.moved")
        except (pygit2.GitError, OSError) as failed:
            why = reason(branch.repository, failed)
            with faults(branch.repository, f"it is not sure that this was written, so do it again: {why}"):
                moved = _tip(Handle(str(branch.repository)), branch.ref) == commit
            unsure = "it is not sure that this is on the disk, so do it again"
            raise StoreError(f"{unsure if moved else 'nothing was written'}: {why}") from failed
        tips.note(branch.notes, commit)
        failpoint("commit.logged")


def _resumed(branch: Branch) -> str:
    if not journal.is_open(branch.notes):
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
    failpoint("commit.tree")
    author = pygit2.Signature(changes.actor.value, "memory@diffmem", authored, offset)
    committer = pygit2.Signature("diffmem", "memory@diffmem", now, 0)
    made = str(handle.create_commit(None, author, committer, text, tree, [*parents]))
    failpoint("commit.made")
    return made


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
