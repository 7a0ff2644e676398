"""One remembered thing: a list line with its event date and the mark of where it was said."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from ..errors import BadDate, BadInput

UNKNOWN = "-"

_DAY = r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"
_WHEN = re.compile(rf"({_DAY})(?:/({_DAY}))?")
_LONGEST_WHEN = len("2023-05-01/2023-05-07")
_KEY = r"[a-z0-9]{8}"
_MARK = re.compile(rf"({_KEY})-(0|[1-9][0-9]{{0,6}})([a-z]{{0,4}})")
_OWN_MARK = re.compile(rf"\s\^({_MARK.pattern})\s*$")
# Outside text may hold what looks like a mark; one more backslash before it says that it is none.
_FORGED = re.compile(rf"(?<!\\)\\*\^(?={_KEY}-[0-9])")
_ESCAPED = re.compile(rf"(?<!\\)\\(\\*\^(?={_KEY}-[0-9]))")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_LINE = re.compile(r"([ \t]*)[-*+] (?:(\S+) \| )?(.*)")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """The session and turn where something was said, as an Obsidian block mark."""

    session_key: str
    turn: int
    letter: str = ""

    def __post_init__(self) -> None:
        if not _MARK.fullmatch(str(self)):
            raise BadInput(f"{str(self)[:60]!r} is not a mark of session key and turn")

    def __str__(self) -> str:
        return f"{self.session_key}-{self.turn}{self.letter}"

    @classmethod
    def parse(cls, raw: str) -> "Mark | None":
        """Read `k3f9qa2m-4b`, with or without the leading `^`."""
        found = _MARK.fullmatch(raw.removeprefix("^"))
        return cls(found[1], int(found[2]), found[3]) if found else None

    def next(self) -> "Mark":
        """Return the mark for one more statement from the same turn: `-4`, `-4b`, ... `-4z`, `-4aa`."""
        return Mark(self.session_key, self.turn, _letters(_count(self.letter or "a") + 1))


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said to be so, when it was so, and where it was said.

    Raises:
        BadDate: `when` is not an event date.
        BadInput: `text` is empty.
    """

    when: str
    text: str
    mark: Mark | None = None
    former: bool = False

    def __post_init__(self) -> None:
        if not is_when(self.when):
            raise BadDate(self.when, "2023-05-07, 2023-05, 2023, a range such as 2023-05/2023-06, or -")
        object.__setattr__(self, "text", one_line(self.text))
        if not self.text:
            raise BadInput("a statement needs words")

    def line(self) -> str:
        """Write the statement as its line, without a line end."""
        words = _FORGED.sub(r"\\\g<0>", self.text)
        indent = "  " if self.former else ""
        return f"{indent}- {self.when} | {words}{f' ^{self.mark}' if self.mark else ''}"


@lru_cache(maxsize=8192)
def parse_line(line: str) -> Statement | None:
    """Read a statement; a list line with neither date nor mark is a person's own and is None."""
    found = _LINE.fullmatch(line.rstrip("\r\n"))
    if not found:
        return None
    indent, when, words = found[1], found[2] or "", found[3]
    mark = mark_at_end(words)
    if not is_when(when):
        if mark is None:
            return None
        # A mark outlives a damaged date: the line still leads to its session.
        when, words = UNKNOWN, f"{when} | {words}" if when else words
    if mark:
        words = words.rstrip()[: -len(str(mark)) - 1]
    words = _ESCAPED.sub(r"\1", one_line(words))
    former = len(indent.expandtabs(2)) >= 2
    return Statement(when, words, mark, former) if words else None


def mark_at_end(line: str) -> Mark | None:
    """Return the block mark that ends `line`, if one does."""
    padded = " " + line.rstrip("\r\n")
    at = padded.rfind("^")
    own = _OWN_MARK.match(padded, at - 1) if at > 0 else None
    return Mark.parse(own[1]) if own else None


def one_line(text: str) -> str:
    """Collapse white space, line ends of every kind included, and drop control characters."""
    return " ".join(_CONTROL.sub("", text).split())


def keep_lines(text: str) -> list[str]:
    """Split `text` after each newline and nowhere else; joined, they are the text again."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def is_day(raw: str) -> bool:
    """Tell whether `raw` is one day, `2023-05-07`."""
    return len(raw) == 10 and is_when(raw)


def is_when(raw: str) -> bool:
    """Tell whether `raw` is an event date, a range of them, or `-`."""
    return raw == UNKNOWN or (len(raw) <= _LONGEST_WHEN and _is_span(raw))


def sort_key(when: str) -> tuple[int, ...] | None:
    """Return what puts event dates in order by their beginning; None for an unknown one."""
    return _beginning(when) if len(when) <= _LONGEST_WHEN else None


def first_day(when: str) -> date | None:
    """Return the first day of a date, month or year (a time after it is passed over); None if it is none."""
    parts = when[:10].split("-")
    try:
        return date(*[*(int(part) for part in parts), 1, 1][:3])
    except (ValueError, TypeError):
        return None


def last_day(when: str) -> date | None:
    """Return the last day of a date, month or year; None if it is none."""
    first = first_day(when)
    if first is None or len(when) >= len("2023-05-07"):
        return first
    year, month = (first.year, first.month + 1) if len(when) > len("2023") else (first.year + 1, 1)
    if month > 12:
        year, month = year + 1, 1
    return date(year, month, 1) - timedelta(days=1) if year <= date.max.year else date.max


def ended(when: str, until: str) -> str:
    """Return the span from the beginning of `when` to the beginning of `until`, as far as both are known."""
    start, end = sort_key(when), sort_key(until)
    if start is None or end is None or end <= start:
        return when
    return f"{when.partition('/')[0]}/{until.partition('/')[0]}"


@lru_cache(maxsize=8192)
def _is_span(raw: str) -> bool:
    found = _WHEN.fullmatch(raw)
    return bool(found) and all(_exists(day) for day in found.groups() if day)


@lru_cache(maxsize=8192)
def _beginning(when: str) -> tuple[int, ...] | None:
    found = _WHEN.fullmatch(when)
    return tuple(int(part) for part in found[1].split("-")) if found else None


def _exists(day: str) -> bool:
    year, month, of_month = (*(int(part) for part in day.split("-")), 1, 1)[:3]
    try:
        date(year, month, of_month)
    except ValueError:
        return False
    return True


def _count(letters: str) -> int:
    total = 0
    for letter in letters:
        total = total * 26 + ord(letter) - ord("a") + 1
    return total


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
