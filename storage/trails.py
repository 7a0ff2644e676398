"""Which commits touched each path, as care noted it, so that they need not be looked for in a long history.

Derived from a history and never the truth: a file that is missing, damaged or of another version counts for
none. It holds ids, and of a path a digest; an erase takes it away all the same.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from .cache import BlobCache

NAME = "trails"
BEGINNING = 4
"""So many bytes of a content's id are kept."""
_PART = f"{NAME}.tmp"
_HEAD = struct.Struct("<8sIII")
_KIND = b"trails 1"
_ID = 20
_DIGEST = 12
_ROW = struct.Struct(f"<{_DIGEST}sI")
_PLACE = struct.Struct("<I")

# Whether a file is as it was written, by what tells it from any other.
_sound: BlobCache[bool] = BlobCache(256)


class Touch(NamedTuple):
    """A commit that touched a path, and its place in the line from 0, the oldest.

    `sides` are the beginnings of the ids of the content before and after, "" where there was no file; None
    where they are not known.
    """

    place: int
    commit: str
    sides: tuple[str, str] | None


class Content(NamedTuple):
    """What is noted: the commits, oldest first; whether all older ones lead to each; a record by digest."""

    commits: Sequence[bytes]
    gates: Sequence[bool]
    records: dict[bytes, bytearray]


