"""A branch whose reference or newest commit is damaged: back to the last good one, or out of use.

Only for what a power cut under `relaxed` durability, a failing disk or a foreign program leaves behind;
what our own writes leave when they are cut off needs none of this.
"""

from __future__ import annotations

import contextlib
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pygit2

from ..errors import Quarantined, StoreError, UnknownUser
from . import tips
from .durability import sync_folder
from .faults import unreadable
from .handle import Handle
from .objects import commit_of
from .worktrees import admin_folders, detached_head

if TYPE_CHECKING:
    from .branch import Branch
    from .names import UserId
    from .store import Store

_RECOVERED = "recovered"
_ID = re.compile(r"[0-9a-f]{40}")
_BROKEN = (pygit2.GitError, KeyError, ValueError)


class Damaged(Exception):
    """The newest commit cannot be told or read; never leaves this floor."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A memory that is out of use ("quarantined"), or that fell back to an earlier commit ("recovered")."""

    user: str
    kind: str
    told: str


def newest(branch: Branch, handle: pygit2.Repository) -> str | None:
    """The newest commit, which can be read; None before the first.

    Raises:
        Damaged: there is one, but it cannot be told or read.
    """
    with unreadable(branch.repository):
        try:
            found = handle.references.get(branch.ref)
        except _BROKEN as broken:
            raise Damaged(f"the reference {branch.ref} cannot be read") from broken
        if found is None:
            if tips.noted(branch.notes):
                raise Damaged(f"the reference {branch.ref} is gone")
            return None
        commit = str(found.target)
        if not _is_readable(handle, commit):
            raise Damaged(f"the newest commit {commit[:12]} cannot be read")
        return commit


def mend(branch: Branch) -> None:
    """Have a damaged branch show the last commit that is whole; for the branch's one writer only.

    Raises:
        Quarantined: there is none.
    """
    handle = Handle(str(branch.repository))
    try:
        newest(branch, handle)
    except Damaged as damaged:
        good = next((one for one in _candidates(branch, handle) if _is_whole(handle, one)), "")
        if not good:
            raise Quarantined(branch.user, str(damaged)) from damaged
        _note_recovery(branch, str(damaged), good)
        _point_at(branch, good)


def troubles(store: Store) -> Iterator[Trouble]:
    """Every memory that is out of use, and every one that once fell back to an earlier commit."""
    for user in store.users():
        yield from _trouble(store, user)


def _trouble(store: Store, user: UserId) -> Iterator[Trouble]:
    try:
        branch = store.branch(user)
        branch.tip()
    except UnknownUser:
        return
    except StoreError as failed:
        yield Trouble(user, "quarantined", str(failed))
        return
    with contextlib.suppress(OSError):
        for line in branch.notes.joinpath(_RECOVERED).read_text("utf-8").splitlines():
            yield Trouble(user, "recovered", line)


def _candidates(branch: Branch, handle: pygit2.Repository) -> Iterator[str]:
    """Commits that were the newest once, the likeliest first."""
    yield from tips.noted(branch.notes)
    for place in (branch.ref, f"refs/remotes/mirror/{branch.ref.removeprefix('refs/heads/')}"):
        with contextlib.suppress(*_BROKEN):
            found = handle.references.get(place)
            if found:
                yield str(found.target)
    if branch.share is None:
        yield from filter(None, map(detached_head, admin_folders(branch.repository)))


def _is_readable(handle: pygit2.Repository, commit: str) -> bool:
    """Whether a commit and its folder of files can be read."""
    try:
        if not _is_intact(handle, commit):
            return False
        tree = str(commit_of(handle, commit).tree_id)
        return _is_intact(handle, tree) and handle.odb.read_header(tree)[0] == pygit2.enums.ObjectType.TREE
    except (*_BROKEN, AttributeError):
        return False


def _is_whole(handle: pygit2.Repository, commit: str) -> bool:
    """Whether everything that a commit shows can be read."""
    if not _is_readable(handle, commit):
        return False
    try:
        waiting: list[pygit2.Tree] = [commit_of(handle, commit).tree]
        while waiting:
            for entry in waiting.pop():
                if entry.filemode == pygit2.enums.FileMode.COMMIT:
                    continue
                if not _is_intact(handle, str(entry.id)):
                    return False
                if isinstance(entry, pygit2.Tree):
                    waiting.append(entry)
                else:
                    handle.odb.read(entry.id)
    except _BROKEN:
        return False
    return True


def _is_intact(handle: pygit2.Repository, identity: str) -> bool:
    """Whether an object that is a file of its own is whole; libgit2 hangs on one that is cut off."""
    file = Path(handle.path) / "objects" / identity[:2] / identity[2:]
    try:
        stream = zlib.decompressobj()
        stream.decompress(file.read_bytes())
    except FileNotFoundError:
        return True
    except zlib.error:
        return False
    return stream.eof


def _point_at(branch: Branch, commit: str) -> None:
    # libgit2 refuses to write in the place of a reference that it cannot read.
    place = branch.repository / branch.ref
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.lock")
    with part.open("w", encoding="ascii") as file:
        file.write(f"{commit}\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)
    sync_folder(place.parent)


def _note_recovery(branch: Branch, why: str, good: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    told = f"{now}: {why}; back at {good[:12]}, the last that is whole\n"
    with branch.notes.joinpath(_RECOVERED).open("a", encoding="utf-8") as file:
        file.write(told)
