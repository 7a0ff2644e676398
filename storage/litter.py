"""What the dead leave behind: lock files, half-written objects, folders on their way in or out."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from .branch import Branch
from .store import Store

OLD_SECONDS = 600.0
"""What nobody has touched for so long, nobody works on."""
_LOCKS = ("*.lock", "refs/**/*.lock", "worktrees/*/*.lock", "objects/info/**/*.lock", "objects/pack/*.lock")
_OBJECTS = (
    "objects/tmp_*", "objects/*/tmp_*", "objects/pack/.tmp-*", "objects/pack/*_git2_*", "objects/incoming-*",
)  # fmt: skip
_NEW = ".new-*"


def locks(repository: Path) -> list[Path]:
    """Every lock file of git's, whoever left it."""
    return sorted(path for pattern in _LOCKS for path in repository.glob(pattern) if path.is_file())


def leavings(repository: Path) -> list[Path]:
    """Lock files and half-written objects that nobody works on any more."""
    written = [path for pattern in _OBJECTS for path in repository.glob(pattern)]
    return [path for path in (*locks(repository), *written) if _is_old(path)]


def cleared(branch: Branch, seconds: float = 5.0) -> list[Path]:
    """Take such files away, as the one writer of the user; answers which.

    Raises:
        Busy: somebody is writing.
    """
    with branch.writing(seconds):
        found = leavings(branch.repository)
        for path in found:
            _removed(path)
    return found


def unfinished(store: Store) -> list[Path]:
    """Repositories whose making was cut off: they were never anybody's."""
    return [path for path in store.home.joinpath("users").glob(_NEW) if _is_old(path)]


def swept(store: Store) -> list[Path]:
    """Take them away; answers which."""
    with store.catalogue_locked():
        found = unfinished(store)
        for path in found:
            _removed(path)
    return found


def leaving(store: Store) -> list[Path]:
    """What was on its way out when a crash came: `erase.sweep` ends it."""
    views = store.views
    return sorted({*store.home.glob("*/.gone-*"), *views.glob(".gone-*"), *views.glob(".trash-*")})


def set_aside(store: Store) -> Iterator[Path]:
    """Folders with files of people that stood where a view was to be laid out; nobody takes them away."""
    yield from sorted(store.views.glob(".aside-*"))


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > OLD_SECONDS
    except OSError:
        return False


def _removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
