"""What in a repository that several users share belongs to one of them: references, worktrees, objects."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pygit2

from .branch import Branch
from .layout import Share
from .objects import direct_references
from .snapshot import Snapshot
from .view import View
from .worktrees import admin_folders, admin_of, branch_of, detached_head, folder_of, set_head

_USER = "refs/heads/user/"
_REMOTES = "refs/remotes/"
_MIRRORED = "refs/remotes/mirror/user/"
_CLAIMED = (_USER, "refs/meta/", "refs/staged/", "refs/heads/archive/")
_LOG_LINE = re.compile(r"^([0-9a-f]{40}) ([0-9a-f]{40}) ", re.MULTILINE)


def own_references(branch: Branch, handle: pygit2.Repository) -> dict[str, str]:
    """The references that an erase writes anew, and what they name; the epochs are not among them.

    Where users share a repository, a reference that bears nobody's name is of whom it has commits of.
    """
    every = direct_references(handle)
    if branch.share is None:
        return {name: target for name, target in every.items() if _may_be_own(name, branch)}
    found = {name: target for name, target in every.items() if _names(name, branch, branch.share)}
    line = _line(handle, every.get(branch.ref, ""))
    for name, target in every.items():
        unclaimed = not name.startswith(_CLAIMED) and not _followed(name)
        if unclaimed and not line.isdisjoint(_line(handle, target)):
            found[name] = target
    return found


def own_worktrees(branch: Branch) -> list[Path]:
    """The folders git keeps for the worktrees that show a memory."""
    every = list(admin_folders(branch.repository))
    if branch.share is None:
        return every
    handle = pygit2.Repository(str(branch.repository))
    found = handle.references.get(branch.ref)
    line = _line(handle, str(found.target) if found else "")
    folder = branch.share.folder
    return [
        admin
        for admin in every
        if branch_of(admin) == branch.ref or detached_head(admin) in line or folder_of(admin) == folder
    ]


def met(branch: Branch, share: Share) -> None:
    """Have the worktree in which a user's branch is checked out show a commit, before the branch moves.

    Else what is written to the branch would look there like an undo by hand. Its files stay as they are.
    """
    admin = admin_of(branch.repository, share.folder)
    if admin is not None and branch_of(admin) == branch.ref:
        _detach(branch, admin, share.folder)


def met_anywhere(branch: Branch) -> None:
    """The same for every worktree, wherever it lies."""
    for admin in admin_folders(branch.repository):
        folder = folder_of(admin)
        if folder is not None and branch.share and branch_of(admin) == branch.ref:
            _detach(branch, admin, folder)


def _detach(branch: Branch, admin: Path, folder: Path) -> None:
    handle = pygit2.Repository(str(branch.repository))
    found = handle.references.get(branch.ref)
    if found and found.target in handle:
        View(branch, folder).adopt(Snapshot(handle, str(found.target)))
        set_head(admin, str(found.target))


@dataclass(frozen=True, slots=True)
class Part:
    """One user's part of a shared repository, by name, and what in it is the part of others."""

    branch: Branch
    share: Share
    references: frozenset[str]
    worktrees: frozenset[Path]

    @classmethod
    def of(cls, branch: Branch, share: Share, gone: Iterable[str] = ()) -> "Part":
        """The part as it is now; `gone` are references that were the user's, too."""
        handle = pygit2.Repository(str(branch.repository))
        references = {*own_references(branch, handle), *kept_beside(branch), *gone}
        return cls(branch, share, frozenset(references), frozenset(own_worktrees(branch)))

    def own(self, handle: pygit2.Repository) -> list[str]:
        """The ids that all hangs on that is this user's."""
        every = direct_references(handle)
        found = [target for name, target in every.items() if name in self.references]
        return found + [head for admin in self.worktrees if (head := detached_head(admin))]

    def others(self, handle: pygit2.Repository) -> list[str]:
        """The ids that all hangs on that is not this user's."""
        every = direct_references(handle)
        found = [target for name, target in every.items() if name not in self.references]
        return found + [head for admin in self._others_worktrees() if (head := detached_head(admin))]

    def loose_ends(self, handle: pygit2.Repository) -> set[str]:
        """Ids that no reference leads to, but git's logs and staging areas of others do."""
        found: set[str] = set()
        for log in self._logs(own=False):
            for pair in _LOG_LINE.findall(log.read_text("utf-8", "replace")):
                found.update(pair)
        for place in (self.branch.repository, *self._others_worktrees()):
            if place.joinpath("index").is_file():
                entries = cast("Iterable[pygit2.IndexEntry]", pygit2.Index(str(place / "index")))
                found |= {str(entry.id) for entry in entries}
        return {identity for identity in found if identity in handle}

    def forget_logs(self) -> None:
        """Take git's logs of this user's references away."""
        for log in list(self._logs(own=True)):
            log.unlink()

    def is_others(self, path: str) -> bool:
        """Whether a file in the repository, by its path there, is not this user's."""
        if path.startswith(("hooks/", "info/", "description")):
            return True
        top, _, rest = path.partition("/")
        if top == "worktrees":
            return self.branch.repository / top / rest.partition("/")[0] not in self.worktrees
        if top == self.share.papers.name:
            kind, _, name = rest.partition("/")
            return not kind.startswith(".") and name.split("/")[0].split(".")[0] != self.share.key
        name = path.removeprefix("logs/")
        if not name.startswith("refs/") or name in self.references:
            return False
        return not _names(name, self.branch, self.share)

    def packed(self, told: bytes) -> bytes:
        """What git's list of packed references says of this user's."""
        mine = (line for line in told.splitlines() if line[41:].decode("utf-8", "replace") in self.references)
        return b"\n".join(mine)

    def _others_worktrees(self) -> Iterator[Path]:
        yield from (one for one in admin_folders(self.branch.repository) if one not in self.worktrees)

    def _logs(self, *, own: bool) -> Iterator[Path]:
        repository = self.branch.repository
        roots = [repository / "logs", *(admin / "logs" for admin in admin_folders(repository))]
        for log in (path for root in roots for path in root.rglob("*") if path.is_file()):
            if log.name == "HEAD":
                mine = log.parent.parent in self.worktrees
            else:
                mine = not self.is_others(log.relative_to(repository).as_posix())
            if mine == own:
                yield log


