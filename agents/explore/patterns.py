"""Basic, extended and Perl patterns as RE2: linear in the text, bounded in memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import re2

from .budget import Refusal

LONGEST = 500
_MEMORY = 8 << 20
_BadPattern = cast("type[Exception]", re2.error)
_WORD = r"\p{L}\p{M}\p{N}_"
_CLASSES = {
    "alpha": r"\p{L}",
    "upper": r"\p{Lu}",
    "lower": r"\p{Ll}",
    "digit": "0-9",
    "alnum": r"\p{L}\p{N}",
    "punct": r"[:punct:]",
    "space": r"\s",
    "blank": r" \t",
    "cntrl": r"[:cntrl:]",
    "xdigit": "0-9A-Fa-f",
    "print": r"\pL\pM\pN\pP\pS ",
    "graph": r"\pL\pM\pN\pP\pS",
}
_LETTERS = {
    "w": f"[{_WORD}]",
    "W": f"[^{_WORD}]",
    "s": r"\s",
    "S": r"\S",
    "d": r"\d",
    "D": r"\D",
    "b": r"\b",
    "B": r"\B",
    "<": r"\b",
    ">": r"\b",
    "t": r"\t",
}


class Match(Protocol):
    """Where a pattern was found."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """The first byte of a group and the one behind it."""
        ...

    def expand(self, template: bytes) -> bytes:
        """A template with the groups filled in."""
        ...


class _Compiled(Protocol):
    def search(self, text: bytes, pos: int = 0) -> Match | None: ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern that looks into lines.

    `_anywhere` sees a whole file at once: if it finds nothing, no line has it.
    """

    _line: _Compiled
    _anywhere: _Compiled
    _group: int

    def within(self, text: bytes) -> bool:
        """Whether any line of a text can match; false alarms are possible."""
        return self._anywhere.search(text) is not None

    def matches(self, line: bytes) -> bool:
        """Whether a line matches."""
        return self._line.search(line) is not None

    def spans(self, line: bytes) -> Iterator[tuple[int, int]]:
        """The places in a line that match and are not empty."""
        here = 0
        while here <= len(line) and (found := self._line.search(line, here)):
            start, end = found.span(self._group)
            if end > start:
                yield start, end
            here = end if end > here else here + 1

    def first(self, line: bytes, pos: int = 0) -> Match | None:
        """The first match from a place on."""
        return self._line.search(line, pos)


def compiled(
    patterns: list[str], syntax: str, *, fold: bool = False, word: bool = False, whole: bool = False
) -> Pattern:
    """Make one pattern of several alternatives; `syntax` is one of F, G, E, P.

    Raises:
        Refusal: RE2 does not know it, or it is too long.
    """
    translated = [_translated(one, syntax) for one in patterns]
    joined = translated[0] if len(translated) == 1 else "|".join(f"(?:{one})" for one in translated)
    group = 0
    if whole:
        joined = f"^(?:{joined})$"
    elif word:
        joined, group = f"(?:^|[^{_WORD}])({joined})(?:$|[^{_WORD}])", 1
    return Pattern(_compile(joined, fold=fold), _compile(f"(?m:{joined})", fold=fold), group)


def plain(pattern: str, *, fold: bool = False) -> Pattern:
    """A pattern already in RE2's syntax.

    Raises:
        Refusal: it is not.
    """
    made = _compile(pattern, fold=fold)
    return Pattern(made, made, 0)


def _translated(pattern: str, syntax: str) -> str:
    if len(pattern.encode()) > LONGEST:
        raise Refusal(f"a pattern has at most {LONGEST} bytes")
    if syntax == "F":
        return re.sub(r"[^\w\s]", lambda found: f"\\{found[0]}" if found[0].isascii() else found[0], pattern)
    return pattern if syntax == "P" else "".join(_Posix(pattern, extended=syntax == "E").pieces())


def _compile(pattern: str, *, fold: bool) -> _Compiled:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    options.case_sensitive = not fold
    try:
        return cast("_Compiled", re2.compile(pattern, options))
    except _BadPattern as bad:
        raise Refusal(f"the pattern cannot be used: {_why(bad)}") from None