@dataclass(frozen=True, slots=True)
class Trails:
    """An open file of this kind."""

    file: FileIO
    commits: int
    paths: int
    length: int

    @property
    def tip(self) -> str:
        """The newest commit that is noted."""
        return self._commit(self.commits - 1).hex()

    def place(self, commit: str) -> int | None:
        """The place of a commit, or None if it is not in here."""
        wanted, order = bytes.fromhex(commit), _HEAD.size + _ID * self.commits
        low, high = 0, self.commits
        while low < high:
            middle = (low + high) // 2
            (place,) = _PLACE.unpack(self._read(order + 4 * middle, 4))
            found = self._commit(place)
            if found == wanted:
                return int(place)
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return None

    def is_gate(self, place: int) -> bool:
        """Whether every older commit leads to this one, and every newer one comes from it."""
        return _is_set(self._gates(), place)

    def touches(self, path: str, until: int) -> list[Touch]:
        """The commits that touched a file, or anything in a folder, up to a place, the newest first."""
        found: list[Touch] = []
        before, gates = b"", self._gates()
        for place, after in entries(self._record(digest(path))):
            if place > until:
                break
            known = place > 0 and _is_set(gates, place - 1)
            sides = (before.hex(), after.hex()) if known else None
            found.append(Touch(place, self._commit(place).hex(), sides))
            before = after
        return found[::-1]

    def content(self) -> Content:
        """All of it."""
        ids = self._read(_HEAD.size, _ID * self.commits)
        rows = list(_ROW.iter_unpack(self._read(self._table(), _ROW.size * self.paths)))
        raw = self._read(self._table() + _ROW.size * self.paths, self.length)
        gates = self._gates()
        ends = [*(start for _, start in rows[1:]), self.length][: len(rows)]
        return Content(
            [ids[at : at + _ID] for at in range(0, len(ids), _ID)],
            [_is_set(gates, place) for place in range(self.commits)],
            {name: bytearray(raw[start:end]) for (name, start), end in zip(rows, ends, strict=True)},
        )

    def _row(self) -> int:
        return _HEAD.size + (_ID + 4) * self.commits

    def _table(self) -> int:
        return self._row() + -(-self.commits // 8)

    def _gates(self) -> bytes:
        return self._read(self._row(), self._table() - self._row())

    def _commit(self, place: int) -> bytes:
        return self._read(_HEAD.size + _ID * place, _ID)

    def _record(self, name: bytes) -> bytes:
        start, low, high = self._table(), 0, self.paths
        while low < high:
            middle = (low + high) // 2
            found, at = _ROW.unpack(self._read(start + _ROW.size * middle, _ROW.size))
            if found == name:
                following = self._read(start + _ROW.size * (middle + 1), _ROW.size)
                end = _ROW.unpack(following)[1] if middle + 1 < self.paths else self.length
                return self._read(start + _ROW.size * self.paths + at, end - at)
            low, high = (middle + 1, high) if found < name else (low, middle)
        return b""

    def _read(self, at: int, size: int) -> bytes:
        self.file.seek(at)
        return self.file.read(size)


@contextlib.contextmanager
def opened(notes: Path) -> Generator[Trails | None]:
    """What is noted in a folder; None if it is nothing that can be relied on."""
    try:
        file = FileIO(notes / NAME)
    except OSError:
        yield None
        return
    with file:
        yield _checked(file)


def digest(path: str) -> bytes:
    """What stands for a path."""
    return blake2b(path.encode("utf-8", "surrogateescape"), digest_size=_DIGEST).digest()


def entries(record: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """Of each commit in a record its place and the beginning of the content's id, b"" where there is none."""
    place = value = shift = at = 0
    while at < len(record):
        byte = record[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            place += value >> 1
            there = BEGINNING if value & 1 else 0
            yield place, bytes(record[at : at + there])
            at += there
            value = shift = 0


def entry(step: int, content: bytes) -> bytes:
    """One commit in a record: how many places after the one before, and the beginning of the content's id."""
    value, raw = step * 2 + bool(content), bytearray()
    while value > 127:
        raw.append(value & 127 | 128)
        value >>= 7
    return bytes([*raw, value, *content])


def write(notes: Path, content: Content) -> None:
    """Put it beside the file that is there; `replace` puts it in its place."""
    notes.mkdir(parents=True, exist_ok=True)
    told = b"".join(_parts(content))
    try:
        notes.joinpath(_PART).write_bytes(told + zlib.crc32(told).to_bytes(4, "little"))
    except OSError:
        clear(notes)
        raise


def replace(notes: Path) -> None:
    """Have what was written last be what is noted; who reads meanwhile reads the one or the other."""
    # Where an open file cannot be replaced, what was noted before stays until care comes again.
    with contextlib.suppress(PermissionError):
        notes.joinpath(_PART).replace(notes / NAME)


def clear(notes: Path) -> None:
    """Take away what was half written; only for who writes."""
    notes.joinpath(_PART).unlink(missing_ok=True)


def drop(notes: Path) -> None:
    """Take all of it away; for when a history was rewritten."""
    notes.joinpath(NAME).unlink(missing_ok=True)
    clear(notes)


def _is_set(gates: bytes, place: int) -> bool:
    return bool(gates[place // 8] >> place % 8 & 1)


def _checked(file: FileIO) -> Trails | None:
    told = os.fstat(file.fileno())
    key = f"{told.st_dev} {told.st_ino} {told.st_size} {told.st_mtime_ns}"
    if not _sound.get(key, lambda: (1, _is_sound(file))):
        return None
    file.seek(0)
    _, commits, paths, length = _HEAD.unpack(file.read(_HEAD.size))
    return Trails(file, commits, paths, length)


def _is_sound(file: FileIO) -> bool:
    raw = file.readall()
    whole = len(raw) > _HEAD.size + _ID and raw.startswith(_KIND)
    return whole and zlib.crc32(memoryview(raw)[:-4]) == int.from_bytes(raw[-4:], "little")


def _parts(content: Content) -> Iterator[bytes | bytearray]:
    names = sorted(content.records)
    length = sum(len(content.records[name]) for name in names)
    yield _HEAD.pack(_KIND, len(content.commits), len(names), length)
    yield from content.commits
    order = sorted(range(len(content.commits)), key=content.commits.__getitem__)
    yield from map(_PLACE.pack, order)
    for at in range(0, len(content.gates), 8):
        yield bytes([sum(gate << bit for bit, gate in enumerate(content.gates[at : at + 8]))])
    start = 0
    for name in names:
        yield _ROW.pack(name, start)
        start += len(content.records[name])
    yield from (content.records[name] for name in names)
