"""sort and uniq: lines in order and lines counted."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key, partial
from typing import Any, Protocol

from .budget import Refusal
from .call import Call, Told, lines_of, text_of
from .options import Given, Grammar

_SORT = Grammar(
    "sort",
    flags="-n=--numeric-sort -r=--reverse -u=--unique -f=--ignore-case -b=--ignore-leading-blanks "
    "-V=--version-sort -h=--human-numeric-sort -s=--stable -d=--dictionary-order -g=--general-numeric-sort",
    values="-k=--key -t=--field-separator",
)
_UNIQ = Grammar(
    "uniq", flags="-c=--count -d=--repeated -u=--unique -i=--ignore-case", values="-f=--skip-fields"
)
_MOST_LINES = 300_000
_KEY = re.compile(r"(\d{1,4})(?:\.(\d{1,4}))?([nrfbVhdg]*)(?:,(\d{1,4})(?:\.(\d{1,4}))?([nrfbVhdg]*))?")
_NUMBER = re.compile(rb"\s*(-?\d*\.?\d*)")
_HUMAN = re.compile(rb"\s*(-?)(\d*\.?\d*)([KMGTPEZY]?)")
_FIELD = re.compile(rb"[ \t]*[^ \t]*")


class _Ordered(Protocol):
    def __lt__(self, other: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class _Key:
    """One `-k`: the field and character it starts at, those it ends at (0: the line's end), its letters."""

    start: int = 1
    start_char: int = 1
    end: int = 0
    end_char: int = 0
    letters: str = ""

    def of(self, line: bytes, separator: bytes) -> bytes:
        """The part of a line this key looks at."""
        spans = _fields(line, separator)
        if self.start > len(spans):
            return b""
        first = spans[self.start - 1][0]
        if "b" in self.letters:
            first += len(line[first:]) - len(line[first:].lstrip(b" \t"))
        first += self.start_char - 1
        if not self.end or self.end > len(spans):
            return line[first:]
        last = spans[self.end - 1]
        return line[first : min(last[0] + self.end_char, last[1]) if self.end_char else last[1]]


def sort(call: Call) -> Told:
    """Lines in order, by byte value."""
    given = _SORT.parse(call.words)
    separator = given.value("t")
    if len(separator) > 1:
        raise Refusal("sort: -t takes one character")
    lines = [line for one in call.inputs(given.words()) for line in lines_of(one.text)]
    if len(lines) > _MOST_LINES:
        raise Refusal(f"sort: more than {_MOST_LINES:,} lines; narrow what comes before it")
    plain = "".join(letter for letter in "nrfbVhdg" if letter in given)
    keys = [_key(spelled, plain) for spelled in given.all("k")] or [_Key(letters=plain)]
    values = [(key, _value_of(key.letters), "r" in key.letters) for key in keys]
    made = [
        (tuple(value(key.of(line, separator.encode())) for key, value, _ in values), line) for line in lines
    ]
    call.view.budget.tick()
    # A sort keeps the order of what is equal, so the last criterion goes first.
    if "s" not in given and "u" not in given:
        made.sort(key=lambda one: one[1], reverse="r" in given)
    for place in reversed(range(len(values))):
        made.sort(key=partial(_of, place), reverse=values[place][2])
        call.view.budget.tick()
    if "u" in given:
        made = [one for place, one in enumerate(made) if not place or made[place - 1][0] != one[0]]
    return Told(text_of(line for _, line in made), int(bool(call.errors)))


def _of(place: int, one: tuple[tuple[_Ordered, ...], bytes]) -> _Ordered:
    return one[0][place]


def uniq(call: Call) -> Told:
    """Neighbouring equal lines as one."""
    given = _UNIQ.parse(call.words)
    if len(given.words()) > 1:
        raise Refusal("uniq: takes one file; it never writes one")
    skipped = given.number("f", 0, 100)
    groups: list[tuple[bytes, bytes, int]] = []
    for line in (line for one in call.inputs(given.words()) for line in lines_of(one.text)):
        seen = _skipping(line, skipped).lower() if "i" in given else _skipping(line, skipped)
        if groups and groups[-1][0] == seen:
            groups[-1] = (seen, groups[-1][1], groups[-1][2] + 1)
        else:
            groups.append((seen, line, 1))
    kept = [(line, count) for _, line, count in groups if _wanted(given, count)]
    told = [(b"%7d " % count if "c" in given else b"") + line for line, count in kept]
    return Told(text_of(told), int(bool(call.errors)))


def _wanted(given: Given, count: int) -> bool:
    return ("d" not in given or count > 1) and ("u" not in given or count == 1)


def _skipping(line: bytes, fields: int) -> bytes:
    here = 0
    for _ in range(fields):
        found = _FIELD.match(line, here)
        here = found.end() if found else here
    return line[here:]


def _key(spelled: str, plain: str) -> _Key:
    found = _KEY.fullmatch(spelled)
    if not found or not int(found[1]):
        raise Refusal(f"sort: -k takes a field such as 2, 2,2 or 2nr, not {spelled[:40]!r}")
    letters = (found[3] or "") + (found[6] or "")
    return _Key(
        int(found[1]),
        max(int(found[2] or 1), 1),
        int(found[4] or 0),
        int(found[5] or 0),
        letters or plain,
    )


def _fields(line: bytes, separator: bytes) -> list[tuple[int, int]]:
    if not separator:
        return [found.span() for found in _FIELD.finditer(line) if found.end() > found.start()]
    spans: list[tuple[int, int]] = []
    here = 0
    for part in line.split(separator):
        spans.append((here, here + len(part)))
        here += len(part) + len(separator)
    return spans


def _value_of(letters: str) -> Callable[[bytes], _Ordered]:
    if "V" in letters:
        return lambda text: cmp_to_key(_by_version)(text)
    if "h" in letters:
        return _human
    if "n" in letters or "g" in letters:
        return _numeric
    dictionary = "d" in letters
    fold = "f" in letters

    def plain(text: bytes) -> bytes:
        kept = re.sub(rb"[^A-Za-z0-9 \t\x80-\xff]", b"", text) if dictionary else text
        kept = kept.lstrip(b" \t") if "b" in letters else kept
        return kept.upper() if fold else kept

    return plain


def _numeric(text: bytes) -> float:
    found = _NUMBER.match(text)
    return _float(found[1] if found else b"")


def _human(text: bytes) -> tuple[int, float]:
    found = _HUMAN.match(text)
    if not found:
        return (0, 0.0)
    sign = -1 if found[1] else 1
    rank = " KMGTPEZY".index(found[3].decode() or " ")
    value = _float(found[2])
    return (sign * rank if value else 0, sign * value)


def _float(digits: bytes) -> float:
    try:
        return float(digits[:300])
    except ValueError:
        return 0.0


def _by_version(left: bytes, right: bytes) -> int:
    ours, theirs = _parts(left), _parts(right)
    return (ours > theirs) - (ours < theirs)


def _parts(text: bytes) -> list[tuple[int, int, bytes]]:
    pieces = re.findall(rb"\d{1,18}|[^\d]+", text)
    return [(0, int(piece), b"") if piece.isdigit() else (1, 0, piece) for piece in pieces]
