"""What counts as recalled: a gold turn whose words stand in the answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

_WORDS = re.compile(r"[^\W_]+")
_IMAGE = re.compile(r"\s*\[shares image:.*?\]\s*$")
_SHINGLE = 5
_ENOUGH = 0.8
_LONG = 72
"""This many shingles are enough: a window of some 75 words of a long turn."""
_LEAST = 8


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORDS.findall(text.lower())


def strings(value: object) -> Iterator[str]:
    """Every string inside decoded JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from strings(list(cast("Mapping[str, object]", value).values()))
    elif isinstance(value, Sequence):
        for inner in cast("Sequence[object]", value):
            yield from strings(inner)


def _shingles(said: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(said[i : i + _SHINGLE]) for i in range(len(said) - _SHINGLE + 1)]


class Shown:
    """A text that was sent, ready to be asked what it holds."""

    def __init__(self, text: str) -> None:
        said = words(text)
        self.text = f" {' '.join(said)} "
        self.words = frozenset(said)
        self._shingles = frozenset(_shingles(said))

    def holds(self, turn: str) -> bool:
        """Whether a turn's words stand here, all together or nearly all in order."""
        said = words(_IMAGE.sub("", turn)) or words(turn)
        if not said:
            return False
        if f" {' '.join(said)} " in self.text:
            return True
        if len(said) < _LEAST:
            return False
        shingles = _shingles(said)
        held = sum(shingle in self._shingles for shingle in shingles)
        return held >= min(_ENOUGH * len(shingles), _LONG)

    def share_of(self, answer: str) -> float:
        """The share of an answer's own words that stand here."""
        wanted = set(words(answer))
        return len(wanted & self.words) / len(wanted) if wanted else 0.0
