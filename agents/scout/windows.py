"""Long turns shown as whole sentences around the place that answers."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate

from .words import Terms

LONG_WORDS = 100
WINDOW_WORDS = 80
ENOUGH = 0.9
"""The share of a window's words that one at the end of a text must have."""
LONGEST_SENTENCE = 600
CHARACTERS_PER_WORD = 12
"""Longer runs are scripts without spaces, or code: they count as several words."""

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[^.!?。！？؟\n]*[.!?。！？؟\n]+[\"'”’)\]]*\s*|[^.!?。！？؟\n]+$")


def sentences(text: str) -> list[str]:
    """The sentences of a text, blanks and line ends after them included."""
    return _SENTENCE.findall(text)


def window(
    text: str,
    worth: Mapping[str, float],
    terms: Terms,
    *,
    answers: Callable[[str], bool] | None = None,
    words: int = WINDOW_WORDS,
) -> str:
    """The text, or when it is long its whole sentences that hold most of the wanted terms.

    Of equal places, the one with a sentence that `answers` comes first.
    """
    if _size(text) <= words + LONG_WORDS - WINDOW_WORDS:
        return text
    pieces = [piece for sentence in sentences(text) for piece in _pieces(sentence)]
    ends = list(accumulate(map(_size, pieces)))
    begins = [0, *ends[:-1]]
    wanted = [{term for term in terms.of(piece) if term in worth} for piece in pieces]
    last_start = max(bisect_right(begins, ends[-1] - words * ENOUGH) - 1, 0)
    counted = [bool(answers and held and answers(piece)) for held, piece in zip(wanted, pieces, strict=True)]
    dear = max(worth.values(), default=0.0) / 2
    values: list[float] = []
    for first in range(last_start + 1):
        last = bisect_left(ends, begins[first] + words) + 1
        held = set[str]().union(*(found for found in wanted[first:last] if found))
        values.append(sum(worth[term] for term in sorted(held)) + dear * max(counted[first:last]))
    best = max(values)
    equal = [first for first, value in enumerate(values) if value > best - 1e-9]
    # The middle one, so that what answers has words before and after it.
    begin = equal[len(equal) // 2] if best else 0
    end = bisect_left(ends, begins[begin] + words) + 1
    shown = "".join(pieces[begin:end]).strip()
    return f"{'… ' if begin else ''}{shown}{' …' if end < len(pieces) else ''}"


def _size(text: str) -> int:
    return max(len(_WORD.findall(text)), len(text) // CHARACTERS_PER_WORD)


def _pieces(sentence: str) -> list[str]:
    """A sentence, or parts of one without an end in sight (code, lists)."""
    return [sentence[i : i + LONGEST_SENTENCE] for i in range(0, len(sentence), LONGEST_SENTENCE)]
