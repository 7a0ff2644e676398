"""Who and what is filed in a memory, by every name it goes under."""

import difflib
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from anyascii import anyascii

from ..ontologies import entity, index
from ..ontologies.index import IndexLine
from ..storage.cache import BlobCache
from ..storage.snapshot import Snapshot

ENTITIES = "memories"
_LINES: BlobCache[tuple[IndexLine, ...]] = BlobCache(budget=64_000_000)


def forget() -> None:
    """Drop what was kept of index pages."""
    _LINES.clear()
    normal.cache_clear()


@lru_cache(maxsize=65_536)
def normal(name: str) -> str:
    """A name as it is compared: no case, no accents, single spaces."""
    return " ".join(anyascii(name).casefold().split())


class Catalogue:
    """The index of one snapshot, looked up by name, alias or path."""

    def __init__(self, lines: Iterable[IndexLine]) -> None:
        self._by_path = {line.path: line for line in lines}

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Catalogue":
        """Read the index; entity files that it lacks, made by people, are read themselves."""
        there = {file.path: file for file in snapshot.files(ENTITIES)}
        told = (line for file in snapshot.files("index") for line in _shard(snapshot, file.path, file.blob))
        known = {line.path: line for line in told if line.path in there or "/" not in line.path}
        missing = (file for path, file in there.items() if path not in known and path.endswith(".md"))
        return cls([*known.values(), *(_told(snapshot, file.path, file.blob) for file in missing)])

    def __iter__(self) -> Iterator[IndexLine]:
        return iter(self._by_path.values())

    def find(self, name: str) -> IndexLine | None:
        """The entity of that name, alias or path; the one with more edits where two share it."""
        if name in self._by_path:
            return self._by_path[name]
        return self._by_name.get(normal(name))

    def at(self, path: str) -> IndexLine | None:
        """The entity at a path."""
        return self._by_path.get(path)

    def nearest(self, name: str) -> list[str]:
        """Up to three names that look like the one asked for."""
        close = difflib.get_close_matches(normal(name)[:100], self._by_name, n=3, cutoff=0.6)
        return list(dict.fromkeys(self._by_name[key].name for key in close))

    @cached_property
    def _by_name(self) -> dict[str, IndexLine]:
        found: dict[str, IndexLine] = {}
        for line in sorted(self._by_path.values(), key=lambda line: line.edits):
            for name in (*line.aliases, line.name):
                found[normal(name)] = line
        return found


def _shard(snapshot: Snapshot, path: str, blob: str) -> tuple[IndexLine, ...]:
    def read() -> tuple[int, tuple[IndexLine, ...]]:
        text = snapshot.read(path)
        return 8 * len(text), index.parse(text)

    return _LINES.get(blob, read)


def _told(snapshot: Snapshot, path: str, blob: str) -> IndexLine:
    def read() -> tuple[int, tuple[IndexLine, ...]]:
        text = snapshot.read(path)
        found = entity.parse(text)
        name = found.name or path.rsplit("/", 1)[-1].removesuffix(".md")
        line = IndexLine(path, name, found.type, aliases=found.aliases)
        return 500, (line,)

    return _LINES.get(f"{blob} {path}", read)[0]
