"""What comes from a mirror, in a repository of its own until the memory's one writer has looked at it.

A mirror may still hold what was erased here. So nothing of it gets into the memory's own objects, unless
under the writer's lock, and once both sides are known to stand at the same epoch.
"""

import contextlib
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pygit2

from .branch import Branch
from .durability import objects_on_disk, sync_folder
from .failpoint import failpoint
from .mirror_point import Point
from .remote import Remote

_TIP = "refs/incoming/tip"
_EPOCH = "refs/incoming/epoch"
_MINE = "refs/incoming/mine"
_PARTS = (".pack", ".rev", ".idx")


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a mirror holds of a memory, and a repository that shows it beside the memory itself."""

    point: Point
    folder: Path
    branch: Branch

    def handle(self) -> pygit2.Repository:
        """The objects of both."""
        return pygit2.Repository(str(self.folder))

    def take_in(self) -> None:
        """Have everything that came be the memory's own; for its one writer only."""
        if self.folder == self.branch.repository:
            return
        packs = self.branch.repository / "objects" / "pack"
        packs.mkdir(exist_ok=True)
        with objects_on_disk(self.branch.repository, self.branch.durability):
            # The table last: a pack is there for readers once its table is.
            for part in _PARTS:
                for file in self.folder.joinpath("objects", "pack").glob(f"*{part}"):
                    file.replace(packs / file.name)
        sync_folder(packs)
        failpoint("mirror.taken")


@contextlib.contextmanager
def incoming(branch: Branch, remote: Remote, wanted: dict[str, str]) -> Generator[Incoming]:
    """Fetch the references of a memory (names at the remote, by what they are: "tip", "epoch").

    Raises:
        MirrorFailed: they did not come.
    """
    folder = folder_of(branch)
    clear(branch)
    try:
        handle = pygit2.init_repository(str(folder), bare=True)
        handle.config["gc.auto"] = 0
        alternates = folder / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_text(f"{branch.repository / 'objects'}\n", "utf-8")
        mine = branch.tip()
        if mine:
            # What we have need not come again.
            handle = pygit2.Repository(str(folder))
            handle.references.create(_MINE, mine)
        places = {"tip": _TIP, "epoch": _EPOCH}
        remote.fetched(folder, *(f"+{name}:{places[what]}" for what, name in wanted.items()))
        fetched = pygit2.Repository(str(folder))
        found = {what: fetched.references.get(place) for what, place in places.items()}
        point = Point(*(str(one.target) if one else "" for one in found.values()))
        yield Incoming(point, folder, branch)
    finally:
        clear(branch)


def folder_of(branch: Branch) -> Path:
    """Where what comes for a memory lies meanwhile; whatever takes the user away takes it along."""
    return branch.lock_file.parent.parent / "incoming" / branch.key


def clear(branch: Branch) -> None:
    """Drop what came, also what a crash left."""
    folder = folder_of(branch)
    if folder.exists():
        shutil.rmtree(folder)
