"""How a user leaves a repository that others go on living in; a crash in between is made good later.

What is about to go is noted first. From the moment the branch is gone the user is unknown here; then their
folder, their other references and every object that only they had follow, and the note last.
"""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pygit2

from ..errors import Busy, StoreError
from . import journal, tips
from .branch import Branch
from .durability import Durability, objects_on_disk
from .erase import Erasure, move_reference, objects_of, target_of
from .failpoint import failpoint
from .journal import Journal, Move
from .layout import Share
from .lock import locked
from .names import UserId
from .purge import purge
from .seed_store import SeedStore
from .share import Part, kept_beside, met_anywhere, own_references, own_worktrees
from .tending import kept_out
from .view import SET_ASIDE
from .worktrees import detached_head, folder_of

_WHO = "user"
_KINDS = ("locks", "incoming", "notes")


def departed(branch: Branch, share: Share) -> Erasure:
    """Take away all that is kept for a user.

    `found` names what is still called after them: nothing, if all went well.

    Raises:
        StoreError: it could not be done to the end; a sweep will.
    """
    try:
        with branch.writing():
            before = objects_of(branch)
            handle = pygit2.Repository(str(branch.repository))
            old = branch.tip() or ""
            commits = {str(one.id): "" for one in handle.walk(old)} if old else {}
            plan = _planned(branch, handle)
            share.notes.mkdir(parents=True, exist_ok=True)
            share.notes.joinpath(_WHO).write_text(branch.user, "utf-8")
            journal.write(branch.notes, plan)
            # No newest commit is missed that is meant to go.
            tips.retain(branch.notes, ())
            failpoint("departure.begun")
            _finish(branch, share, plan)
            there = {str(one) for one in pygit2.Repository(str(branch.repository)).odb}
        _drop_locks(branch)
    except (pygit2.GitError, OSError) as failed:
        raise StoreError(f"the erase did not come to its end: {failed}") from failed
    left = tuple(_left(branch, share))
    return Erasure(old, "", commits, tuple(sorted(before - there)), len(there), len(left), left, 0)


def leaves(branch: Branch, plan: Journal) -> bool:
    """Whether a plan takes the whole user away."""
    gone = {move.name for move in plan.references if not move.new}
    return branch.ref in gone and len(gone) == len(plan.references)


def resumed(branch: Branch, share: Share, plan: Journal) -> str:
    """Bring a departure that was cut off to its end, or drop it if it had not begun."""
    if target_of(pygit2.Repository(str(branch.repository)), branch.ref):
        shutil.rmtree(share.notes)
        return "kept"
    _finish(branch, share, plan)
    return "erased"


def swept(seed: SeedStore, durability: Durability) -> Mapping[str, str]:
    """Bring every departure that was cut off to its end; answers "erased" or "kept" by user."""
    told: dict[str, str] = {}
    for who in sorted(seed.papers.glob(f"notes/*/{_WHO}")):
        branch = seed.place(UserId(who.read_text("utf-8")), durability)
        with contextlib.suppress(Busy):
            with branch.writing(seconds=0) as writer:
                told[branch.user] = writer.resumed
            if branch.tip() is None:
                _drop_locks(branch)
    return told


def _planned(branch: Branch, handle: pygit2.Repository) -> Journal:
    met_anywhere(branch)
    names = {branch.ref: "", **own_references(branch, handle), **dict.fromkeys(kept_beside(branch), "")}
    moves = [Move(name, target_of(handle, name), "") for name in names if name != "HEAD"]
    worktrees = [Move(admin.name, detached_head(admin), "") for admin in own_worktrees(branch)]
    return Journal(tuple(move for move in moves if move.old), tuple(worktrees))


def _finish(branch: Branch, share: Share, plan: Journal) -> None:
    for move in plan.references:
        branch.repository.joinpath(f"{move.name}.lock").unlink(missing_ok=True)
        move_reference(branch, move)
        failpoint("departure.reference")
    admins = [branch.repository / "worktrees" / move.name for move in plan.worktrees]
    for admin in admins:
        _remove_worktree(admin)
        failpoint("departure.folder")
    for path in _beside(share):
        _remove(path)
    names = frozenset(move.name for move in plan.references)
    part = Part(branch, share, names | {*kept_beside(branch)}, frozenset())
    with branch.alone(), kept_out(branch.repository), objects_on_disk(branch.repository, branch.durability):
        purge(branch.repository, part)
    failpoint("departure.purged")
    _remove(share.papers / "incoming" / share.key)
    shutil.rmtree(share.notes)


def _remove_worktree(admin: Path) -> None:
    folder = folder_of(admin)
    if folder is not None:
        _remove(folder.with_name(f"{folder.name}.stamps"))
        _remove(folder)
    if admin.is_dir():
        shutil.rmtree(admin)


def _drop_locks(branch: Branch) -> None:
    """Take the user's lock files away, unless somebody of that name is just beginning anew."""
    with contextlib.suppress(Busy), locked(branch.lock_file, 0):
        if branch.tip() is None:
            for path in branch.lock_file.parent.glob(f"{branch.key}.*"):
                path.unlink(missing_ok=True)


def _beside(share: Share) -> Iterator[Path]:
    folder = share.folder
    yield from (folder, folder.with_name(f"{folder.name}.stamps"))
    for path in folder.parent.glob(f"{SET_ASIDE}*"):
        if path.name.removeprefix(SET_ASIDE).rpartition(".")[0] == folder.name:
            yield path


def _left(branch: Branch, share: Share) -> Iterator[str]:
    handle = pygit2.Repository(str(branch.repository))
    yield from (name for name in own_references(branch, handle) if name != "HEAD")
    yield from (name for name in kept_beside(branch) if name in handle.references)
    yield from (f"worktrees/{admin.name}" for admin in own_worktrees(branch))
    yield from (path.name for path in _beside(share) if path.exists())
    for kind in _KINDS:
        for path in share.papers.joinpath(kind).glob("*"):
            if path.name.split(".")[0] == share.key:
                yield path.relative_to(share.papers).as_posix()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
