"""Checks of who else on this machine can read what is secret."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .check import Case, Result, counted, fail, ok, warn

_OTHERS = 0o077


def open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may do anything with a file or folder."""
    return sys.platform != "win32" and bool(path.stat().st_mode & _OTHERS)


def tightened(paths: Iterable[Path]) -> str:
    """Leave files and folders to their owner."""
    done = [path for path in paths if path.exists() and open_to_others(path)]
    for path in done:
        path.chmod(path.stat().st_mode & ~_OTHERS)
    return f"left to their owner alone: {', '.join(path.name for path in done)}"


def private(case: Case) -> Iterator[Result]:
    """Tokens, the audit log and the repositories: for their owner alone."""
    home = case.settings.home
    repositories = [case.memory.desk.store.branch(user).repository for user in case.users]
    paths = [home / "audit.jsonl", home / "tokens", *home.glob("tokens/*"), *repositories]
    there = [path for path in paths if path.exists()]
    if foreign := [path for path in there if _is_foreign(path)]:
        yield fail(
            "permissions",
            f"{counted(len(foreign), 'place')} in the home belong to another user of this machine",
            f"chown them to whom diffmem runs as; the first is {foreign[0]}",
        )
    wide = [path for path in there if open_to_others(path)]
    if wide:
        yield warn(
            "permissions",
            f"others on this machine can read {counted(len(wide), 'place')}",
            "`diffmem doctor --fix` leaves them to their owner",
            details=(
                (path.relative_to(home) if path.is_relative_to(home) else path).as_posix() for path in wide
            ),
            mend=lambda: tightened(wide),
        )
    elif not foreign:
        yield ok("permissions", "tokens, audit log and repositories are their owner's alone")


def _is_foreign(path: Path) -> bool:
    return sys.platform != "win32" and path.stat().st_uid != os.geteuid()
