"""The index: one line an entity, in shards by folder and letter, the strongest on one page."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from . import slug
from .ranks import Ranks, strength
from .statement import keep_lines
from .wikilink import link, links
from .wikilink import plain as linkless

__all__ = ["IndexLine", "page", "parse", "parse_line", "shard_path", "strength", "top", "with_lines"]

_ROUND = str.maketrans("()", "  ")
_LINE = re.compile(r"- (\[\[[^\[\]\n]+\]\])(?: \(([^()\n]+)\))?([^\n]*)")
# The path of a line, found without reading the rest of it.
_PATH = re.compile(r"- \[\[([^\[\]|\n]+)(?:\|[^\[\]|\n]*)?\]\]")
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
    _written: str = field(default="", init=False, repr=False, compare=False)

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
        if not self._written:
            object.__setattr__(self, "_written", _rendered(self))
        return self._written


def _rendered(line: IndexLine) -> str:
    also = f"aka {', '.join(line.aliases)}" if line.aliases else ""
    names = "; ".join(part for part in (also, ", ".join(line.cues)) if part)
    head = f"- {link(line.path, line.name)}{f' ({line.type})' if line.type else ''}"
    edits = f"{line.edits} edit{'s' * (line.edits != 1)}{f', last {line.last}' if line.last else ''}"
    return " - ".join([f"{head} {line.role}".rstrip(), *([names] if names else []), edits])


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
        path = _path(raw)
        line = new.pop(path, None)
        if path not in given and path not in dropped:
            kept.append((path, raw))
        elif line:
            kept.append((path, raw if line == parse_line(raw) else f"{line.render()}\n"))
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


def top(lines: Iterable[IndexLine], counts: Mapping[str, int], now: str) -> str:
    """Write the index page of some lines, the strongest of them first."""
    known = {line.path: line for line in lines}
    return page((known[path] for path in Ranks.of(known.values()).strongest(now)), counts)


def page(best: Iterable[IndexLine], counts: Mapping[str, int]) -> str:
    """Write the index page: how many entities there are of each type, then the strongest lines as given."""
    told = ", ".join(f"{count} {linkless(kind)}" for kind, count in sorted(counts.items()) if count)
    body = "".join(f"{line.render()}\n" for line in best)
    return f"# Index\n\n{told or 'nothing yet'}\n" + (f"\n{body}" if body else "")


def _path(raw: str) -> str:
    found = _PATH.match(raw)
    return unquote(found[1]) if found else ""


def plain(text: str) -> str:
    """Give `text` as one line in which no link can begin or end."""
    # Letters, digits and single spaces, as most names are: nothing to do, and soon seen.
    if text.replace(" ", "x").isalnum() and "  " not in text and text[0] != " " != text[-1]:
        return text
    return linkless(text)


def _part(text: str) -> str:
    """Give `text` without links and without a dash that stands alone, for that parts the line."""
    return " ".join("–" if word == "-" else word for word in plain(text).split())


def _items(items: Iterable[str]) -> tuple[str, ...]:
    told = (_part(re.sub(r"[,;]", " ", item)) for item in items)
    bare = (re.sub(r"^(?:aka )+", "", item) for item in told)
    return tuple(item for item in bare if item)
