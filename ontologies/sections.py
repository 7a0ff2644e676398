"""Where the parts of an entity file begin and end, found line by line."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .statement import one_line

ALWAYS_LOAD = "[ALWAYS_LOAD]"

_FENCE = re.compile(r" {0,3}(`{3,}(?!.*`)|~{3,})")
BELOW = "  -"
"""How a line of a list begins that stands below another."""
_INDEX = re.compile(r"##[ \t]+SEMANTIC INDEX\s*")
_TAG = re.compile(r"\[/?ALWAYS_LOAD\]|\[Strength:[^\]]{0,80}\]|(?<!\S)/START(?!\S)")


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a file, or a stretch of loose text with the title "".

    `first_line` and `last_line` count from 1 in the file, both inclusive; `closed` tells of an end mark.
    """

    title: str
    always_load: bool
    text: str
    first_line: int
    last_line: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class _Open:
    title: str
    always_load: bool
    start: int


def clean_title(title: str) -> str:
    """Give `title` as a heading that reads back as itself."""
    bare, shorter = one_line(title.replace("^", "")), ""
    while bare != shorter:
        shorter = bare
        bare = one_line(_TAG.sub(" ", bare)).strip("# ")
    return bare or "Notes"


def heading(line: str) -> tuple[int, str] | None:
    """Read a Markdown heading: its level and its title as written."""
    bare = line.lstrip(" ")
    title = bare.lstrip("#")
    level = len(bare) - len(title)
    if not 1 <= level <= 6 or len(line) - len(bare) > 3 or not (title[:1].isspace() or not title):
        return None
    title = title.strip()
    shut = title.rstrip("#")
    return level, (shut.rstrip() if not shut or shut[-1].isspace() else title)


def unlisted(lines: Sequence[str]) -> list[int]:
    """Return the indexes of the lines that are not of a list; lists, by which files grow, part nothing."""
    return [at for at, line in enumerate(lines) if line[:1] != "-" and line[:3] != BELOW]


def in_code(lines: Sequence[str], others: Sequence[int] | None = None) -> frozenset[int]:
    """Return the indexes of the lines within code fences; a fence that never closes is none.

    `others` are the `unlisted` ones, where they are known; so below.
    """
    inside: set[int] = set()
    opened, fence = -1, ""
    for index in unlisted(lines) if others is None else others:
        line = lines[index]
        found = _FENCE.match(line)
        if not found:
            continue
        if opened < 0:
            opened, fence = index, found[1]
        elif found[1].startswith(fence) and not line.strip().strip(fence[0]):
            inside.update(range(opened, index + 1))
            opened = -1
    return frozenset(inside)


def end_of_text(lines: Sequence[str], others: Sequence[int] | None = None) -> int:
    """Return the index of the `## SEMANTIC INDEX` heading that ends the text of older files."""
    others = unlisted(lines) if others is None else others
    found = [at for at in others if lines[at][:2] == "##" and _INDEX.fullmatch(lines[at])]
    code = in_code(lines, others) if found else frozenset[int]()
    return next((at for at in found if at not in code), len(lines))


def scan(lines: Sequence[str], offset: int, others: Sequence[int] | None = None) -> Iterator[Section]:
    """Find the sections among the `lines` of a body that begins after `offset` lines of the file.

    Every line that is neither blank nor the H1 nor part of the semantic index is in exactly one section.
    """
    others = unlisted(lines) if others is None else others
    end = end_of_text(lines, others)
    lines, others = lines[:end], others[: bisect_left(others, end)]
    code = in_code(lines, others)
    part: _Open | None = None
    always = named = False
    # A line of a list begins a part only where it follows one of another kind.
    for index in sorted({0, *others, *(at + 1 for at in others)} - {end}):
        line = lines[index]
        head = None if index in code else heading(line)
        if head and head[0] == 1 and not named:
            yield from _ended(part, lines, index, offset)
            part, named = None, True
        elif head and (head[0] <= 3 or part is None or not part.title):
            yield from _ended(part, lines, index, offset)
            part = _Open(_title(head[1]), always or ALWAYS_LOAD in head[1], index)
        elif index not in code and line.startswith(ALWAYS_LOAD):
            always = "[/ALWAYS_LOAD]" not in line
            if part is None or not part.title:
                yield from _ended(part, lines, index, offset)
                part = _Open("", True, index)
            part = replace(part, always_load=True)
        elif index not in code and line.startswith("[/ALWAYS_LOAD]"):
            always = False
            if part and not part.title:
                yield from _ended(part, lines, index + 1, offset)
                part = None
            elif part is None:
                part = _Open("", False, index)
        elif index not in code and part and part.title and _ends(line, part.title):
            yield from _ended(part, lines, index + 1, offset, closed=True)
            part = None
        elif part is None and line.strip():
            part = _Open("", always, index)
    yield from _ended(part, lines, len(lines), offset)


def _title(written: str) -> str:
    return one_line(_TAG.sub(" ", written)).strip("# ") or "Untitled"


def _ends(line: str, title: str) -> bool:
    if not line.startswith("/END") or not (line[4:5].isspace() or len(line) == 4):
        return False
    return not line[4:].strip() or _title(line[4:]).casefold() == title.casefold()


def _ended(
    part: _Open | None, lines: Sequence[str], stop: int, offset: int, *, closed: bool = False
) -> Iterator[Section]:
    if part is None:
        return
    while not lines[stop - 1].strip():
        stop -= 1
    text = "".join(lines[part.start : stop])
    yield Section(part.title, part.always_load, text, offset + part.start + 1, offset + stop, closed)
