"""Where the links of a memory lead: turned to another file, or found to lead nowhere."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from ...ontologies import frontmatter, wikilink
from ...ontologies.sections import in_code
from ...ontologies.statement import keep_lines
from ...storage.cache import BlobCache
from ...storage.history import History
from ...storage.snapshot import File, Snapshot
from ..catalogue import normal
from ..indexing import is_generated
from .texts import Texts

_LINK = re.compile(r"(`+[^`\n]*`+)|\[\[([^\[\]|#\n]+?)(\\?(?:[#|][^\[\]\n]*)?)\]\]")
_SHOWN = re.compile(r"\[\[[^|\]\n]*\|([^\]\n]*)\]\]")
_TARGETS: BlobCache[frozenset[str]] = BlobCache(budget=64_000_000)
_MOST_LOOKED_UP = 20


@dataclass(frozen=True, slots=True)
class Dangling:
    """A link that leads to no file; `line` counts from 1."""

    path: str
    line: int
    target: str


def forget() -> None:
    """Drop what was kept of where files link to."""
    _TARGETS.clear()


def holds_links(path: str) -> bool:
    """Whether a file's links are the memory's to mend: not the words of sessions, not what is generated."""
    return path.endswith(".md") and not path.startswith("sessions/") and not is_generated(path)


def unlinked(text: str) -> str:
    """A text with the names that its links show in their place."""
    return _SHOWN.sub(r"\1", text) if "[[" in text else text


def targets(text: str) -> Iterator[str]:
    """Where the links of a text lead, as written but for quoting."""
    for _, link in _links(text):
        yield link


def pointing(texts: Texts) -> dict[str, set[str]]:
    """The files that link to each target."""
    found: dict[str, set[str]] = {}
    for file in texts.files():
        if holds_links(file.path):
            for target in _targets_of(texts.snapshot, file):
                found.setdefault(target, set()).add(file.path)
    return found


def spellings(path: str) -> tuple[str, ...]:
    """The ways a link may name a file by its whole path."""
    return (path, path.removesuffix(".md"))


def retargeted(text: str, moves: Mapping[str, str]) -> str:
    """The text with its links turned from one path to another; code stays as it is."""
    known = {old: new for path, new in moves.items() for old in spellings(path)}
    if not any(target in known for target in targets(text)):
        return text

    def turned(found: re.Match[str]) -> str:
        old = unquote(found[2]) if found[2] else ""
        if old not in known:
            return found[0]
        new = known[old] if old.endswith(".md") else known[old].removesuffix(".md")
        return f"[[{wikilink.link(new, '')[2:-2]}{found[3]}]]"

    lines = keep_lines(text)
    code = in_code(lines)
    new = "".join(line if at in code else _LINK.sub(turned, line) for at, line in enumerate(lines))
    return new if _readable(new) or not _readable(text) else text


def shown(text: str, path: str) -> list[str]:
    """What a text shows for each of its links to a path."""
    known = spellings(path)
    return [link.name for link in wikilink.links(text) if link.path in known]


def turned_back(text: str, one: str, other: str, names: Collection[str], before: Counter[str]) -> str:
    """The text with its links to `one` turned to `other` where they show one of `names` (normal ones), or
    what they showed `before`, so many times."""
    known = {
        spelling: other if spelling.endswith(".md") else other.removesuffix(".md")
        for spelling in spellings(one)
    }

    def turned(found: re.Match[str]) -> str:
        path, told = (unquote(found[2]), found[3].lstrip("\\|")) if found[2] else ("", "")
        if path not in known or not (normal(told) in names or before[told] > 0):
            return found[0]
        before[told] -= 1
        return f"[[{wikilink.link(known[path], '')[2:-2]}{found[3]}]]"

    return _LINK.sub(turned, text)


def dangling(snapshot: Snapshot) -> list[Dangling]:
    """Every link that leads to no file, the way Obsidian looks for one: by path, or by the end of it.

    Large and small letters are alike, there and here.
    """
    ends = {_folded(end) for file in snapshot.files() for end in _ends(file.path)}
    found: list[Dangling] = []
    for file in snapshot.files():
        if not holds_links(file.path):
            continue
        loose = {target for target in _targets_of(snapshot, file) if _folded(target) not in ends}
        if loose:
            told = _links(snapshot.content(file.blob).decode("utf-8", "replace"))
            found += [Dangling(file.path, line, target) for line, target in told if target in loose]
    return found


def moved(snapshot: Snapshot, wanted: list[str]) -> dict[str, str]:
    """Where the files of some paths have gone, as far as history tells: a few of them at a time."""
    history = History(snapshot)
    found: dict[str, str] = {}
    for path in wanted[:_MOST_LOOKED_UP]:
        old = path if path.endswith(".md") else f"{path}.md"
        here, seen = old, {old}
        while snapshot.blob(here) is None:
            last = next(history.commits([here]), None)
            if last is None:
                break
            told = (new for new, before in history.touched(last).items() if before == here and new != here)
            here = _merged_into(last.trailers, here) or next(told, "")
            if not here or here in seen:
                break
            seen.add(here)
        if here and here != old and snapshot.blob(here) is not None:
            found[old] = here
    return found


def pairs(trailers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Which files took in which, as the trailers of a commit tell: survivor and loser."""
    told = (pair.partition(" <- ") for pair in trailers.get("Merged", "").split("; "))
    return [(unquote(survivor), unquote(loser)) for survivor, _, loser in told if loser]


def _merged_into(trailers: Mapping[str, str], path: str) -> str:
    return next((survivor for survivor, loser in pairs(trailers) if loser == path), "")


def _links(text: str) -> Iterator[tuple[int, str]]:
    if "[[" not in text:
        return
    lines = keep_lines(text)
    code = in_code(lines)
    for number, line in enumerate(lines):
        if number not in code and "[[" in line:
            for found in _LINK.finditer(line):
                if found[2]:
                    yield number + 1, unquote(found[2])


def _targets_of(snapshot: Snapshot, file: File) -> frozenset[str]:
    def read() -> tuple[int, frozenset[str]]:
        found = frozenset(targets(snapshot.content(file.blob).decode("utf-8", "replace")))
        return 200 + sum(map(len, found)), found

    return _TARGETS.get(file.blob, read)


def _folded(target: str) -> str:
    return unicodedata.normalize("NFC", target.strip()).casefold()


def _ends(path: str) -> Iterator[str]:
    parts = path.split("/")
    for at in range(len(parts)):
        end = "/".join(parts[at:])
        yield from spellings(end)


def _readable(text: str) -> bool:
    try:
        frontmatter.parse(frontmatter.split(text)[0])
    except frontmatter.FrontMatterError:
        return False
    return True
