"""The packs of a repository, and which of them to make one of, so that there are always few."""

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST = 12
_FACTOR = 2
_COUNT_AT = 8 + 255 * 4


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack and how many objects are in it."""

    path: Path
    objects: int

    @property
    def name(self) -> str:
        """As git calls it."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Plan:
    """Which packs to make one of; `everything` if that is all there is, loose objects too."""

    rolled: tuple[Pack, ...]
    everything: bool


def packs(repository: Path) -> list[Pack]:
    """Every pack that may be replaced, the smallest first."""
    folder = repository / "objects" / "pack"
    whole = [
        path
        for path in folder.glob("pack-*.pack")
        if path.with_suffix(".idx").is_file() and not path.with_suffix(".keep").exists()
    ]
    return sorted((Pack(path, _count(path.with_suffix(".idx"))) for path in whole), key=_size)


def plan(repository: Path, loose: int = 0) -> Plan:
    """The smallest packs that have to become one for each to hold twice as much as all smaller ones.

    So an object is written anew about as often as the memory doubles.
    """
    found = packs(repository)
    sizes = [pack.objects for pack in found]
    split = _split(sorted([*sizes, loose]) if loose else sizes)
    everything = bool(found) and split == len(found) + bool(loose) and split > 1
    strange = repository.joinpath("objects", "pack", "multi-pack-index").exists()
    return Plan(tuple(found[: _split(sizes)]), everything or strange)


def replaced(rolled: Collection[Pack], made: Sequence[str]) -> None:
    """Take away packs whose objects are in another one now; `made` are the ids of the packs made."""
    for pack in rolled:
        if pack.path.stem.removeprefix("pack-") in made:
            continue
        # Without its table a pack is none any more, so a crash leaves no half of one in use.
        for suffix in (".idx", ".rev", ".bitmap", ".mtimes", ".pack"):
            with contextlib.suppress(PermissionError):
                pack.path.with_suffix(suffix).unlink(missing_ok=True)


def _size(pack: Pack) -> tuple[int, str]:
    return pack.objects, pack.name


def _split(sizes: Sequence[int]) -> int:
    """How many of these, from the smallest, become one; 0 where they are in proportion."""
    split = 0
    for at in range(len(sizes) - 1, 0, -1):
        if sizes[at] < _FACTOR * sizes[at - 1]:
            split = at + 1
            break
    total = sum(sizes[:split])
    while split and split < len(sizes) and sizes[split] < _FACTOR * total:
        total += sizes[split]
        split += 1
    return split


def _count(index: Path) -> int:
    with index.open("rb") as file:
        head = file.read(8)
        # The older kind of table has no head.
        file.seek(_COUNT_AT if head[:4] == b"\xfftOc" else _COUNT_AT - 8)
        return int.from_bytes(file.read(4))
