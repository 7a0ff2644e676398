"""How a user leaves: everything kept for them goes, in an order that a crash cannot tear.

First the repository is renamed into a trash folder that names whose it was: from then on the user is
unknown here. Then the view, the caches and the locks go, and the trash last. Whatever is left of that
is done when the store is next swept, or before another user is made.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .durability import sync_folder
from .failpoint import failpoint
from .view import SET_ASIDE

_KEY = re.compile(r"[a-z0-9_-]{1,100}")
_TRASH = ".gone-"
_FULL = frozenset({"users", "locks"})
NEW = ".new-"
"""How the folder is called in which a repository is made; no key begins with a dot."""


def begin(home: Path, key: str) -> None:
    """Take a user's repository out of sight for good.

    Only for who is the user's one writer and keeps other users from being made meanwhile.
    """
    users = home / "users"
    trash = Path(tempfile.mkdtemp(prefix=_TRASH, dir=users))
    (trash / "key").write_text(key, "utf-8")
    sync_folder(trash)
    sync_folder(users)
    failpoint("departure.begun")
    users.joinpath(f"{key}.git").rename(trash / "repository")
    sync_folder(trash)
    sync_folder(users)
    failpoint("departure.renamed")


def complete(home: Path, views: Path) -> list[str]:
    """Finish every departure that has begun and answer whose they were; half a beginning goes, too.

    Only for who keeps other users from being made meanwhile.
    """
    gone: list[str] = []
    hidden = sorted(_hidden(home / "users"))
    for beginning in (path for path in hidden if path.name.startswith(NEW)):
        shutil.rmtree(beginning, ignore_errors=True)
    for trash in (path for path in hidden if path.name.startswith(_TRASH)):
        key = _key_in(trash)
        if key and trash.joinpath("repository").is_dir():
            _remove_rest(home, views, key)
            gone.append(key)
        shutil.rmtree(trash)
        failpoint("departure.emptied")
    # These two hold an entry for every user, and nothing that was set aside.
    for folder in (path for path in _folders(home, views) if path.name not in _FULL):
        for aside in (path for path in _hidden(folder) if path.name.startswith(_TRASH)):
            shutil.rmtree(aside)
    return gone


def left_of(home: Path, views: Path, key: str) -> tuple[str, ...]:
    """Everything in the folders of the store that is called after a key."""
    return tuple(
        (path.relative_to(home) if path.is_relative_to(home) else path).as_posix()
        for path in _called(home, views, key)
    )


def names(home: Path, views: Path) -> list[Path]:
    """What lies in the folders of the store: repositories, views, stamps, locks, caches."""
    return sorted(path for folder in _folders(home, views) for path in folder.iterdir())


def _called(home: Path, views: Path, key: str) -> list[Path]:
    return [
        path
        for path in names(home, views)
        if path.name.removeprefix(SET_ASIDE).split(".")[0] == key
        and path != views
        and (path.is_relative_to(home) or _is_of_a_view(path, key))
    ]


def _is_of_a_view(path: Path, key: str) -> bool:
    """Whether it is ours: a folder that lies outside the home may hold what somebody else put there."""
    if path.name == key:
        return path.joinpath(".git").is_file() or path.with_name(f"{key}.stamps").exists()
    return path.name.startswith((f"{key}.stamps", f"{SET_ASIDE}{key}."))


def _folders(home: Path, views: Path) -> Iterator[Path]:
    """The folders of the store, and that of the views, which may lie elsewhere."""
    yield from (path for path in home.iterdir() if path.is_dir())
    if views.parent != home and views.is_dir():
        yield views


def _remove_rest(home: Path, views: Path, key: str) -> None:
    for found in _called(home, views, key):
        # Whoever bears the key by now is somebody new.
        if found.parent.name == "users":
            continue
        if found.parent.name == "locks":
            found.unlink()
            failpoint("departure.removed")
            continue
        # Out of sight in one step under a name of our own, so that nothing half removed is taken for a view.
        aside = Path(tempfile.mkdtemp(prefix=_TRASH, dir=found.parent))
        found.rename(aside / "content")
        failpoint("departure.aside")
        shutil.rmtree(aside)
        failpoint("departure.removed")


def _hidden(folder: Path) -> list[Path]:
    """What in a folder has a name that begins with a dot; quick where thousands of others lie beside it."""
    try:
        return [folder / name for name in os.listdir(folder) if name[0] == "."]  # noqa: PTH208
    except FileNotFoundError:
        return []


def _key_in(trash: Path) -> str:
    try:
        told = trash.joinpath("key").read_text("utf-8")
    except OSError:
        return ""
    return told if _KEY.fullmatch(told) else ""
