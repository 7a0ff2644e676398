"""What the index pages of a snapshot tell, and which entity files they leave out, read by difference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import pygit2

from ..errors import UnknownCommit
from ..ontologies import entity, index
from ..ontologies.index import IndexLine
from ..storage.cache import BlobCache
from ..storage.objects import tree_of
from ..storage.snapshot import Snapshot

ENTITIES = "memories"
SHARDS = "index"

_TOLD: BlobCache[IndexLine] = BlobCache(budget=8_000_000)


def forget() -> None:
    """Drop what was kept of entity files."""
    _TOLD.clear()


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of entity files by the id of its tree, and the names in it; `others` are no Markdown files."""

    tree: str
    names: frozenset[str]
    others: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shard:
    """An index page by the id of its blob, and its lines by how they are written."""

    blob: str
    lines: Mapping[str, IndexLine]


_BLANK = Shard("", {})
_NONE = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Shelves:
    """One state: its shards and entity folders, the lines of the shards, and the files without a line."""

    shards: Mapping[str, Shard] = field(default_factory=dict[str, Shard])
    folders: Mapping[str, Folder] = field(default_factory=dict[str, Folder])
    told: Mapping[str, IndexLine] = field(default_factory=dict[str, IndexLine])
    untold: frozenset[str] = frozenset()

    def likeness(self, shards: Mapping[str, str]) -> int:
        """How many of `shards`, as blobs by path, are the same here."""
        return sum(path in self.shards and self.shards[path].blob == blob for path, blob in shards.items())


@dataclass(frozen=True, slots=True)
class Difference:
    """A state and how it differs from one before: lines by path, None for those that are gone."""

    shelves: Shelves
    lines: Mapping[str, IndexLine | None]


def blobs(snapshot: Snapshot) -> dict[str, str]:
    """The shards of a snapshot as blobs by path."""
    return {file.path: file.blob for file in snapshot.files(SHARDS)}


def difference(snapshot: Snapshot, before: Shelves) -> Difference:
    """Read a snapshot against a state before it; only what differs is looked at."""
    touched: set[str] = set()
    told = dict(before.told)
    shards = _shards(snapshot, before, told, touched)
    folders = _folders(snapshot, before, touched)
    untold = set(before.untold)
    lines: dict[str, IndexLine | None] = {}
    for path in touched:
        folder, _, name = path.rpartition("/")
        there = not folder or (folder in folders and name in folders[folder].names)
        line = told.get(path) if there else None
        untold.discard(path)
        if there and line is None and folder and name.endswith(".md"):
            line = _of_file(snapshot, path)
            untold |= {path} if line else set()
        lines[path] = line
    return Difference(Shelves(shards, folders, told, frozenset(untold)), lines)


def _shards(
    snapshot: Snapshot, before: Shelves, told: dict[str, IndexLine], touched: set[str]
) -> dict[str, Shard]:
    """Read the shards that changed, and bring `told` up to date."""
    old = before.shards
    now = {
        path: old[path]
        if path in old and old[path].blob == blob
        else _shard(snapshot, blob, old.get(path, _BLANK))
        for path, blob in blobs(snapshot).items()
    }
    changed = [path for path in old.keys() | now.keys() if old.get(path) is not now.get(path)]
    for path in changed:
        for line in _only(old, path, now):
            told.pop(line.path, None)
            touched.add(line.path)
    for path in changed:
        for line in _only(now, path, old):
            told[line.path] = line
            touched.add(line.path)
    if len(told) != sum(len(shard.lines) for shard in now.values()):
        # Several lines claim one path: the last shard wins, whichever changed.
        touched |= told.keys()
        told.clear()
        told.update((line.path, line) for path in sorted(now) for line in now[path].lines.values())
        touched |= told.keys()
    return now


def _only(here: Mapping[str, Shard], path: str, there: Mapping[str, Shard]) -> list[IndexLine]:
    """The lines of a shard that the other state of it lacks."""
    others = there.get(path, _BLANK).lines
    return [line for raw, line in here.get(path, _BLANK).lines.items() if raw not in others]


def _shard(snapshot: Snapshot, blob: str, old: Shard) -> Shard:
    text = snapshot.content(blob).decode("utf-8", "replace")
    found = ((raw, old.lines.get(raw) or index.parse_line(raw)) for raw in text.split("\n") if raw)
    return Shard(blob, {raw: line for raw, line in found if line})


def _folders(snapshot: Snapshot, before: Shelves, touched: set[str]) -> dict[str, Folder]:
    """Look at the folders that changed."""
    try:
        root = tree_of(snapshot.repository, snapshot.tree)
        now = dict(_read(ENTITIES, root[ENTITIES], before)) if ENTITIES in root else {}
    except (KeyError, pygit2.GitError) as gone:
        # As wherever a snapshot is read: an erase may take it away meanwhile.
        raise UnknownCommit(snapshot.commit, "it is no longer in this memory") from gone
    for path in before.folders.keys() | now.keys():
        old, new = before.folders.get(path), now.get(path)
        if old is not new:
            names = (old.names if old else _NONE) ^ (new.names if new else _NONE)
            touched.update(f"{path}/{name}" for name in names)
            touched.update(each for each in before.untold if each.rpartition("/")[0] == path)
    return now


def _read(path: str, tree: pygit2.Object, before: Shelves) -> Iterator[tuple[str, Folder]]:
    """A folder of entity files and those in it; what is the same as before is not looked into."""
    old = before.folders.get(path)
    if old and old.tree == str(tree.id):
        yield from (
            (each, found) for each, found in before.folders.items() if f"{each}/".startswith(f"{path}/")
        )
    elif isinstance(tree, pygit2.Tree):
        names = frozenset(_names(tree))
        # Asking thousands of files whether they are folders takes longer than all the rest.
        fresh = names - old.names if old else names
        others = {name for name in fresh if not name.endswith(".md") or isinstance(tree[name], pygit2.Tree)}
        others |= old.others & names if old else _NONE
        yield path, Folder(str(tree.id), names, frozenset(others))
        for name in others:
            yield from _read(f"{path}/{name}", tree[name], before)


def _names(tree: pygit2.Tree) -> list[str]:
    return cast("list[str]", [entry.name for entry in tree])


def _of_file(snapshot: Snapshot, path: str) -> IndexLine | None:
    """What an entity file says of itself; None if it is no regular file."""
    blob = snapshot.blob(path)
    if blob is None:
        return None

    def read() -> tuple[int, IndexLine]:
        found = entity.parse(snapshot.read(path))
        name = found.name or path.rpartition("/")[2].removesuffix(".md")
        return 500, IndexLine(path, name, found.type, aliases=found.aliases)

    return _TOLD.get(f"{blob} {path}", read)
