"""A home that has lost everything, filled again from the mirror."""

import contextlib
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pygit2

from ..errors import DiffMemError
from . import epoch
from .durability import objects_on_disk, sync_folder
from .failpoint import failpoint
from .lock import locked
from .mirror_point import Point, place, record
from .names import UserId, key_of, user_id, user_of
from .objects import told_user
from .remote import Remote
from .store import Store

# No key begins with a dot, so nothing here is called after a user.
_FOLDER = "incoming/.all"
_USER = "refs/heads/user/"
_LOCK = ".restore.lock"
_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Restored:
    """Who was brought back, and the keys of branches that do not say whose they are, left where they were."""

    users: tuple[UserId, ...] = ()
    unknown: tuple[str, ...] = ()


def restored(store: Store, remote: Remote, prefix: str) -> Restored:
    """Bring every user of a mirror into a home that has none.

    What was cut off is gone on with: the folder that everything comes through goes last.
    """
    with locked(store.home / "locks" / _LOCK, _SECONDS):
        folder = store.home / _FOLDER
        if next(store.users(), None) is not None and not folder.exists():
            return Restored()
        handle = pygit2.init_repository(str(folder), bare=True)
        handle.free()
        places = (f"+refs/heads/{prefix}*:refs/heads/user/*", "+refs/meta/*:refs/meta/*")
        remote.fetched(folder, *places, everything=True)
        owners = _owners(folder)
        users = tuple(user for user in owners.values() if user is not None)
        source = pygit2.Repository(str(folder))
        for user in users:
            copied(store, user, source)
            failpoint("restore.copied")
        shutil.rmtree(folder)
        return Restored(users, tuple(key for key, user in owners.items() if user is None))


def _owners(folder: Path) -> dict[str, UserId | None]:
    handle = pygit2.Repository(str(folder))
    keys = [name.removeprefix(_USER) for name in sorted(handle.references) if name.startswith(_USER)]
    return {key: owner_of(handle, key) for key in keys}


def owner_of(handle: pygit2.Repository, key: str) -> UserId | None:
    """Whose branch it is that has this key, None if neither the key nor the branch says so."""
    user = user_of(key)
    if user is None:
        with contextlib.suppress(KeyError, ValueError, DiffMemError):
            told = told_user(handle, key)
            user = told and user_id(told)
    return user if user is not None and key_of(user) == key else None


def copied(store: Store, user: UserId, source: pygit2.Repository, *, mirrored: bool = True) -> None:
    """Bring one user's branch and epochs from another repository here, unless there are commits."""
    branch = store.created(user)
    if branch.tip():
        return
    told = Point(*(_target(source, name) for name in (branch.ref, epoch.reference_of(branch))))
    with branch.writing() as writer:
        packs = branch.repository / "objects" / "pack"
        with objects_on_disk(branch.repository, branch.durability):
            source.pack(str(packs), pack_delegate=partial(_filled, source, told), n_threads=1)
        sync_folder(packs)
        place(branch, epoch.reference_of(branch), told.epoch)
        writer.forward(told.tip)
        if mirrored:
            record(branch, told)


def _filled(source: pygit2.Repository, told: Point, pack: pygit2.PackBuilder) -> None:
    for tip in filter(None, (told.tip, told.epoch)):
        for commit in source.walk(tip):
            pack.add_recur(commit.id)


def _target(source: pygit2.Repository, name: str) -> str:
    found = source.references.get(name)
    return str(found.target) if found else ""
