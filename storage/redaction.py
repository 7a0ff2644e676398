"""What is to vanish from a history, and every tree of it with that taken out."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import pygit2

from ..errors import StoreError
from .history import Commit
from .objects import blob_of, tree_of
from .snapshot import is_key
from .tree import written

ENTRY = re.compile(rb"[0-7]+ [^\0]+\0.{20}", re.DOTALL)
_REGULAR = re.compile(rb"100[0-7]{3}")
_FOLDERS = frozenset({b"40000", b"040000"})
_LINK = b"120000"

_Stray = tuple[str, str]
_Outcome = tuple[bytes | None, tuple[_Stray, ...]]


class Redaction(Protocol):
    """What goes and what stays. The same arguments must always get the same answer: answers are kept."""

    def content(self, path: str, data: bytes) -> bytes | None:
        """A file's content without what must go, or None if the file goes."""
        ...

    def path(self, path: str) -> str:
        """The path the file shall have; usually the one it has."""
        ...

    def message(self, commit: Commit, message: str) -> str | None:
        """A commit's message without what must go.

        None means that nothing of it may stay: a commit that then changes nothing is left out,
        another one gets a neutral subject.
        """
        ...


def holds(data: bytes, sought: Sequence[bytes]) -> bool:
    """Whether one of the sought strings is in there."""
    return any(one in data for one in sought)


def entries_of(tree: bytes) -> list[bytes]:
    """The entries of a tree as git stores them: mode, space, name, NUL and 20 bytes of id."""
    found: list[bytes] = ENTRY.findall(tree)
    if sum(map(len, found)) != len(tree):
        raise StoreError("a tree of this memory is damaged; check the repository with `git fsck`")
    return found


def bumped(name: str, count: int) -> str:
    """A file name with a number before its extension."""
    stem, dot, end = name.rpartition(".")
    return f"{stem}_{count}{dot}{end}" if stem else f"{name}_{count}"


