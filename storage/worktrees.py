"""The folders in which a repository is laid out for people, as git keeps account of them."""

import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from .failpoint import failpoint

_ID = re.compile(r"[0-9a-f]{40}")
_GITDIR = "gitdir: "


def admin_folders(repository: Path) -> Iterator[Path]:
    """The folder git keeps for each worktree, inside the repository."""
    root = repository / "worktrees"
    yield from sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else ()


def admin_of(repository: Path, folder: Path) -> Path | None:
    """The folder git keeps for the worktree that lies in a folder, or None if it is none of this repository.

    Where both were moved together, by a copy or another mount, they are told of each other anew.
    """
    told = _text(folder / ".git")
    name = Path(told.removeprefix(_GITDIR)).name if told.startswith(_GITDIR) else ""
    admin = repository / "worktrees" / name
    if not name or not admin.is_dir():
        return None
    there = _text(admin / "gitdir")
    if Path(there) != folder / ".git":
        if there and Path(there).is_file():
            return None
        _put(admin / "gitdir", f"{folder / '.git'}\n")
    if Path(told.removeprefix(_GITDIR)) != admin:
        _put(folder / ".git", f"{_GITDIR}{admin}\n")
    return admin


def folder_of(admin: Path) -> Path | None:
    """Where a worktree lies, or None if it is not there."""
    told = Path(_text(admin / "gitdir"))
    return told.parent if told.is_absolute() and told.is_file() else None


def detached_head(admin: Path) -> str:
    """The commit a worktree's HEAD names, or "" if it names a branch or nothing."""
    told = _text(admin / "HEAD")
    return told if _ID.fullmatch(told) else ""


def branch_of(admin: Path) -> str:
    """The reference that is checked out in a worktree, or "" if it shows a commit."""
    told = _text(admin / "HEAD")
    return told.removeprefix("ref: ") if told.startswith("ref: ") else ""


def set_head(admin: Path, commit: str) -> None:
    """Have a worktree's HEAD name a commit, whatever its files show."""
    _put(admin / "HEAD", f"{commit}\n", part=admin / "HEAD.lock")


def forget(repository: Path, folder: Path) -> None:
    """Have git know nothing of a worktree that lay in a folder; all others stay known, also absent ones."""
    for admin in admin_folders(repository):
        if _text(admin / "gitdir") == str(folder / ".git"):
            shutil.rmtree(admin)


def link(repository: Path, folder: Path, commit: str) -> None:
    """Have a folder be a worktree that is detached at a commit; its files stay as they are."""
    root = repository / "worktrees"
    names = itertools.chain([folder.name], (f"{folder.name}_{number}" for number in itertools.count(2)))
    admin = next(root / name for name in names if not root.joinpath(name).exists())
    folder.mkdir(parents=True, exist_ok=True)
    admin.mkdir(parents=True)
    for name, told in (("HEAD", commit), ("commondir", "../.."), ("gitdir", str(folder / ".git"))):
        _put(admin / name, f"{told}\n")
    failpoint("view.linked")
    # Last, so that who is cut off before leaves what git itself takes for a folder that is gone.
    _put(folder / ".git", f"{_GITDIR}{admin}\n")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeError):
        return ""


def _put(file: Path, text: str, part: Path | None = None) -> None:
    part = part or file.with_name(f"{file.name}.tmp")
    part.write_text(text, "utf-8")
    part.replace(file)
