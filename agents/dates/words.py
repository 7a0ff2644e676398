"""A text cut into words, and what the words around a phrase say of its time."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from .vocabulary import AHEAD, BEING, ENDS, NOT_PAST, PAST

TOKEN = re.compile(r"[^\W\d_][^\W_]*(?:'[^\W\d_]+)*|\d+(?:[.,:/–-]\d+)*[^\W\d_]*|[^\w \t\r]|_")


class Words:
    """A text as words, said at a moment; positions past the end read as the empty word."""

    __slots__ = ("anchor", "depth", "moment", "raw", "said", "spans", "words", "year")

    def __init__(self, text: str, said: date) -> None:
        matches = list(TOKEN.finditer(text.replace("’", "'")))
        self.raw: list[str] = [match.group() for match in matches]
        self.spans = [match.span() for match in matches]
        # The possessive hides words: "last year's", "Mother's Day".
        self.words = [word.lower().removesuffix("'s") for word in self.raw]
        self.raw += [""] * 12
        self.words += [""] * 12
        self.moment = said if isinstance(said, datetime) else None
        self.said = said.date() if isinstance(said, datetime) else said
        self.year: int | None = None
        self.anchor: date | None = None
        self.depth = 0

    def skip(self, i: int, *words: str) -> int:
        """The position after the word here if it is one of these."""
        return i + 1 if self.words[i] in words else i

    def capital(self, i: int) -> bool:
        """Say whether the word here begins with a capital."""
        return self.raw[i][:1].isupper()

    def glued(self, i: int) -> bool:
        """Say whether the number here is part of a price, a path, a version or the like."""
        if i and self.spans[i - 1][1] == self.spans[i][0]:
            before, joined = self.raw[i - 1], i > 1 and self.spans[i - 2][1] == self.spans[i - 1][0]
            if before not in "(['\"“‘–—-" or (before == "-" and joined and not self._dashed(i - 2)):
                return True
        after = i + 1 < len(self.spans) and self.spans[i][1] == self.spans[i + 1][0]
        if after and self.raw[i + 1] in "%°/=_@+":
            return True
        return bool(i) and self.words[i - 1] in ("$", "€", "£", "#")

    def _dashed(self, i: int) -> bool:
        return self.words[i] in ("mid", "early", "late") or self.words[i][:1].isdecimal()

    def inside_code(self, i: int) -> bool:
        """Say whether the word is part of a name as in "datetime.today" or "@monday"."""
        return (
            i > 0 and self.words[i - 1] in (".", "_", "@", "#") and self.spans[i - 1][1] == self.spans[i][0]
        )

    def hyphen(self, i: int) -> bool:
        """Say whether a hyphen joins this word to the one before it, as in "last-minute"."""
        return self.words[i] == "-" and self.spans[i][0] == self.spans[i - 1][1]

    def integer(self, i: int) -> int | None:
        """The plain number written here in digits."""
        word = self.words[i]
        return (
            int(word) if len(word) < 7 and word.isdecimal() and word.isascii() and not self.glued(i) else None
        )

    def tense(self, i: int, end: int) -> int:
        """Whether the words around a phrase tell of the past (-1) or of what is to come (+1)."""
        return self._scan(range(i - 1, max(i - 25, -1), -1)) or self._scan(range(end, end + 25))

    def _scan(self, places: Sequence[int]) -> int:
        for i in places:
            word = self.words[i] if i < len(self.words) else ""
            if not word or word in ENDS:
                return 0
            if word in AHEAD or word.endswith("'ll") or (word in BEING and self._doing(i + 1)):
                return 1
            if (
                word in PAST
                or (word == "back" and self.words[i + 1] == "in")
                or (word.endswith("ed") and len(word) > 3 and word not in NOT_PAST)
            ):
                return -1
        return 0

    def _doing(self, i: int) -> bool:
        return any(word.endswith("ing") and len(word) > 4 for word in self.words[i : i + 2])
