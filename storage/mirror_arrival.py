"""A memory that another machine began, brought here when it is first asked for."""

import contextlib
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pygit2

from ..errors import UnknownUser
from .failpoint import failpoint
from .lock import locked
from .mirror_restore import copied
from .names import UserId, key_of
from .remote import Remote
from .store import Store

_WAIT_SECONDS = 150.0


def brought(store: Store, remote: Remote, prefix: str, user: UserId) -> bool:
    """Bring a user of a mirror here who has no memory yet; whether there was one to bring.

    Raises:
        MirrorFailed: it could not be reached, or what came is damaged.
        Busy: the same user is being brought by somebody else for too long.
    """
    key = key_of(user)
    with locked(store.home / "locks" / f"{key}.mirror", _WAIT_SECONDS), _folder(store, key) as folder:
        heads, epochs = f"refs/heads/{prefix}{key}", f"refs/meta/{key}"
        listed = remote.listed(folder, heads, epochs)
        if heads not in listed or _begun(store, user):
            return False
        places = {heads: f"refs/heads/user/{key}", epochs: epochs}
        remote.fetched(folder, *(f"+{name}:{places[name]}" for name in listed))
        failpoint("arrival.fetched")
        copied(store, user, pygit2.Repository(str(folder)))
        return True


def _begun(store: Store, user: UserId) -> bool:
    try:
        return store.branch(user).tip() is not None
    except UnknownUser:
        return False


@contextlib.contextmanager
def _folder(store: Store, key: str) -> Generator[Path]:
    """A repository for what comes; what a crash left of an earlier one goes."""
    above = store.home / "incoming"
    above.mkdir(parents=True, exist_ok=True)
    for leftover in above.glob(f".new-{key}.*"):
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".new-{key}.", dir=above))
    try:
        handle = pygit2.init_repository(str(folder), bare=True)
        handle.config["gc.auto"] = 0
        handle.free()
        yield folder
    finally:
        shutil.rmtree(folder)
