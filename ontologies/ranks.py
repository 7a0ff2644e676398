"""Who is strong: the lines of an index in groups of equal strength, so that few are looked at."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .index import IndexLine

TOP = 500
HALF_LIFE_DAYS = 90
_FLOOR = 0.25

_Group = tuple[int, str]
_NOBODY: frozenset[str] = frozenset()


@lru_cache(maxsize=65_536)
def strength(edits: int, last: str, now: str) -> float:
    """Weigh the number of edits by how long ago the last one was; both dates begin with a day."""
    try:
        days = max(0, (date.fromisoformat(now[:10]) - date.fromisoformat(last[:10])).days)
        recency = 0.5 ** (days / HALF_LIFE_DAYS)
    except ValueError:
        recency = 0.0
    return math.log2(1 + max(0, edits)) * (_FLOOR + (1 - _FLOOR) * recency)


@dataclass(frozen=True, slots=True)
class Ranks:
    """The paths of lines by number of edits and last date; those of one group are equally strong, always."""

    groups: Mapping[_Group, frozenset[str]] = field(default_factory=dict[_Group, frozenset[str]])

    @classmethod
    def of(cls, lines: Iterable[IndexLine]) -> Ranks:
        """Group lines."""
        return cls({group: frozenset(paths) for group, paths in _grouped(lines).items()})

    def changed(self, gone: Iterable[IndexLine], new: Iterable[IndexLine]) -> Ranks:
        """The ranks once some lines have gone and others have come."""
        groups = dict(self.groups)
        left, come = _grouped(gone), _grouped(new)
        for group in left.keys() | come.keys():
            now = (groups.pop(group, _NOBODY) - left.get(group, _NOBODY)) | come.get(group, _NOBODY)
            if now:
                groups[group] = now
        return Ranks(groups)

    def strongest(self, now: str, most: int = TOP) -> list[str]:
        """The paths of the strongest, the strongest first; equals in the order of their paths."""
        by_strength: dict[float, list[frozenset[str]]] = {}
        for (edits, last), paths in self.groups.items():
            by_strength.setdefault(strength(edits, last, now), []).append(paths)
        best: list[str] = []
        for worth in sorted(by_strength, reverse=True):
            equals = (path for paths in by_strength[worth] for path in paths)
            best += heapq.nsmallest(most - len(best), equals)
            if len(best) == most:
                break
        return best


def _grouped(lines: Iterable[IndexLine]) -> dict[_Group, set[str]]:
    groups: dict[_Group, set[str]] = {}
    for line in lines:
        groups.setdefault((line.edits, line.last), set()).add(line.path)
    return groups
