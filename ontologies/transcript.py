"""Words as they were given, and the turns in them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import BadContent
from .messages import MAX_TURNS, Message, messages
from .speakers import ROLES, Head, certain_head, head, safe_name

__all__ = ["MAX_BYTES", "MAX_TURNS", "Turn", "canonical", "check", "turns"]

MAX_BYTES = 5_000_000

_FENCE = re.compile(r"(`{3,}(?!.*`)|~{3,})")


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said in one go; `speaker` and `at` are "" where the text does not tell.

    `first_line` and `last_line` count from 1 in the text, both inclusive.
    """

    number: int
    speaker: str
    text: str
    at: str = ""
    first_line: int = 0
    last_line: int = 0


class _Start(NamedTuple):
    line: int
    head: Head


def check(content: str) -> None:
    """Refuse what cannot be stored.

    Raises:
        BadContent: empty, too large, not text, or a JSON array that is not a list of turns.
    """
    try:
        size = len(content.encode())
    except UnicodeEncodeError as broken:
        raise BadContent("it holds half a character (a lone surrogate); send whole UTF-8 text") from broken
    if size > MAX_BYTES:
        raise BadContent(
            f"it has {size:,} bytes and the limit is {MAX_BYTES:,}; split it into several sessions"
        )
    if "\0" in content:
        raise BadContent("it holds a NUL character; send text")
    if not content.strip("\ufeff \t\r\n") or content.isspace():
        raise BadContent("it is empty; send the words to remember")
    messages(content)


def canonical(content: str) -> str:
    """Return the text that is stored: a JSON array of turns as `Speaker: words`, anything else as it is.

    Raises:
        BadContent: a JSON array that is not a list of turns.
    """
    given = messages(content)
    if given is None:
        return content
    names = [safe_name(message.speaker) for message in given]
    # Where a bare `Ada:` would not count as a speaker, the line says that it is one.
    shy = len(names) == 1 or _is_chat(names)
    return "".join(_written(message, name, shy) for message, name in zip(given, names, strict=True))


def turns(text: str) -> tuple[Turn, ...]:
    """Part the words into turns: by speakers where the text is a dialogue, else by paragraphs."""
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    starts = _starts(lines)
    if not starts:
        return _paragraphs(lines)
    ends = [start.line for start in starts[1:]] + [len(lines)]
    return tuple(
        _turn(number, start, lines[start.line + 1 : end])
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    )


def _is_chat(names: Iterable[str]) -> bool:
    """Tell whether two roles speak; then lines such as `Problem: ...` belong to what they say."""
    return len({name.casefold() for name in names} & ROLES) > 1


def _written(message: Message, name: str, shy: bool) -> str:
    first, *rest = message.text.split("\n")
    lead = f"{name}: {first}" if first else f"{name}:"
    doubtful = head(lead) != Head(name, first, "") or (shy and name.casefold() not in ROLES)
    time = f"[{message.at}] " if message.at else "[-] " if doubtful else ""
    return "\n  ".join([time + lead, *rest]) + "\n"


def _starts(lines: Sequence[str]) -> list[_Start]:
    """Find the speaker lines, or none where the text is no dialogue."""
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    opening = head(lines[first])
    if opening is None:
        return []
    heads = [head(line) for line in lines]
    code = _in_code(lines, heads)
    starts = [_Start(index, found) for index, found in enumerate(heads) if found and index not in code]
    if _is_chat(start.head.speaker for start in starts):
        starts = [
            start
            for start in starts
            if start.head.speaker.casefold() in ROLES or certain_head(lines[start.line])
        ]
    sure = certain_head(lines[first]) or opening.speaker.casefold() in ROLES
    return starts if sure or len(starts) > 1 else []


def _turn(number: int, start: _Start, more: Sequence[str]) -> Turn:
    kept = len(more)
    while kept and not more[kept - 1]:
        kept -= 1
    body = list(more[:kept])
    indented = all(line.startswith("  ") for line in body if line)
    if indented:
        body = [line[2:] for line in body]
    if start.head.words or indented:
        body = [start.head.words, *body]
    first = start.line + 1
    return Turn(number, start.head.speaker, "\n".join(body), start.head.at, first, first + kept)


def _paragraphs(lines: Sequence[str]) -> tuple[Turn, ...]:
    code = _in_code(lines, [None] * len(lines))
    found: list[Turn] = []
    begun: int | None = None
    for index, line in enumerate([*lines, ""]):
        blank = not line.strip() and index not in code
        if not blank and begun is None:
            begun = index
        elif blank and begun is not None:
            text = "\n".join(lines[begun:index])
            found.append(Turn(len(found) + 1, "", text, "", begun + 1, index))
            begun = None
    return tuple(found)


def _in_code(lines: Sequence[str], heads: Sequence[Head | None]) -> frozenset[int]:
    """Return the indexes of the lines within unindented code fences; one that never closes is none."""
    inside: set[int] = set()
    opened, fence = -1, ""
    for index, (line, spoken) in enumerate(zip(lines, heads, strict=True)):
        found = _FENCE.match(spoken.words if spoken else line)
        if not found:
            continue
        if opened >= 0 and spoken is None and found[1].startswith(fence) and not line.strip().strip(fence[0]):
            inside.update(range(opened + 1, index + 1))
            opened = -1
        elif opened < 0 or line.strip().strip(fence[0]):
            # A fence that names a language opens; the one before it was never closed.
            opened, fence = index, found[1]
    return frozenset(inside)
