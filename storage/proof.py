"""Every byte of a memory read again, to see whether something is really gone."""

import mmap
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pygit2

from .branch import Branch
from .purge import packed, reachable
from .redaction import holds
from .share import Part, own_worktrees
from .worktrees import folder_of

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
    else git's own list of objects names. In paths that must hold the user's key, it is passed over. Where the
    repository is shared, so is what other users have, and this one has not.
    """
    search = _Search(tuple(one for one in sought if one))
    repository = branch.repository
    folders = [folder for folder in map(folder_of, own_worktrees(branch)) if folder]
    part = Part.of(branch, branch.share) if branch.share else None
    search.objects(repository, _of_others(part) if part else frozenset())
    places = _places(branch, folders)
    for file in _files(repository):
        path = file.relative_to(repository).as_posix()
        if not path.startswith("objects/") and not (part and part.is_others(path)):
            content = file.read_bytes()
            if part and path == "packed-refs":
                content = part.packed(content)
            search.told(path, places.sub(b"", os.fsencode(path)), places.sub(b"", content))
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

    def objects(self, repository: Path, others: frozenset[str]) -> None:
        """Every file of the object folder, and every object that git lists, but for those of others."""
        handle = pygit2.Repository(str(repository))
        unpacked: set[str] = set()
        for file in _files(repository / "objects"):
            path = file.relative_to(repository).as_posix()
            self.told(path, os.fsencode(path))
            loose = path.removeprefix("objects/").replace("/", "")
            if file.stat().st_size == 0 or loose in others:
                continue
            with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as raw:
                there = any(raw.find(one) >= 0 for one in self.sought)
                there = there or any(holds(one, self.sought) for one in _unpacked(raw))
            # In a pack it may stand for somebody else, who has it; then each object in it is looked at below.
            if there and not (file.suffix == ".pack" and self.have(handle, packed(file) & others)):
                self.found.add(path)
            if re.fullmatch(r"objects/[0-9a-f]{2}/[0-9a-f]{38}", path):
                unpacked.add(loose)
        listed = {str(identity) for identity in handle.odb} - others
        for identity in listed - unpacked:
            if holds(handle.odb.read(pygit2.Oid(hex=identity))[1], self.sought):
                self.found.add(identity)
        self.objects_read = len(listed | unpacked)

    def have(self, handle: pygit2.Repository, identities: Iterable[str]) -> bool:
        """Whether one of these objects holds what is sought."""
        return any(holds(handle.odb.read(pygit2.Oid(hex=one))[1], self.sought) for one in identities)


def _of_others(part: Part) -> frozenset[str]:
    """The ids of what hangs on anything but the user's own part, and not on that."""
    handle = pygit2.Repository(str(part.branch.repository))
    theirs = reachable(handle, part.others(handle)) | reachable(handle, part.loose_ends(handle), whole=False)
    return frozenset(one.hex() for one in theirs - reachable(handle, part.own(handle)))


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
    called = {branch.key, branch.ref.removeprefix("refs/heads/user/"), *(folder.name for folder in folders)}
    key = rb"(?:%s)" % b"|".join(re.escape(os.fsencode(one)) for one in sorted(called, reverse=True))
    parents = {parent for at in (branch.repository, *folders) for parent in (at.parent, at.resolve().parent)}
    roots = b"|".join(re.escape(os.fsencode(parent.as_posix())) for parent in sorted(parents))
    files = rb"(?:%s)/%s(?:\.git)?" % (roots, key)
    names = rb"\b(?:user|meta|_mirror|staged|worktrees|archive|notes|locks|incoming)/" + key
    return re.compile(rb"(?:%s|%s)(?![\w-])" % (files, names))


def _content(file: Path) -> bytes:
    return os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
