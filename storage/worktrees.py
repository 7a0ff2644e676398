"""The folders in which a repository is laid out for people, as git keeps account of them."""

import re
from collections.abc import Iterator
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{40}")


def admin_folders(repository: Path) -> Iterator[Path]:
    """The folder git keeps for each worktree, inside the repository."""
    root = repository / "worktrees"
    yield from sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else ()


def folder_of(admin: Path) -> Path | None:
    """Where a worktree lies, or None if it is not there."""
    try:
        told = Path(admin.joinpath("gitdir").read_text("utf-8").rstrip("\n"))
    except OSError:
        return None
    return told.parent if told.is_absolute() and told.is_file() else None


def detached_head(admin: Path) -> str:
    """The commit a worktree's HEAD names, or "" if it names a branch or nothing."""
    try:
        told = admin.joinpath("HEAD").read_text("utf-8").strip()
    except (OSError, UnicodeError):
        return ""
    return told if _ID.fullmatch(told) else ""


def set_head(admin: Path, commit: str) -> None:
    """Have a worktree's HEAD name a commit, whatever its files show."""
    part = admin / "HEAD.lock"
    part.write_text(f"{commit}\n", "utf-8")
    part.replace(admin / "HEAD")
