"""Every byte of a memory read again, to see whether something is really gone."""

import mmap
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pygit2

from .branch import Branch
from .redaction import holds
from .worktrees import admin_folders, folder_of

_CHUNK = 1 << 16
_PACK_HEADER = 12
_PACK_TRAILER = 20
_OFFSET_DELTA = 6
_ID_DELTA = 7


@dataclass(frozen=True, slots=True)
class Proof:
    """What was read, and the object ids and file names in which something sought still stands."""

    objects: int
    files: int
    found: tuple[str, ...]


def proof(branch: Branch, sought: Sequence[bytes]) -> Proof:
    """Look for byte strings in every object and file of a repository and in the folders that show it.

    The files of the object folder are read as they lie there, packed ones unpacked, and then whatever
    else git's own list of objects names. In paths that must hold the user's key, it is passed over.
    """
    search = _Search(tuple(one for one in sought if one))
    repository = branch.repository
    folders = [folder for folder in map(folder_of, admin_folders(repository)) if folder]
    search.objects(repository)
    places = _places(branch, folders)
    for file in _files(repository):
        path = file.relative_to(repository).as_posix()
        if not path.startswith("objects/"):
            search.told(path, places.sub(b"", os.fsencode(path)), places.sub(b"", file.read_bytes()))
    for folder in folders:
        for file in [*_files(folder), *folder.parent.glob(f"{folder.name}.stamps*")]:
            path = file.relative_to(folder.parent).as_posix()
            content = places.sub(b"", file.read_bytes()) if file == folder / ".git" else _content(file)
            search.told(path, os.fsencode(path.removeprefix(folder.name)), content)
    return Proof(search.objects_read, search.files_read, tuple(sorted(search.found)))


class _Search:
    def __init__(self, sought: tuple[bytes, ...]) -> None:
        self.sought = sought
        self.objects_read = 0
        self.files_read = 0
        self.found: set[str] = set()

    def told(self, name: str, *told: bytes) -> None:
        self.files_read += 1
        if any(holds(one, self.sought) for one in told):
            self.found.add(name)

    def objects(self, repository: Path) -> None:
        """Every file of the object folder, and every object that git lists."""
        unpacked: set[str] = set()
        for file in _files(repository / "objects"):
            path = file.relative_to(repository).as_posix()
            self.told(path, os.fsencode(path))
            if file.stat().st_size == 0:
                continue
            with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as raw:
                if any(raw.find(one) >= 0 for one in self.sought):
                    self.found.add(path)
                if any(holds(one, self.sought) for one in _unpacked(raw)):
                    self.found.add(path)
            if re.fullmatch(r"objects/[0-9a-f]{2}/[0-9a-f]{38}", path):
                unpacked.add(path.removeprefix("objects/").replace("/", ""))
        handle = pygit2.Repository(str(repository))
        listed = {str(identity) for identity in handle.odb}
        for identity in listed - unpacked:
            if holds(handle.odb.read(pygit2.Oid(hex=identity))[1], self.sought):
                self.found.add(identity)
        self.objects_read = len(listed | unpacked)


def _unpacked(raw: mmap.mmap) -> Iterator[bytes]:
    """What is compressed in a file: a loose object, or the entries of a pack one after the other."""
    if raw[:4] != b"PACK":
        yield _inflated(raw, 0)[0]
        return
    at = _PACK_HEADER
    while at < len(raw) - _PACK_TRAILER:
        at = _after_entry_header(raw, at)
        content, at = _inflated(raw, at)
        yield content


def _after_entry_header(raw: mmap.mmap, at: int) -> int:
    kind = raw[at] >> 4 & 7
    at = _after_number(raw, at)
    if kind == _OFFSET_DELTA:
        return _after_number(raw, at)
    return at + 20 if kind == _ID_DELTA else at


def _after_number(raw: mmap.mmap, at: int) -> int:
    while raw[at] & 0x80:
        at += 1
    return at + 1


def _inflated(raw: mmap.mmap, at: int) -> tuple[bytes, int]:
    """What a compressed stream comes to, as far as it can be read, and where it ends."""
    stream = zlib.decompressobj()
    found: list[bytes] = []
    try:
        while not stream.eof and at < len(raw):
            given = raw[at : at + _CHUNK]
            found.append(stream.decompress(given))
            at += len(given) - len(stream.unused_data)
    except zlib.error:
        at = len(raw)
    return b"".join(found), at


def _places(branch: Branch, folders: Sequence[Path]) -> re.Pattern[bytes]:
    """The names a memory's own files are known by, which are no part of what it says."""
    key = re.escape(os.fsencode(branch.ref.rpartition("/")[2]))
    parents = {parent for at in (branch.repository, *folders) for parent in (at.parent, at.resolve().parent)}
    roots = b"|".join(re.escape(os.fsencode(parent.as_posix())) for parent in sorted(parents))
    files = rb"(?:%s)/%s(?:\.git)?" % (roots, key)
    names = rb"\b(?:user|meta|_mirror|staged|worktrees)/" + key
    return re.compile(rb"(?:%s|%s)(?![\w-])" % (files, names))


def _content(file: Path) -> bytes:
    return os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
