"""The mirror: one remote repository that holds every user's branch, and that several machines may share.

What is acknowledged here is final: a race between machines is joined by a merge commit, and nothing at the
mirror is ever forced but an erase. None of this belongs inside a write: it is for a thread of its own.
"""

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pygit2

from ..errors import DiffMemError, MirrorFailed
from . import epoch
from .branch import Branch, Writer
from .erase import Erasure, objects_of
from .failpoint import failpoint
from .lock import locked
from .mirror_arrival import brought
from .mirror_format import Format
from .mirror_incoming import Incoming, clear, incoming
from .mirror_meeting import Met, met, wants_nothing
from .mirror_point import Lag, Point, here, lag, leads, record, seen
from .mirror_residue import Residue, pruned, residue
from .mirror_restore import Restored, restored
from .names import UserId
from .remote import Lease, Remote
from .remote_address import TRANSPORTS, address, github
from .store import Store

_ROUNDS = 8
_WAIT_SECONDS = 150.0

Writing = Callable[[Branch], contextlib.AbstractContextManager[Writer]]


@dataclass(frozen=True, slots=True)
class Synced:
    """What a push or a fetch did.

    `before` and `tip` are the newest commit here, before and after; `pushed` tells that the mirror holds all
    of it. `erased` tells that an erase of another
    machine was carried out here (drop every cache), `dropped` names commits that it left no ground for.
    `rounds` counts how often the mirror was looked at, `joined` how many merge commits were made.
    """

    before: str
    tip: str
    pushed: bool
    rounds: int = 0
    joined: int = 0
    erased: bool = False
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a round through all users did, and what stopped it for some."""

    synced: dict[UserId, Synced] = field(default_factory=dict[UserId, Synced])
    failed: dict[UserId, DiffMemError] = field(default_factory=dict[UserId, DiffMemError])


@dataclass(frozen=True)
class Mirror:
    """A mirror by its address and the token that opens it.

    `writing` is how a writer's lock is got (at the desk, so that what people changed is committed first);
    `told` is what must be known of the inside of files.

    Raises:
        BadInput: the address or the token cannot be used.
    """

    remote_url: str
    token: str = field(default="", repr=False, kw_only=True)
    branch_prefix: str = field(default="user/", kw_only=True)
    allow: frozenset[str] = field(default=TRANSPORTS, kw_only=True)
    writing: Writing = field(default=Branch.writing, kw_only=True, repr=False)
    told: Format = field(default_factory=Format, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        _ = self._remote

    @classmethod
    def on_github(cls, repository: str, token: str) -> "Mirror":
        """A mirror on GitHub, named "owner/name" or by its address."""
        return cls(github(repository), token=token)

    def push(self, branch: Branch) -> Synced:
        """Have the mirror hold all that is here; where other machines wrote there, join that first.

        Raises:
            MirrorFailed: it could not be reached, or refused; the memory here is complete.
            MirrorDiverged: the two sides cannot be joined; neither was changed.
            Busy: this memory is being pushed or written by somebody else for too long.
        """
        with self._alone(branch):
            now = here(branch)
            if now == seen(branch):
                return Synced(now.tip, now.tip, pushed=True)
            with self._remote.alone():
                straight = self._straight(branch)
            if straight:
                self._record(branch, now)
                return Synced(now.tip, now.tip, pushed=True)
            return self._synced(branch, push=True)

    def fetch(self, branch: Branch) -> Synced:
        """Have all here that the mirror holds; for the first use of a memory, and before a push.

        Raises:
            MirrorFailed, MirrorDiverged, Busy: as `push`.
        """
        with self._alone(branch):
            return self._synced(branch, push=False)

    def catch_up(self, store: Store) -> CaughtUp:
        """Push and fetch every memory that stands elsewhere than the mirror; the mirror is asked once.

        Raises:
            MirrorFailed: it cannot be reached, or no longer.
        """
        done = CaughtUp()
        branches = [store.branch(user) for user in store.users()]
        if not branches:
            return done
        names = f"refs/heads/{self.branch_prefix}*", "refs/meta/*"
        listed = self._remote.listed(branches[0].repository, *names)
        for branch in branches:
            there = self._point(branch, listed)
            if there == here(branch) == seen(branch):
                continue
            try:
                with self._alone(branch):
                    done.synced[branch.user] = self._synced(branch, push=True)
            except MirrorFailed as failed:
                done.failed[branch.user] = failed
                # Whether it refused this one memory, or is gone for all.
                self._remote.listed(branch.repository, branch.ref)
            except DiffMemError as failed:
                done.failed[branch.user] = failed
        return done

    def restore_all(self, store: Store) -> Restored:
        """Bring every user of the mirror into a home that has none, or go on where that was cut off.

        Raises:
            MirrorFailed: it could not be reached, or what came is damaged.
        """
        return restored(store, self._remote, self.branch_prefix)

    def bring(self, store: Store, user: UserId) -> bool:
        """Have a memory here that only the mirror holds; whether there was one to bring.

        Raises:
            MirrorFailed, Busy: as `push`.
        """
        return brought(store, self._remote, self.branch_prefix, user)

    def erased(self, branch: Branch, done: Erasure, sought: Sequence[bytes]) -> Erasure:
        """Carry an erase to the mirror; answers what it did with what the mirror came to.

        A mirror on this machine is cleared of all that no reference leads to, and read. For any other,
        `held` names the objects that its host may still hold. Not inside `Branch.writing`.

        Raises:
            MirrorFailed, MirrorDiverged, Busy: the mirror still holds it all; `catch_up` tries again.
        """
        self.push(branch)
        left = residue(self._remote, self._names(branch), done.removed, sought)
        found = (*done.found, *left.found)
        return replace(done, found=found, scanned=done.scanned + left.objects, held=left.held)

    def remove(self, branch: Branch) -> Residue:
        """Take all of a user away at the mirror; to be done before it is done here.

        Raises:
            MirrorFailed: it could not be reached, or refused.
        """
        with self._alone(branch):
            for _ in range(_ROUNDS):
                listed = self._remote.listed(branch.repository, *self._names(branch))
                gone = [Lease(name, listed[name], "") for name in self._names(branch) if name in listed]
                with self._remote.alone():
                    if not gone or self._moved(branch, gone):
                        break
            else:
                raise MirrorFailed("push", "other machines go on writing to this memory")
            # What was seen there stays on record, so that no push under way brings it back.
            pruned(self._remote)
        return residue(self._remote, self._names(branch), objects_of(branch), ())

    def lag(self, branch: Branch) -> Lag:
        """What the mirror lacks, as far as is known here; nothing is asked of it."""
        return lag(branch)

    @cached_property
    def _remote(self) -> Remote:
        return Remote(address(self.remote_url, self.allow), self.token)

    def _synced(self, branch: Branch, *, push: bool) -> Synced:
        before = here(branch)
        done = Synced(before.tip, before.tip, pushed=False)
        for rounds in range(1, _ROUNDS + 1):
            # Who looks at a mirror on this machine has it alone until the push, so that nobody starves.
            with self._remote.alone() if push else contextlib.nullcontext():
                there = self._there(branch)
                came = Met() if there == here(branch) else self._met(branch, there)
                now = here(branch)
                held = there == now or (push and self._pushed(branch, there, now))
            done = replace(
                done,
                tip=now.tip,
                pushed=held,
                rounds=rounds,
                joined=done.joined + came.joined,
                erased=done.erased or came.erased,
                dropped=(*done.dropped, *came.dropped),
            )
            if held or not push:
                self._record(branch, now if held else there)
                return done
        raise MirrorFailed("push", "other machines were faster each time")

    def _straight(self, branch: Branch) -> bool:
        """Push without looking, where the mirror is where it was left; False if it is not."""
        now, then = here(branch), seen(branch)
        handle = pygit2.Repository(str(branch.repository))
        if now.epoch != then.epoch or not now.tip or not leads(handle, then.tip, now.tip):
            return False
        return self._pushed(branch, then, now)

    def _pushed(self, branch: Branch, there: Point, now: Point) -> bool:
        """Move the mirror from one point to another; False if it stands at a third one by now."""
        names, old, new = self._names(branch), (there.tip, there.epoch), (now.tip, now.epoch)
        # A lease is a fast-forward here: the old tip leads to the new one, unless an erase lies between.
        leases = [Lease(*one) for one in zip(names, old, new, strict=True) if one[1] or one[2]]
        done = self._moved(branch, leases)
        failpoint("mirror.pushed")
        return done

    def _moved(self, branch: Branch, leases: Sequence[Lease]) -> bool:
        try:
            self._remote.pushed(branch.repository, leases)
        except MirrorFailed:
            listed = self._remote.listed(branch.repository, *self._names(branch))
            if all(listed.get(lease.name, "") == lease.old for lease in leases):
                raise
            return all(listed.get(lease.name, "") == lease.new for lease in leases)
        return True

    def _met(self, branch: Branch, there: Point) -> Met:
        with self._come(branch, there) as came, self.writing(branch) as writer:
            failpoint("mirror.fetched")
            return met(writer, came, self.told)

    @contextlib.contextmanager
    def _come(self, branch: Branch, there: Point) -> Generator[Incoming]:
        if wants_nothing(branch, there):
            clear(branch)
            yield Incoming(there, branch.repository, branch)
            return
        names = dict(zip(("tip", "epoch"), self._names(branch), strict=True))
        wanted = {what: name for what, name in names.items() if getattr(there, what)}
        with incoming(branch, self._remote, wanted) as came:
            yield came

    def _record(self, branch: Branch, there: Point) -> None:
        before = seen(branch)
        if before == there:
            return
        if there.epoch and before.epoch != there.epoch:
            # On record only once it is done, so that a crash does not leave there what was erased.
            pruned(self._remote)
        with branch.writing():
            # An erase that came between took the commits away that the mirror holds.
            if here(branch).epoch == there.epoch:
                record(branch, there)
                failpoint("mirror.recorded")

    def _there(self, branch: Branch) -> Point:
        return self._point(branch, self._remote.listed(branch.repository, *self._names(branch)))

    def _point(self, branch: Branch, listed: dict[str, str]) -> Point:
        return Point(*(listed.get(name, "") for name in self._names(branch)))

    def _names(self, branch: Branch) -> tuple[str, str]:
        name = branch.ref.removeprefix("refs/heads/user/")
        return f"refs/heads/{self.branch_prefix}{name}", epoch.reference_of(branch)

    @contextlib.contextmanager
    def _alone(self, branch: Branch) -> Generator[None]:
        """Be the only one here who brings a user's memory and the mirror together."""
        branch.tip()
        with locked(branch.lock_file.with_suffix(".mirror"), _WAIT_SECONDS):
            branch.tip()
            yield
