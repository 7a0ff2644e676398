"""Words, files and sessions taken out of a whole history, and the proof that they are gone."""

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pygit2

from ..errors import Busy, Conflict, StoreError
from . import departure, epoch, journal, tips, trails
from .branch import Branch, Writer
from .durability import objects_on_disk, reference_writer
from .failpoint import failpoint
from .journal import Journal, Move
from .names import UserId, user_of
from .proof import proof
from .purge import purge, reachable
from .redaction import Redaction, holds
from .rewrite import Rewriter, Words, moves_of, tips_of
from .share import Part, met_anywhere, own_references, own_worktrees
from .store import Store
from .tending import kept_out
from .view import View
from .worktrees import detached_head, folder_of, set_head


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erase did, and what a reading of every byte afterwards came to.

    `commits` tells the new id of each commit that changed, "" if it is gone; `removed` are the ids of
    the objects that are no longer there. `found` names the objects and files in which something
    sought still stands: nothing, if all went well. `held` are the ids of objects that a mirror out of
    our reach may still hold.
    """

    old: str
    new: str
    commits: Mapping[str, str]
    removed: tuple[str, ...]
    scanned: int
    files: int
    found: tuple[str, ...]
    epoch: int
    held: tuple[str, ...] = ()


def erase(
    writer: Writer, redaction: Redaction, sought: Sequence[bytes], *, today: date, subject: str = "erased"
) -> Erasure:
    """Take out of every commit, message, reference and leftover of a memory what a redaction takes out.

    History is written anew from the first commit that changes; all before it, and all that leads
    elsewhere, keeps its ids. `subject` is what a commit is called whose message may keep nothing.
    What people changed in a view must have been committed before.

    Raises:
        Conflict: somebody changed a file in the view that is not committed yet.
        StoreError: it could not be done; the history is the old one, unless the next
            `Branch.writing` says in `Writer.resumed` that it is the new one.
    """
    branch = writer.branch
    words = Words(tuple(one for one in sought if one), subject)
    try:
        settle_views(branch)
        before = objects_of(branch)
        old = branch.tip() or ""
        with contextlib.ExitStack() as undone:
            journal.write(branch.notes, Journal())
            undone.callback(journal.close, branch.notes)
            failpoint("erase.begun")
            plan, commits = _written(branch, redaction, words, today)
            failpoint("erase.written")
            undone.pop_all()
        journal.write(branch.notes, plan)
        failpoint("erase.decided")
        finish(branch, plan)
        for view in _views(branch):
            _drop_droppings(view, words.sought)
        proved = proof(branch, words.sought)
    except (pygit2.GitError, KeyError, OSError) as failed:
        raise StoreError(f"the erase did not come to its end: {failed}") from failed
    removed = tuple(sorted(before - _there(branch)))
    new, number = branch.tip() or "", epoch.number(branch)
    return Erasure(old, new, commits, removed, proved.objects, proved.files, proved.found, number)


def erase_user(store: Store, user: UserId) -> Erasure:
    """Take away all that is kept for a user: repository, view, caches, locks.

    `found` names what is still called after the user below the store's home: nothing, if all went well.

    Raises:
        UnknownUser: there is none.
        StoreError: it could not be done to the end; `sweep` will.
    """
    branch = store.branch(user)
    if branch.share:
        from .seed_departure import departed

        return departed(branch, branch.share)
    key = branch.key
    try:
        with branch.writing():
            removed = tuple(sorted(objects_of(branch)))
            old = branch.tip() or ""
            handle = pygit2.Repository(str(branch.repository))
            commits = {str(one.id): "" for one in handle.walk(old)} if old else {}
            handle.free()
            with kept_out(branch.repository), store.catalogue_locked():
                departure.begin(store.home, key)
        with store.catalogue_locked():
            departure.complete(store.home, store.views)
    except (pygit2.GitError, OSError) as failed:
        raise StoreError(f"the erase did not come to its end: {failed}") from failed
    looked_at = len(departure.names(store.home, store.views))
    left = departure.left_of(store.home, store.views, key)
    return Erasure(old, "", commits, removed, 0, looked_at, left, 0)


def sweep(store: Store) -> dict[str, str]:
    """Bring to an end what a crash cut off in any memory; for the start of a server.

    Answers for each user it found at it "kept" or "erased". What another process is still at is left
    to that process.
    """
    with store.catalogue_locked():
        told = {user_of(key) or key: "erased" for key in departure.complete(store.home, store.views)}
    for trash in store.views.glob(".trash-*"):
        shutil.rmtree(trash, ignore_errors=True)
    if store.seed:
        from .seed_departure import swept

        told.update(swept(store.seed, store.durability))
    for user in store.users():
        branch = store.branch(user)
        if journal.is_open(branch.notes):
            with contextlib.suppress(Busy), branch.writing(seconds=0) as writer:
                told[user] = writer.resumed
    return {user: answer for user, answer in told.items() if answer}


def resume(branch: Branch) -> str:
    """Bring an erase that was cut off to an end; the caller is the branch's one writer.

    Answers "kept" if the history is still the old one, "erased" if it is the new one and the old one
    is gone from the disk, and "" if no erase was cut off.
    """
    if not journal.is_open(branch.notes):
        return ""
    plan = journal.read(branch.notes)
    if branch.share:
        from .seed_departure import leaves, resumed

        if leaves(branch, plan):
            return resumed(branch, branch.share, plan)
    handle = pygit2.Repository(str(branch.repository))
    if all(target_of(handle, move.name) != move.new for move in plan.references):
        journal.close(branch.notes)
        return "kept"
    finish(branch, plan)
    return "erased"


def _written(
    branch: Branch, redaction: Redaction, words: Words, today: date
) -> tuple[Journal, dict[str, str]]:
    """Write the new objects; what is left to do then is to move references."""
    handle = pygit2.Repository(str(branch.repository))
    references = own_references(branch, handle)
    heads = {admin.name: detached_head(admin) for admin in own_worktrees(branch)}
    heads = {name: head for name, head in heads.items() if head and head in handle}
    with objects_on_disk(branch.repository, branch.durability):
        rewriter = Rewriter(handle, redaction, words)
        rewriter.rewrite(tips_of(handle, [*references.values(), *heads.values()]))
        fixed = (branch.ref, f"refs/remotes/mirror/{branch.ref.removeprefix('refs/heads/')}")
        moves = list(moves_of(rewriter, references, fixed, words.sought))
        if rewriter.commits:
            meta = epoch.reference_of(branch)
            raised = epoch.raised(handle, branch, rewriter.commits, today)
            moves.append(Move(meta, target_of(handle, meta), raised))
    worktrees = tuple(Move(name, head, rewriter.landed(head)) for name, head in heads.items())
    return Journal(tuple(moves), worktrees), rewriter.commits


def finish(branch: Branch, plan: Journal) -> None:
    """Make the new history the only one; each step can be done again after a crash."""
    if branch.share is None:
        for lock in branch.repository.joinpath("refs").rglob("*.lock"):
            lock.unlink()
        branch.repository.joinpath("packed-refs.lock").unlink(missing_ok=True)
    for move in plan.references:
        branch.repository.joinpath(f"{move.name}.lock").unlink(missing_ok=True)
        move_reference(branch, move)
        failpoint("erase.moved")
    _forget_tips(branch)
    # The folders people see must have reached the disk before the objects they are compared with go.
    with objects_on_disk(branch.repository, branch.durability):
        for move in plan.worktrees:
            _move_worktree(branch, move)
            failpoint("erase.shown")
    names = [move.name for move in plan.references]
    part = Part.of(branch, branch.share, names) if branch.share else None
    with branch.alone(), kept_out(branch.repository), objects_on_disk(branch.repository, branch.durability):
        trails.drop(branch.notes)
        purge(branch.repository, part)
    journal.close(branch.notes)
    failpoint("erase.closed")


def _forget_tips(branch: Branch) -> None:
    """Have nothing lead back to a commit that is not in the new history."""
    handle = pygit2.Repository(str(branch.repository))
    tip = target_of(handle, branch.ref)
    noted = [pygit2.Oid(hex=one) for one in tips.noted(branch.notes)]
    led = {str(one) for one in noted if tip and one in handle and handle.descendant_of(tip, one)}
    tips.retain(branch.notes, led)
    if tip:
        tips.note(branch.notes, tip)


def move_reference(branch: Branch, move: Move) -> None:
    handle = reference_writer(branch.repository, branch.durability)
    now = target_of(handle, move.name)
    # What is neither the old nor the new one was put there by somebody else meanwhile, and stays.
    if now != move.old:
        return
    if not move.new:
        with branch.taking_references_away():
            handle.references.delete(move.name)
    elif not now:
        handle.references.create(move.name, move.new)
    else:
        handle.references[move.name].set_target(move.new)


def _move_worktree(branch: Branch, move: Move) -> None:
    admin = branch.repository / "worktrees" / move.name
    if detached_head(admin) != move.old:
        return
    for name in ("index", "index.lock"):
        admin.joinpath(name).unlink(missing_ok=True)
    folder = folder_of(admin)
    view = View(branch, folder) if folder else None
    if view and view.laid_out():
        if move.new:
            view.replace(branch.snapshot(move.old), branch.snapshot(move.new))
        else:
            view.remove()
    elif move.new:
        set_head(admin, move.new)


def settle_views(branch: Branch) -> None:
    """Bring every view to the tip.

    Raises:
        Conflict: somebody changed a file there that is not committed yet.
    """
    if branch.share:
        met_anywhere(branch)
    tip = branch.tip()
    for view in _views(branch):
        if tip and (not view.bring_to(branch.snapshot(tip)) or view.edits()):
            raise Conflict("files were changed by hand and are not committed yet; sync them and erase again")


def _views(branch: Branch) -> list[View]:
    folders = [folder_of(admin) for admin in own_worktrees(branch)]
    views = [View(branch, folder) for folder in folders if folder]
    return [view for view in views if view.laid_out() or view.exists()]


def _drop_droppings(view: View, sought: Sequence[bytes]) -> None:
    for file in view.droppings():
        told = file.relative_to(view.folder).as_posix().encode("utf-8", "surrogateescape")
        if holds(told, sought) or holds(file.read_bytes(), sought):
            file.unlink()


def objects_of(branch: Branch) -> set[str]:
    """The ids of all objects of a repository; of a shared one, those that hang on this user's part."""
    handle = pygit2.Repository(str(branch.repository))
    if branch.share is None:
        return _there(branch)
    roots = [*own_references(branch, handle).values(), epoch.tip(branch)]
    return {one.hex() for one in reachable(handle, filter(None, roots))}


def _there(branch: Branch) -> set[str]:
    return {str(identity) for identity in pygit2.Repository(str(branch.repository)).odb}


def target_of(handle: pygit2.Repository, name: str) -> str:
    """What a reference names, "" if there is none; of the HEAD, the commit it is detached at."""
    if name == "HEAD":
        return str(handle.head.target) if handle.head_is_detached else ""
    found = handle.references.get(name)
    return str(found.target) if found else ""
