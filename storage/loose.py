"""Objects that are files of their own: how many there are, and how long nobody has touched them."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FOLDERS = 256
_LOOKED_AT = 8
_REST = re.compile(r"[0-9a-f]{38}")


@dataclass(frozen=True, slots=True)
class Loose:
    """One such object, and when it was last touched as it was looked at."""

    path: Path
    touched: float

    @property
    def id(self) -> str:
        """Its id."""
        return self.path.parent.name + self.path.name

    def untouched(self) -> bool:
        """Whether nobody has touched it since: who writes an object that is there touches it instead."""
        try:
            return self.path.stat().st_mtime <= self.touched
        except FileNotFoundError:
            return False

    def remove(self) -> None:
        """Take it away."""
        # Where files are written so that nobody changes them, they cannot be taken away either.
        self.path.chmod(0o644)
        self.path.unlink(missing_ok=True)


def loose_estimate(repository: Path) -> int:
    """About how many there are: a few folders are looked at, since ids are spread evenly."""
    objects = repository / "objects"
    step = _FOLDERS // _LOOKED_AT
    found = sum(len(_names(objects / f"{at:02x}")) for at in range(step // 2, _FOLDERS, step))
    return found * step


def loose_older(repository: Path, moment: float) -> list[Loose]:
    """Those that nobody has touched since a moment (seconds since 1970)."""
    return [one for one in _all(repository) if one.touched < moment]


def _all(repository: Path) -> Iterator[Loose]:
    for at in range(_FOLDERS):
        folder = repository / "objects" / f"{at:02x}"
        for name in _names(folder):
            try:
                yield Loose(folder / name, folder.joinpath(name).stat().st_mtime)
            except FileNotFoundError:
                continue


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if _REST.fullmatch(entry.name)]
    except (FileNotFoundError, NotADirectoryError):
        return []
