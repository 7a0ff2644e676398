"""The settings of how memories are laid out on the disk."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings


class LayoutSettings(BaseSettings):
    """The part of `Settings` about repositories of users' own, and the one repository of older stores."""

    store_layout: Literal["own", "shared"] = "own"
    """`own`: a repository for each user; `shared`: one for all of them, as older stores have it."""
    storage_path: Path | None = Field(
        default=None, validation_alias=AliasChoices("DIFFMEM_STORAGE_PATH", "STORAGE_PATH")
    )
    """Where the repositories lie: the home by default, and of `shared` `storage` in it."""
    worktree_root: Path | None = Field(
        default=None, validation_alias=AliasChoices("DIFFMEM_WORKTREE_ROOT", "WORKTREE_ROOT")
    )
    """Where files are laid out for people: `views` in the home by default, and of `shared` `worktrees`."""

    @field_validator("storage_path", "worktree_root")
    @classmethod
    def _found(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    def shared_places(self, home: Path) -> tuple[Path, Path]:
        """The folder of the shared repository, and that of the users' files."""
        beside = home if home.joinpath(".git").is_dir() else home / "storage"
        return self.storage_path or beside, self.worktree_root or home / "worktrees"
