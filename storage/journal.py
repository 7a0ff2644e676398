"""What an erase is about to do, on the disk before it is done: ids and references, no word of a memory."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from .durability import sync_folder

_NAME = "erase.json"


@dataclass(frozen=True, slots=True)
class Move:
    """A reference, or the HEAD of a worktree, and the ids before and after; "" where there is none."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Journal:
    """The moves that make a rewritten history the only one; none as long as it is being written."""

    references: tuple[Move, ...] = ()
    worktrees: tuple[Move, ...] = ()


def is_open(folder: Path) -> bool:
    """Whether an erase began here and has not ended."""
    return folder.joinpath(_NAME).is_file()


def write(folder: Path, journal: Journal) -> None:
    """Put a journal in the place of the one before; it is on the disk when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{_NAME}.tmp"
    moves = {
        "references": [[move.name, move.old, move.new] for move in journal.references],
        "worktrees": [[move.name, move.old, move.new] for move in journal.worktrees],
    }
    with part.open("w", encoding="utf-8") as file:
        json.dump(moves, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / _NAME)
    sync_folder(folder)


def read(folder: Path) -> Journal:
    """The journal that is open."""
    moves: dict[str, list[list[str]]] = json.loads(folder.joinpath(_NAME).read_text("utf-8"))
    return Journal(
        tuple(Move(*move) for move in moves["references"]),
        tuple(Move(*move) for move in moves["worktrees"]),
    )


def close(folder: Path) -> None:
    """The erase has ended, one way or the other."""
    if not folder.is_dir():
        return
    for name in (f"{_NAME}.tmp", _NAME):
        folder.joinpath(name).unlink(missing_ok=True)
    sync_folder(folder)
