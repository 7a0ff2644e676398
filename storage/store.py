"""The folder all memories lie in: one bare repository per user, or the seed's one for all."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2

from ..errors import UnknownUser
from . import departure
from .branch import Branch
from .durability import Durability, sync_folder
from .failpoint import failpoint
from .faults import faults
from .lock import locked
from .names import UserId, key_of, user_of
from .objects import keep_large_folders, shut_out_settings, told_user
from .seed_store import SeedStore

shut_out_settings()
keep_large_folders()

# No key begins with a dot, so no user's own lock is called like this.
_CREATING = ".users.lock"


@dataclass(frozen=True, slots=True)
class Store:
    """Every user's repository below one home folder; with a `seed`, all users are in its repository.

    Files are laid out for people in `shown`, or else in the home.
    """

    home: Path
    durability: Durability = Durability.FULL
    seed: SeedStore | None = None
    shown: Path | None = None

    @classmethod
    def shared(cls, storage: Path, worktrees: Path, durability: Durability = Durability.FULL) -> "Store":
        """The layout `shared`: one repository for all, in `storage`, each user's files below `worktrees`."""
        seed = SeedStore(storage.absolute(), worktrees.absolute())
        return cls(seed.papers, durability, seed)

    @property
    def views(self) -> Path:
        """The folder that users' files are laid out in for people."""
        return self.seed.worktrees if self.seed else self.shown or self.home / "views"

    def branch(self, user: UserId) -> Branch:
        """An existing user's branch.

        Raises:
            UnknownUser: there is none.
        """
        if self.seed:
            return self.seed.branch(user, self.durability)
        branch = self._branch(user)
        if not branch.repository.is_dir():
            raise UnknownUser(user)
        return branch

    def created(self, user: UserId) -> Branch:
        """A user's branch, its empty repository made now if there is none.

        Raises:
            StoreError: the folder cannot be written.
        """
        if self.seed:
            return self.seed.created(user, self.durability)
        branch = self._branch(user)
        if not branch.repository.is_dir():
            told = f"no memory can be kept in {self.home}"
            with self.catalogue_locked(), faults(self.home, told):
                if not branch.repository.is_dir():
                    self._make(branch)
        return branch

    def catalogue_locked(self) -> contextlib.AbstractContextManager[None]:
        """Be the only one who makes users and takes them away, across threads and processes."""
        return locked(self.home / "locks" / _CREATING, seconds=30)

    def users(self) -> Iterator[UserId]:
        """Every user with a memory here, by key."""
        if self.seed:
            yield from self.seed.users()
            return
        folders = self.home / "users"
        keys = sorted(path.name[:-4] for path in folders.glob("*.git")) if folders.is_dir() else []
        for key in keys:
            user = user_of(key) or self._told_user(key)
            if user is not None:
                yield user

    def view_folder(self, user: UserId) -> Path:
        """Where a user's files are laid out for people."""
        share = self.seed.place(user, self.durability).share if self.seed else None
        return share.folder if share else self.views / key_of(user)

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
        departure.complete(self.home, self.views)
        # Renamed into place whole, so that no crash leaves half a repository under the user's name.
        new = Path(tempfile.mkdtemp(prefix=departure.NEW, dir=parent))
        handle = pygit2.init_repository(
            str(new), bare=True, initial_head=branch.ref.removeprefix("refs/heads/")
        )
        handle.config["core.logallrefupdates"] = False
        handle.config["gc.auto"] = 0
        handle.free()
        new.chmod(0o700)
        failpoint("store.made")
        new.rename(branch.repository)
        sync_folder(parent)
        failpoint("store.named")

    def _told_user(self, key: str) -> UserId | None:
        with contextlib.suppress(UnknownUser, pygit2.GitError, KeyError):
            return told_user(pygit2.Repository(str(self.home / "users" / f"{key}.git")), key)
        return None