def _why(bad: Exception) -> str:
    told = bad.args[0] if bad.args else b""
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    if "(?" in text or "escape" in text:
        return "look-around, back-references and \\K are not known (RE2 syntax)"
    return text.partition(":")[0] or "not RE2 syntax"


class _Posix:
    """Reads a basic or extended pattern and writes RE2's."""

    def __init__(self, pattern: str, *, extended: bool) -> None:
        self.pattern = pattern
        self.extended = extended
        self.here = 0
        self.start = True  # nothing to repeat stands before

    def pieces(self) -> Iterator[str]:
        while self.here < len(self.pattern):
            char = self.pattern[self.here]
            self.here += 1
            if char == "[":
                yield self._bracket()
                self.start = False
            elif char == "\\":
                yield self._escaped()
            elif char in "(){}|+?":
                yield self._special(char) if self.extended else self._literal(char)
            elif char == "*":
                yield self._literal(char) if self.start else "*"
            elif char in "^$":
                yield self._anchor(char)
            else:
                yield char if char == "." else self._literal(char)
                self.start = False

    def _literal(self, char: str) -> str:
        self.start = False
        return f"\\{char}" if char.isascii() and not char.isalnum() and char != "_" else char

    def _special(self, char: str) -> str:
        if char in "(|":
            self.start = True
            return char
        if char == "{":
            return self._interval("}")
        if char in "+?" and self.start:
            return self._literal(char)
        if char == "}":
            return self._literal(char)
        self.start = False
        return char

    def _interval(self, end: str) -> str:
        found = re.compile(rf"(\d*,?\d*){re.escape(end)}").match(self.pattern, self.here)
        if self.start or not found or found[1] in ("", ","):
            return self._literal("{")
        self.here = found.end()
        low, comma, high = found[1].partition(",")
        return f"{{{low or 0}{comma}{high}}}"

    def _escaped(self) -> str:
        if self.here >= len(self.pattern):
            raise Refusal("the pattern ends with a backslash; quote the pattern")
        char = self.pattern[self.here]
        self.here += 1
        if char in "123456789":
            raise Refusal("back-references such as \\1 are not known; write the words out")
        if char in _LETTERS:
            self.start = char in "b<"
            return _LETTERS[char]
        if self.extended or char not in "(){}|+?":
            return self._literal(char)
        if char == "{":
            return self._interval("\\}")
        return self._special(char)

    def _anchor(self, char: str) -> str:
        if self.extended:
            return char
        rest = self.pattern[self.here :]
        meant = self.start if char == "^" else not rest or rest.startswith(("\\)", "\\|"))
        return char if meant else self._literal(char)

    def _bracket(self) -> str:
        negated = self.pattern.startswith("^", self.here)
        self.here += negated
        parts: list[str] = []
        while self.here < len(self.pattern):
            char = self.pattern[self.here]
            named = re.compile(r"\[([:.=])(.*?)\1\]").match(self.pattern, self.here)
            if char == "]" and parts:
                self.here += 1
                return f"[{'^' * negated}{''.join(parts)}]"
            if named:
                parts.append(self._named(named[1], named[2]))
                self.here = named.end()
                continue
            self.here += 1
            if char == "\\" and self.pattern[self.here : self.here + 1] in ("d", "w", "s"):
                parts.append({"d": "0-9", "w": _WORD, "s": r"\s"}[self.pattern[self.here]])
                self.here += 1
            elif char == "-":
                parts.append("-" if self._is_range(parts) else "\\-")
            else:
                parts.append(char if char.isalnum() or not char.isascii() or char == " " else f"\\{char}")
        raise Refusal("a [ is not closed in the pattern; quote it: '\\['")

    def _is_range(self, parts: list[str]) -> bool:
        return bool(parts) and self.pattern[self.here : self.here + 1] not in ("]", "")

    @staticmethod
    def _named(kind: str, name: str) -> str:
        if kind != ":" or name not in _CLASSES:
            raise Refusal(f"there is no character class {name[:20]!r}; there are: {', '.join(_CLASSES)}")
        return _CLASSES[name]
