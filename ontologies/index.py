"""The index: one line an entity, in shards by folder and letter, the strongest on one page."""

import heapq
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from . import slug
from .statement import keep_lines
from .wikilink import link, links, plain

TOP = 500
HALF_LIFE_DAYS = 90
_FLOOR = 0.25

_ROUND = str.maketrans("()", "  ")
_LINE = re.compile(r"- (\[\[[^\[\]\n]+\]\])(?: \(([^()\n]+)\))?([^\n]*)")
_EDITS = re.compile(r"([0-9]{1,9}) edits?(?:, last ([0-9]{4}-[0-9]{2}-[0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class IndexLine:
    """What the index tells of one entity; separators within the values are written another way."""

    path: str
    name: str
    type: str = ""
    role: str = ""
    aliases: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    edits: int = 0
    last: str = ""

    def __post_init__(self) -> None:
        kind = _part(plain(self.type).translate(_ROUND))
        # Where no type stands before it, a bracket would be read as one.
        role = self.role if kind else plain(self.role).lstrip("( ")
        set_ = object.__setattr__
        set_(self, "name", plain(self.name))
        set_(self, "type", kind)
        set_(self, "role", _part(role))
        set_(self, "aliases", _items(self.aliases))
        set_(self, "cues", _items(self.cues))
        set_(self, "last", self.last[:10] if _EDITS.fullmatch(f"1 edit, last {self.last[:10]}") else "")

    def render(self) -> str:
        """Write the line, without a line end."""
        also = f"aka {', '.join(self.aliases)}" if self.aliases else ""
        names = "; ".join(part for part in (also, ", ".join(self.cues)) if part)
        head = f"- {link(self.path, self.name)}{f' ({self.type})' if self.type else ''}"
        edits = f"{self.edits} edit{'s' * (self.edits != 1)}{f', last {self.last}' if self.last else ''}"
        return " - ".join([f"{head} {self.role}".rstrip(), *([names] if names else []), edits])


def parse_line(line: str) -> IndexLine | None:
    """Read one line; None if it is anything else."""
    found = _LINE.fullmatch(line.rstrip("\r\n"))
    if not found:
        return None
    path, name = next(links(found[1]), (None, ""))
    if path is None:
        return None
    role, *rest = found[3].split(" - ")
    edits = _EDITS.fullmatch(rest[-1].strip()) if rest else None
    names = " - ".join(rest[:-1] if edits else rest)
    aliases, cues = "", names
    if names.startswith("aka "):
        aliases, _, cues = names.removeprefix("aka ").partition(";")
    return IndexLine(
        path,
        name,
        found[2] or "",
        role,
        tuple(aliases.split(",")),
        tuple(cues.split(",")),
        int(edits[1]) if edits else 0,
        (edits[2] or "") if edits else "",
    )


def parse(text: str) -> tuple[IndexLine, ...]:
    """Read the lines of a shard or of the index page; all else is passed over."""
    return tuple(line for line in map(parse_line, text.split("\n")) if line)


def with_lines(text: str, lines: Iterable[IndexLine], dropped: Collection[str] = ()) -> str:
    """Put `lines` in place by path and drop the `dropped` paths; every other line stays as it is."""
    given = {line.path: line for line in lines}
    new = dict(given)
    kept: list[tuple[str, str]] = []
    for raw in keep_lines(text):
        old = parse_line(raw)
        line = new.pop(old.path, None) if old else None
        if old is None or (old.path not in given and old.path not in dropped):
            kept.append((old.path if old else "", raw))
        elif line:
            kept.append((line.path, raw if line == old else f"{line.render()}\n"))
    for path in sorted(new):
        after = (at for at, (there, _) in enumerate(kept) if there > path)
        place = next(after, len(kept))
        if place and not kept[place - 1][1].endswith("\n"):
            kept[place - 1] = (kept[place - 1][0], kept[place - 1][1] + "\n")
        kept.insert(place, (path, f"{new[path].render()}\n"))
    return "".join(raw for _, raw in kept)


def shard_path(folder: str, name: str) -> str:
    """Return the shard for an entity's folder and stem: `index/people-m.md`."""
    first = slug.stem(name)[0]
    short = folder.strip("/").removeprefix("memories/").replace("/", "-")
    return f"index/{short}-{first if first.isalpha() else '0'}.md"


@lru_cache(maxsize=65_536)
def strength(edits: int, last: str, now: str) -> float:
    """Weigh the number of edits by how long ago the last one was; both dates begin with a day."""
    try:
        days = max(0, (date.fromisoformat(now[:10]) - date.fromisoformat(last[:10])).days)
        recency = 0.5 ** (days / HALF_LIFE_DAYS)
    except ValueError:
        recency = 0.0
    return math.log2(1 + max(0, edits)) * (_FLOOR + (1 - _FLOOR) * recency)


def top(lines: Iterable[IndexLine], counts: Mapping[str, int], now: str) -> str:
    """Write the index page: how many there are of each type, then the strongest lines."""
    best = heapq.nsmallest(TOP, lines, key=lambda line: (-strength(line.edits, line.last, now), line.path))
    told = ", ".join(f"{count} {plain(kind)}" for kind, count in sorted(counts.items()) if count)
    body = "".join(f"{line.render()}\n" for line in best)
    return f"# Index\n\n{told or 'nothing yet'}\n" + (f"\n{body}" if body else "")


def _part(text: str) -> str:
    """Give `text` without links and without a dash that stands alone, for that parts the line."""
    return " ".join("–" if word == "-" else word for word in plain(text).split())


def _items(items: Iterable[str]) -> tuple[str, ...]:
    told = (_part(re.sub(r"[,;]", " ", item)) for item in items)
    bare = (re.sub(r"^(?:aka )+", "", item) for item in told)
    return tuple(item for item in bare if item)
