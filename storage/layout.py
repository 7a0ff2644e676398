"""How users' branches are laid out on the disk, and what is a user's own where they share a repository."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Layout(StrEnum):
    """A repository for each user, or one for all of them as the seed of this product has it."""

    OWN = "own"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Share:
    """One user's part of a repository that others have a part in, too.

    In `papers` lies what is noted of the users of the repository, in `folder` the files of this one.
    """

    key: str
    papers: Path
    folder: Path

    @property
    def notes(self) -> Path:
        """The folder for what is noted of this user alone."""
        return self.papers / "notes" / self.key