class Sieve:
    """Trees with a redaction applied; each distinct tree, entry and content is looked at once."""

    def __init__(self, handle: pygit2.Repository, redaction: Redaction, sought: Sequence[bytes]) -> None:
        self._handle = handle
        self._redaction = redaction
        self._sought = sought
        self._roots: dict[str, str] = {}
        self._same: dict[str, set[bytes]] = {}
        self._changed: dict[str, dict[bytes, _Outcome]] = {}
        self._contents: dict[tuple[str, bytes], bytes | None] = {}

    def tree(self, root: str) -> str:
        """The id of a whole tree after the redaction; the same id if nothing of it goes."""
        if root not in self._roots:
            folder, strays = self._folder(bytes.fromhex(root), "")
            new = folder.hex() if folder else str(self._handle.TreeBuilder().write())
            self._roots[root] = self._with_strays(new, strays) if strays else new
        return self._roots[root]

    def _folder(self, identity: bytes, prefix: str) -> tuple[bytes | None, tuple[_Stray, ...]]:
        entries = entries_of(self._read(identity))
        same = self._same.setdefault(prefix, set())
        changed = self._changed.setdefault(prefix, {})
        for entry in [entry for entry in entries if entry not in same and entry not in changed]:
            outcome = self._outcome(entry, prefix)
            if outcome == (entry, ()):
                same.add(entry)
            else:
                changed[entry] = outcome
        touched = {entry: changed[entry] for entry in entries if entry not in same}
        if not touched:
            return identity, ()
        if all(new is None or new[:-20] == old[:-20] for old, (new, _) in touched.items()):
            every = [touched[entry][0] if entry in touched else entry for entry in entries]
            left = [entry for entry in every if entry]
        else:
            left = _joined(
                [entry for entry in entries if entry in same], [new for new, _ in touched.values() if new]
            )
        strays = tuple(stray for _, found in touched.values() for stray in found)
        return (self._written(left) if left else None), strays

    def _outcome(self, entry: bytes, prefix: str) -> _Outcome:
        mode, name, identity = _parts(entry)
        path = prefix + name.decode("utf-8", "surrogateescape")
        if mode in _FOLDERS:
            folder, strays = self._folder(identity, f"{path}/")
            return (_entry(mode, name, folder) if folder else None), strays
        moved = self._redaction.path(path)
        if not _REGULAR.fullmatch(mode):
            # Links and submodules are no files of a memory: they stay only if they say nothing.
            told = self._read(identity) if mode == _LINK else b""
            return (None if moved != path or holds(told, self._sought) else entry), ()
        content = self._content(path, identity)
        if content is None:
            return None, ()
        if not is_key(moved):
            raise StoreError("nothing was erased: the redaction moves a file to where no file can be")
        folder_of, _, new_name = moved.rpartition("/")
        if folder_of == prefix.rstrip("/"):
            return _entry(mode, new_name.encode("utf-8", "surrogateescape"), content), ()
        return None, ((moved, content.hex()),)

    def _content(self, path: str, identity: bytes) -> bytes | None:
        key = (path, identity)
        if key not in self._contents:
            old = self._read(identity)
            new = self._redaction.content(path, old)
            if new is None or new == old:
                self._contents[key] = None if new is None else identity
            else:
                self._contents[key] = self._handle.create_blob(new).raw
        return self._contents[key]

    def _with_strays(self, root: str, strays: tuple[_Stray, ...]) -> str:
        tree = tree_of(self._handle, root)
        write: dict[str, bytes] = {}
        folders: set[str] = set()
        for path, blob in strays:
            free = _free(tree, write, folders, path)
            write[free] = blob_of(self._handle, blob).data
            folders.update(free[:at] for at, char in enumerate(free) if char == "/")
        return str(written(self._handle, tree, write, ()))

    def _read(self, identity: bytes) -> bytes:
        return self._handle.odb.read(pygit2.Oid(raw=identity))[1]

    def _written(self, entries: list[bytes]) -> bytes:
        return self._handle.odb.write(pygit2.enums.ObjectType.TREE, b"".join(entries)).raw


def _joined(kept: list[bytes], new: list[bytes]) -> list[bytes]:
    """Both lists in git's order; where a new name is taken, the new one gets a number."""
    taken = {_parts(entry)[1] for entry in kept}
    for entry in new:
        mode, name, identity = _parts(entry)
        free, count = name, 1
        while free in taken:
            count += 1
            free = bumped(name.decode("utf-8", "surrogateescape"), count).encode("utf-8", "surrogateescape")
        taken.add(free)
        kept.append(_entry(mode, free, identity))
    return sorted(kept, key=_order)


def _order(entry: bytes) -> bytes:
    mode, name, _ = _parts(entry)
    return name + b"/" if mode in _FOLDERS else name


def _parts(entry: bytes) -> tuple[bytes, bytes, bytes]:
    mode, _, name = entry[:-21].partition(b" ")
    return mode, name, entry[-20:]


def _entry(mode: bytes, name: bytes, identity: bytes) -> bytes:
    return mode + b" " + name + b"\0" + identity


def _free(tree: pygit2.Tree, write: Mapping[str, bytes], folders: set[str], path: str) -> str:
    """The path, or one like it where neither it nor a folder on the way is taken by something else."""
    here = ""
    *above, last = path.split("/")
    for name in above:
        here = _first(name, lambda one, at=here: at + one in write or _kind(tree, at + one) == "file", here)
        here += "/"
    return _first(
        last, lambda one: here + one in write or here + one in folders or bool(_kind(tree, here + one)), here
    )


def _first(name: str, taken: Callable[[str], bool], folder: str) -> str:
    names = itertools.chain([name], (bumped(name, count) for count in itertools.count(2)))
    return folder + next(one for one in names if not taken(one))


def _kind(tree: pygit2.Tree, path: str) -> str:
    try:
        return "folder" if isinstance(tree[path], pygit2.Tree) else "file"
    except KeyError:
        return ""
