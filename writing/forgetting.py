"""Forgetting and taking back: away from recall, out of the present, out of history."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from ..agents import erasing, reversal
from ..agents.answers import Forgotten, Restored
from ..agents.consolidator.unmerge import unmerge_plan
from ..agents.forgetting import Target
from ..agents.intake import stored_at
from ..agents.onboarding import profile_path
from ..errors import Refused, StoreError
from ..storage.branch import Branch, Writer
from ..storage.changes import ChangeSet
from ..storage.desk import Desk
from ..storage.erase import Erasure, erase, erase_user, sweep
from ..storage.names import SessionId, UserId
from ..storage.snapshot import Snapshot

if TYPE_CHECKING:
    from ..storage.mirror import Mirror


class Forgetting:
    """Commits what takes something away; `erased` is called once a history was rewritten."""

    def __init__(self, desk: Desk, erased: Callable[[], None], mirror: "Mirror | None" = None) -> None:
        self._desk = desk
        self._erased = erased
        self._mirror = mirror

    def restore(self, user: UserId, path: str, then: Snapshot | None, today: date) -> Restored:
        """Bring a file back as it was `then`, or as it was last if it is gone."""
        return self._take_back(
            user, lambda snapshot: reversal.restored_path(snapshot, path, then, today.isoformat())
        )

    def undo_commit(self, user: UserId, commit: str, today: date) -> Restored:
        """Take one commit back."""
        return self._take_back(
            user, lambda snapshot: reversal.undone_commit(snapshot, commit, today.isoformat())
        )

    def undo_session(self, user: UserId, session: SessionId, today: date) -> Restored:
        """Take a session back; one that is gone comes back and waits for its digest."""

        def plan(snapshot: Snapshot) -> ChangeSet:
            if stored_at(snapshot, session) is None:
                return reversal.restored_session(snapshot, session)
            return reversal.undone_session(snapshot, session, profile_path(user, snapshot), today.isoformat())

        return self._take_back(user, plan)

    def unmerge(self, user: UserId, merged: str) -> Restored:
        """Part two files that were merged."""
        return self._take_back(user, lambda snapshot: unmerge_plan(snapshot, merged).changes)

    def _take_back(self, user: UserId, plan: Callable[[Snapshot], ChangeSet]) -> Restored:
        done = self._desk.carry_out(user, plan)
        assert done is not None
        files = tuple(sorted(done.changes.write.keys() | done.changes.delete))
        return Restored(done.commit, done.changes.subject, files)

    def foresee(self, user: UserId, target: Target, how: str, today: date) -> Forgotten:
        """What forgetting would take out."""
        snapshot = self._desk.store.branch(user).snapshot()
        return erasing.foreseen(snapshot, target, how, profile_path(user, snapshot), today.isoformat())

    def put_away(self, user: UserId, target: Target, how: str, today: date) -> Forgotten:
        """Archive or retract: a commit without the target; what is archived keeps a reference of its own."""
        before = self._desk.store.branch(user).snapshot()
        plan = reversal.archived if how == "archive" else reversal.retracted

        def commit(writing: Writer, changes: ChangeSet) -> str:
            if how == "archive":
                writing.keep(f"archive/{target.stem}")
            return self._desk.commit(writing, changes)

        done = self._desk.carry_out(
            user, lambda s: plan(s, target, profile_path(user, s), today.isoformat()), commit
        )
        assert done is not None
        return Forgotten(how, str(target), False, reversal.losses(before, done.changes), done.commit)

    def erase(self, user: UserId, target: Target, today: date) -> Forgotten:
        """Rewrite the history without the target and prove it; then have the mirror do the same."""
        branch = self._desk.store.branch(user)
        with self._desk.writing(branch) as writing:
            tip = writing.branch.snapshot()
            plan = erasing.planned(tip, target, profile_path(user, tip), today.isoformat())
            done = erase(writing, plan.erasing, plan.sought, today=today)
            self._erased()
            self._desk.tell(user, done.new)
        done = self._at_the_mirror(branch, done, plan.sought)
        return erasing.receipt(str(target), plan.losses, done, len(plan.sought))

    def resume(self) -> Sequence[str]:
        """Finish erases that a crash cut off; the users whose memory that concerned."""
        ended = sweep(self._desk.store)
        if "erased" in ended.values():
            self._erased()
        here = frozenset(self._desk.store.users())
        for user in map(UserId, (user for user, how in ended.items() if how == "erased")):
            if user in here:
                self._desk.tell(user, self._desk.store.branch(user).tip() or "")
            else:
                self._desk.tell_gone(user)
        return sorted(ended)

    def _at_the_mirror(self, branch: Branch, done: Erasure, sought: Sequence[bytes]) -> Erasure:
        if self._mirror is None:
            return done
        try:
            carried = self._mirror.erased(branch, done, sought)
        except (StoreError, Refused):
            # It is erased here whatever the mirror does, which is asked again until it has done it, too.
            return replace(done, held=done.removed)
        tip = branch.tip() or ""
        if tip != done.new:
            # Other machines had written there meanwhile.
            self._erased()
            self._desk.tell(branch.user, tip)
        return replace(carried, new=tip)

    def erase_user(self, user: UserId, *, dry_run: bool) -> Forgotten:
        """Erase everything there is of a user, at the mirror first.

        Raises:
            MirrorFailed: the mirror could not be reached or refused; nothing was erased here.
        """
        branch = self._desk.store.branch(user)
        losses = erasing.every_file(branch.snapshot())
        if dry_run:
            return Forgotten("erase", "everything", True, losses)
        left = self._mirror.remove(branch) if self._mirror else None
        done = erase_user(self._desk.store, user)
        self._desk.tell_gone(user)
        if left:
            scanned, found = done.scanned + left.objects, (*done.found, *left.found)
            done = replace(done, scanned=scanned, found=found, held=left.held)
        self._erased()
        return erasing.receipt("everything", losses, done)
