"""The folder all memories lie in: one bare repository per user."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2

from ..errors import StoreError, UnknownUser
from . import departure
from .branch import Branch
from .durability import Durability, sync_folder
from .lock import locked
from .names import UserId, key_of, user_of
from .objects import blob_of, keep_large_folders, shut_out_settings, tree_of

shut_out_settings()
keep_large_folders()

# No key begins with a dot, so no user's own lock is called like this.
_CREATING = ".users.lock"


@dataclass(frozen=True, slots=True)
class Store:
    """Every user's repository below one home folder."""

    home: Path
    durability: Durability = Durability.FULL

    def branch(self, user: UserId) -> Branch:
        """An existing user's branch.

        Raises:
            UnknownUser: there is none.
        """
        branch = self._branch(user)
        if not branch.repository.is_dir():
            raise UnknownUser(user)
        return branch

    def created(self, user: UserId) -> Branch:
        """A user's branch, its empty repository made now if there is none.

        Raises:
            StoreError: the folder cannot be written.
        """
        branch = self._branch(user)
        if not branch.repository.is_dir():
            try:
                with self.catalogue_locked():
                    if not branch.repository.is_dir():
                        self._make(branch)
            except OSError as failed:
                raise StoreError(f"no memory can be kept in {self.home}: {failed.strerror}") from failed
        return branch

    def catalogue_locked(self) -> contextlib.AbstractContextManager[None]:
        """Be the only one who makes users and takes them away, across threads and processes."""
        return locked(self.home / "locks" / _CREATING, seconds=30)

    def users(self) -> Iterator[UserId]:
        """Every user with a memory here, by key."""
        folders = self.home / "users"
        keys = sorted(path.name[:-4] for path in folders.glob("*.git")) if folders.is_dir() else []
        for key in keys:
            user = user_of(key) or self._told_user(key)
            if user is not None:
                yield user

    def view_folder(self, user: UserId) -> Path:
        """Where a user's files are laid out for people."""
        return self.home / "views" / key_of(user)

    def _branch(self, user: UserId) -> Branch:
        key = key_of(user)
        return Branch(
            user=user,
            repository=self.home / "users" / f"{key}.git",
            ref=f"refs/heads/user/{key}",
            lock_file=self.home / "locks" / f"{key}.lock",
            durability=self.durability,
        )

    def _make(self, branch: Branch) -> None:
        parent = branch.repository.parent
        parent.mkdir(parents=True, exist_ok=True)
        for leftover in parent.glob(".new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        departure.complete(self.home)
        # Renamed into place whole, so that no crash leaves half a repository under the user's name.
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
        handle = pygit2.init_repository(
            str(new), bare=True, initial_head=branch.ref.removeprefix("refs/heads/")
        )
        handle.config["core.logallrefupdates"] = False
        handle.config["gc.auto"] = 0
        handle.free()
        new.chmod(0o700)
        new.rename(branch.repository)
        sync_folder(parent)

    def _told_user(self, key: str) -> UserId | None:
        with contextlib.suppress(UnknownUser, pygit2.GitError, KeyError):
            return told_user(pygit2.Repository(str(self.home / "users" / f"{key}.git")), key)
        return None


def told_user(repository: pygit2.Repository, key: str) -> UserId | None:
    """The user whom the branch of a key says it belongs to."""
    for line in _first_lines(repository, key):
        name, _, value = line.partition(": ")
        if name == "user":
            return UserId(_unquoted(value))
    return None


def _first_lines(repository: pygit2.Repository, key: str) -> list[str]:
    tree = tree_of(repository, str(repository.references[f"refs/heads/user/{key}"].target))
    return blob_of(repository, tree["diffmem.yaml"].id).data.decode("utf-8", "replace").splitlines()


def _unquoted(value: str) -> str:
    import json

    return str(json.loads(value)) if value.startswith('"') else value