def _may_be_own(reference: str, branch: Branch) -> bool:
    if reference.startswith(_USER):
        return reference == branch.ref
    if reference.startswith(_MIRRORED):
        return reference.removeprefix(_MIRRORED) == branch.ref.removeprefix(_USER)
    if reference.startswith("refs/staged/"):
        return reference.startswith(f"refs/staged/{branch.key}/")
    return not reference.startswith("refs/meta/")


def kept_beside(branch: Branch) -> tuple[str, ...]:
    """The references that tell of a memory: how often it was rewritten, how far its mirror has come."""
    return f"refs/meta/{branch.key}", f"refs/meta/_mirror/{branch.key}"


def _names(reference: str, branch: Branch, share: Share) -> bool:
    if reference.startswith((f"refs/staged/{share.key}/", f"refs/heads/archive/{share.key}/")):
        return True
    return reference == branch.ref or _followed(reference) == branch.ref.removeprefix(_USER)


def _followed(reference: str) -> str:
    """Whose branch at a remote a reference keeps, "" if it keeps none."""
    if not reference.startswith(_REMOTES):
        return ""
    return reference.removeprefix(_REMOTES).partition("/user/")[2]


def _line(handle: pygit2.Repository, target: str) -> frozenset[str]:
    """Every commit that leads to one; none if the target is no commit."""
    try:
        return frozenset(str(commit.id) for commit in handle.walk(target)) if target else frozenset()
    except (KeyError, ValueError, pygit2.GitError):
        return frozenset()
