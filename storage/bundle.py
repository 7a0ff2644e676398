"""One user's whole memory as a single file, and back again."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pygit2

from ..errors import BadInput, GitFailed, MirrorDiverged, UnknownUser
from .branch import Branch
from .git import git
from .mirror_point import Point, here
from .mirror_restore import copied, owner_of
from .names import UserId
from .store import Store

_SECONDS = 3600.0
_HEAD = re.compile(r"([0-9a-f]{40}) (refs/\S+)")
_USER = "refs/heads/user/"


def bundle(branch: Branch, file: Path) -> Point:
    """Write a memory with its epochs into a file, whole or not at all; answers the tips that are in it.

    Raises:
        UnknownUser: there is nothing to write.
        GitFailed: the file could not be written.
    """
    if branch.tip() is None:
        raise UnknownUser(branch.user)
    part = file.with_name(f"{file.name}.part")
    try:
        # The lock keeps an erase from taking away what is being written.
        with branch.writing(), tempfile.TemporaryDirectory(prefix="diffmem-bundle-") as folder:
            now = here(branch)
            names = _named(branch, now, Path(folder))
            git(Path(folder), "bundle", "create", "--quiet", str(part.absolute()), *names, seconds=_SECONDS)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return now


def _named(branch: Branch, now: Point, folder: Path) -> list[str]:
    """The references of a bundle, called by the user's key, in a repository that borrows all else."""
    handle = pygit2.init_repository(str(folder), bare=True)
    alternates = folder / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{(branch.repository / 'objects').absolute()}\n", "utf-8")
    handle = pygit2.Repository(str(folder))
    wanted = {f"{_USER}{branch.key}": now.tip, f"refs/meta/{branch.key}": now.epoch}
    for name, target in wanted.items():
        if target:
            handle.references.create(name, target)
    return [name for name, target in wanted.items() if target]


def restored(store: Store, file: Path) -> Branch:
    """Bring back the memory that a file holds; nothing happens if it is here already.

    Every object is read and checked, and the tips compared, before the user is there.

    Raises:
        BadInput: there is no such file, or it is no bundle of one memory, or is damaged.
        MirrorDiverged: this user has another history here; it stays as it is.
    """
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "is not there"
        raise BadInput(f"{file} {what}; give a file that `diffmem bundle` has written")
    with tempfile.TemporaryDirectory(prefix="diffmem-bundle-") as folder:
        user, told = _checked(Path(folder), file.absolute())
        copied(store, user, pygit2.Repository(folder), mirrored=False)
    branch = store.branch(user)
    if here(branch) != told:
        raise MirrorDiverged(user, "the history here is another one than that of the file")
    return branch


def _checked(folder: Path, file: Path) -> tuple[UserId, Point]:
    try:
        handle = pygit2.init_repository(str(folder), bare=True)
        git(folder, "bundle", "verify", "--quiet", str(file), seconds=_SECONDS)
        heads = _heads(git(folder, "bundle", "list-heads", str(file)))
        key = next((name.removeprefix(_USER) for name in heads if name.startswith(_USER)), "")
        expected = {f"{_USER}{key}", f"refs/meta/{key}"}
        if not key or not heads.keys() <= expected:
            raise BadInput(f"{file.name} is not the bundle of one memory")
        settings = ("fetch.fsckObjects=true", "fetch.unpackLimit=1")
        refspecs = [f"+{name}:{name}" for name in heads]
        git(
            folder,
            "fetch",
            "--quiet",
            "--no-tags",
            "--",
            str(file),
            *refspecs,
            seconds=_SECONDS,
            settings=settings,
        )
        git(folder, "fsck", "--strict", "--no-dangling", seconds=_SECONDS)
        user = owner_of(handle, key)
    except GitFailed as failed:
        raise BadInput(
            f"{file.name} is no whole bundle: it was written by something else, cut off or damaged; give "
            f"another copy of it ({failed})"
        ) from failed
    if user is None:
        raise BadInput(f"{file.name} does not say whose memory it is")
    return user, Point(heads[f"{_USER}{key}"], heads.get(f"refs/meta/{key}", ""))


def _heads(told: str) -> Mapping[str, str]:
    return {found[2]: found[1] for found in map(_HEAD.fullmatch, told.splitlines()) if found}
