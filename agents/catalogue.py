"""Who and what is filed in a memory, by every name it goes under."""

import difflib
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from anyascii import anyascii

from ..ontologies.index import IndexLine
from ..ontologies.ranks import Ranks
from ..storage.snapshot import Snapshot
from . import shelves
from .shelves import ENTITIES, Shelves

__all__ = ["ENTITIES", "Catalogue", "forget", "normal"]

_MOST_KEPT = 16


@lru_cache(maxsize=65_536)
def normal(name: str) -> str:
    """A name as it is compared: no case, no accents, single spaces."""
    spelled = name.lower() if name.isascii() else anyascii(name).casefold()
    return " ".join(spelled.split())


class Catalogue:
    """The index of one snapshot, looked up by name, alias or path."""

    def __init__(self, lines: Iterable[IndexLine] = ()) -> None:
        self._by_path = {line.path: line for line in lines}
        self._by_name: dict[str, tuple[str, ...]] | None = None
        self.counts = Counter(line.type for line in self._by_path.values())
        self.ranks = Ranks.of(self._by_path.values())

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Catalogue":
        """Read the index; entity files that it lacks, made by people, are read themselves."""
        return _LIBRARY.at(snapshot)

    def __iter__(self) -> Iterator[IndexLine]:
        return (self._by_path[path] for path in sorted(self._by_path))

    def find(self, name: str) -> IndexLine | None:
        """The entity of that name, alias or path; the one with more edits where two share it."""
        if name in self._by_path:
            return self._by_path[name]
        bearers = (self._by_path[path] for path in self._names().get(normal(name), ()))
        return max(bearers, key=lambda line: (line.edits, line.path), default=None)

    def at(self, path: str) -> IndexLine | None:
        """The entity at a path."""
        return self._by_path.get(path)

    def nearest(self, name: str) -> list[str]:
        """Up to three names that look like the one asked for."""
        close = difflib.get_close_matches(normal(name)[:100], self._names(), n=3, cutoff=0.6)
        found = filter(None, map(self.find, close))
        return list(dict.fromkeys(line.name for line in found))

    def with_lines(self, changed: Mapping[str, IndexLine | None]) -> "Catalogue":
        """The catalogue once lines are set by path; None for what is gone."""
        gone = [line for path in changed if (line := self._by_path.get(path))]
        new = [line for line in changed.values() if line]
        after = Catalogue()
        after._by_path = dict(self._by_path)
        after._by_name = dict(self._by_name) if self._by_name is not None else None
        after.counts = self.counts.copy()
        after.ranks = self.ranks.changed(gone, new)
        for line in gone:
            del after._by_path[line.path]
            after.counts[line.type] -= 1
            after._unname(line)
        for line in new:
            after._by_path[line.path] = line
            after.counts[line.type] += 1
            after._name(line)
        return after

    def _names(self) -> dict[str, tuple[str, ...]]:
        if self._by_name is None:
            found: dict[str, tuple[str, ...]] = {}
            for line in self._by_path.values():
                for name in _names_of(line):
                    found[name] = (*found.get(name, ()), line.path)
            self._by_name = found
        return self._by_name

    def _name(self, line: IndexLine) -> None:
        if self._by_name is not None:
            for name in _names_of(line):
                self._by_name[name] = (*self._by_name.get(name, ()), line.path)

    def _unname(self, line: IndexLine) -> None:
        if self._by_name is not None:
            for name in _names_of(line):
                rest = tuple(path for path in self._by_name[name] if path != line.path)
                if rest:
                    self._by_name[name] = rest
                else:
                    del self._by_name[name]


def _names_of(line: IndexLine) -> set[str]:
    return {normal(name) for name in (line.name, *line.aliases)}


@dataclass(slots=True)
class _Library:
    """The catalogues of the states read last; a new one is made from the most alike."""

    kept: OrderedDict[str, tuple[Shelves, Catalogue]] = field(
        default_factory=OrderedDict[str, tuple[Shelves, Catalogue]]
    )
    lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, snapshot: Snapshot) -> Catalogue:
        with self.lock:
            kept = dict(self.kept)
        shards = shelves.blobs(snapshot)
        before, catalogue = max(
            kept.values(), key=lambda each: each[0].likeness(shards), default=(Shelves(), Catalogue())
        )
        if not before.likeness(shards):
            before, catalogue = Shelves(), Catalogue()
        found = shelves.difference(snapshot, before)
        if found.lines:
            catalogue = catalogue.with_lines(found.lines)
        with self.lock:
            self.kept[_state(found.shelves)] = found.shelves, catalogue
            self.kept.move_to_end(_state(found.shelves))
            while len(self.kept) > _MOST_KEPT:
                self.kept.popitem(last=False)
        return catalogue

    def clear(self) -> None:
        with self.lock:
            self.kept.clear()


_LIBRARY = _Library()


def _state(found: Shelves) -> str:
    ids = (*(each.blob for each in found.shards.values()), *(each.tree for each in found.folders.values()))
    return " ".join(sorted(ids))


def forget() -> None:
    """Drop what was kept of index pages."""
    _LIBRARY.clear()
    shelves.forget()
    normal.cache_clear()
