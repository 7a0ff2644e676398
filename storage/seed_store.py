"""One repository for all users, as the seed of this product writes it: a branch and a worktree for each."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2

from ..errors import BadName, StoreError, UnknownUser
from .branch import Branch
from .durability import Durability
from .layout import Share
from .names import UserId, key_of, user_id
from .objects import told_user

_USER = "refs/heads/user/"


@dataclass(frozen=True, slots=True)
class SeedStore:
    """The folder of the repository, and the one that the worktrees lie in."""

    storage: Path
    worktrees: Path

    @property
    def repository(self) -> Path:
        """What git itself keeps there; a bare repository is all of it."""
        return self.storage if self.storage.joinpath("HEAD").is_file() else self.storage / ".git"

    @property
    def papers(self) -> Path:
        """Where locks and notes of ours lie: whoever opens the repository finds the same ones."""
        return self.repository / "diffmem"

    def branch(self, user: UserId, durability: Durability) -> Branch:
        """An existing user's branch.

        Raises:
            UnknownUser: there is none.
        """
        branch = self.place(user, durability)
        handle = self._open()
        if handle is None or branch.ref not in handle.references:
            raise UnknownUser(user)
        return branch

    def created(self, user: UserId, durability: Durability) -> Branch:
        """A user's branch, which is there once something is committed; the repository is made now.

        Raises:
            StoreError: the folder cannot be written, or the branch is somebody else's.
        """
        if self._open() is None:
            self._make()
        branch = self.place(user, durability)
        handle = self._open()
        taken = handle is not None and branch.ref in handle.references
        if taken and self._owner(handle, branch.ref.removeprefix(_USER)) != user:
            raise StoreError(f"the branch {branch.ref.removeprefix('refs/heads/')} belongs to another user")
        return branch

    def place(self, user: UserId, durability: Durability) -> Branch:
        """Where a user's branch is, or will be: one that bears the id as it is wins over the key."""
        name, key = self._name(user), key_of(user)
        return Branch(
            user=user,
            repository=self.repository,
            ref=f"{_USER}{name}",
            lock_file=self.papers / "locks" / f"{key}.lock",
            durability=durability,
            share=Share(key, self.papers, self.worktrees / name),
        )

    def users(self) -> Iterator[UserId]:
        """Every user with a branch here, by its name."""
        handle = self._open()
        names = sorted(handle.references) if handle else []
        for name in (one.removeprefix(_USER) for one in names if one.startswith(_USER)):
            with contextlib.suppress(BadName):
                owner = self._owner(handle, name)
                if owner == user_id(owner):
                    yield owner

    def is_there(self) -> bool:
        """Whether there is a repository with the branch of a user in it."""
        handle = self._open()
        return handle is not None and any(name.startswith(_USER) for name in handle.references)

    def _name(self, user: UserId) -> str:
        handle = self._open()
        raw = f"{_USER}{user}"
        there = handle is not None and pygit2.reference_is_valid_name(raw) and raw in handle.references
        return user if there and self._owner(handle, user) == user else key_of(user)

    def _owner(self, handle: pygit2.Repository | None, name: str) -> UserId:
        # A name without "_" is an id as it is; another one may be a key, and then the memory says whose.
        if handle is not None and "_" in name:
            with contextlib.suppress(KeyError, ValueError, pygit2.GitError):
                told = told_user(handle, name)
                if told is not None and key_of(told) == name:
                    return told
        return UserId(name)

    def _open(self) -> pygit2.Repository | None:
        try:
            return pygit2.Repository(str(self.repository))
        except pygit2.GitError:
            return None

    def _make(self) -> None:
        try:
            self.storage.mkdir(parents=True, exist_ok=True)
            handle = pygit2.init_repository(str(self.storage), initial_head="main")
            handle.config["gc.auto"] = 0
            handle.free()
            self.storage.chmod(0o700)
        except (OSError, pygit2.GitError) as failed:
            raise StoreError(f"no memory can be kept in {self.storage}: {failed}") from failed
