"""The inverted index of some files: numbers kept per file, laid out as postings once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from .cues import ASKS, asks
from .languages import language_of
from .units import Unit
from .words import terms_in

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

OWN, BEFORE, AFTER, DAY = 3.0, 1.0, 0.5, 1.0
"""What a word counts: in the unit itself, in the turn before, in the turn after, in its date."""
_MONTHS = "january february march april may june july august september october november december".split()


class Vocabulary:
    """Numbers for words; it only grows, and dies with its corpus."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: list[str] = []

    def number(self, word: str) -> int:
        """The word's number, a new one if need be."""
        found = self._numbers.get(word)
        if found is None:
            found = self._numbers[word] = len(self._words)
            self._words.append(word)
        return found

    def known(self, word: str) -> int | None:
        """The word's number, if it has one."""
        return self._numbers.get(word)

    @property
    def size(self) -> int:
        """How many words have a number."""
        return len(self._words)

    def word(self, number: int) -> str:
        """The word of a number."""
        return self._words[number]


@dataclass(frozen=True, slots=True)
class Part:
    """What is kept of one file: its units, and their words, speakers and days as numbers."""

    units: tuple[Unit, ...]
    words: Ints
    ends: Ints
    speakers: Ints
    days: Ints
    cues: Ints
    day_words: Longs
    day_rows: Longs
    language: str


def day_of(text: str) -> date | None:
    """The day an ISO date begins with; the first one of a month, a year or a span."""
    day = text.partition("/")[0][:10]
    try:
        return date.fromisoformat(day + {4: "-01-01", 7: "-01"}.get(len(day), ""))
    except ValueError:
        return None


def make_part(units: Sequence[Unit], words: Vocabulary, speakers: Vocabulary) -> Part:
    """Number the words of a file's units."""
    language = language_of(" ".join(unit.text[:200] for unit in units[:12]))
    terms = terms_in(language)
    number = words.number
    numbers: list[int] = []
    ends: list[int] = []
    cues: list[int] = []
    named: dict[str, tuple[int, list[int]]] = {"": (0, [])}
    for unit in units:
        head = unit.speaker or unit.subject
        said, cue = terms.read(f"{head} {unit.text}" if head else unit.text)
        numbers += map(number, said)
        cues.append(cue | ASKS * asks(unit.text))
        ends.append(len(numbers))
        if unit.date not in named:
            day = day_of(unit.date)
            said = terms.of(f"{day.day} {_MONTHS[day.month - 1]} {day.year}") if day else []
            named[unit.date] = (day.toordinal() if day else 0, [number(word) for word in said])
    day_words = [named[unit.date][1] for unit in units]
    return Part(
        units=tuple(units),
        words=np.array(numbers, dtype=np.int32),
        ends=np.array(ends, dtype=np.int32),
        speakers=np.array([speakers.number(unit.speaker) for unit in units], dtype=np.int32),
        days=np.array([named[unit.date][0] for unit in units], dtype=np.int32),
        cues=np.array(cues, dtype=np.int32),
        day_words=np.array([word for said in day_words for word in said], dtype=np.int64),
        day_rows=np.repeat(np.arange(len(units), dtype=np.int64), [len(said) for said in day_words]),
        language=language,
    )


def _ints(chunks: Sequence[Ints]) -> Ints:
    return np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int32)


def _longs(chunks: Sequence[Longs]) -> Longs:
    return np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int64)


class Segment:
    """The postings of some files, one after another."""

    def __init__(self, parts: Mapping[str, tuple[str, Part]]) -> None:
        self.parts = dict(parts)
        files = [part for _, part in self.parts.values()]
        self.units: list[Unit] = [unit for part in files for unit in part.units]
        self.size = len(self.units)
        sizes = np.array([len(part.units) for part in files], dtype=np.int64)
        self.first_rows: Longs = np.cumsum(sizes) - sizes
        self.files: Ints = np.repeat(np.arange(len(files), dtype=np.int32), sizes)
        self.words: Ints = _ints([part.words for part in files])
        offsets = np.cumsum([0, *(len(part.words) for part in files)])
        ends = [part.ends + offset for part, offset in zip(files, offsets, strict=False)]
        self.ends: Longs = _longs(ends)
        self.starts: Longs = np.append(0, self.ends[:-1]) if self.size else self.ends
        self.speakers: Ints = _ints([part.speakers for part in files])
        self.days: Ints = _ints([part.days for part in files])
        self.cues: Ints = _ints([part.cues for part in files])
        self.turns: Bools = np.fromiter((unit.kind == "turn" for unit in self.units), bool, self.size)
        self.marked: dict[tuple[str, int], int] = {
            mark: row for row, unit in enumerate(self.units) if unit.kind == "turn" for mark in unit.marks
        }
        self._post(*self._gathered(files))

    def _gathered(self, files: Sequence[Part]) -> tuple[Longs, Floats]:
        """Every (word, row) once per place, as one sortable key, with what it counts."""
        size = max(self.size, 1)
        owner = np.repeat(np.arange(self.size, dtype=np.int64), self.ends - self.starts)
        words = self.words.astype(np.int64) * size
        follows = np.zeros(self.size + 1, dtype=bool)
        follows[1:-1] = (self.files[1:] == self.files[:-1]) & self.turns[1:] & self.turns[:-1]
        after, before = follows[owner + 1], follows[owner]
        day_words: Longs = _longs([part.day_words for part in files])
        rows = [part.day_rows + first for part, first in zip(files, self.first_rows, strict=True)]
        day_rows: Longs = _longs(rows)
        places = (
            (words + owner, OWN),
            (words[after] + owner[after] + 1, BEFORE),
            (words[before] + owner[before] - 1, AFTER),
            (day_words * size + day_rows, DAY),
        )
        keys = np.concatenate([place for place, _ in places])
        counts = np.repeat(np.array([worth for _, worth in places], np.float32), [len(p) for p, _ in places])
        return keys, counts

    def _post(self, keys: Longs, counts: Floats) -> None:
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        self.counts: Floats = np.add.reduceat(counts, first) if len(first) else counts
        words, rows = np.divmod(keys[first], max(self.size, 1))
        self.rows: Ints = rows.astype(np.int32)
        begins = np.flatnonzero(np.diff(words, prepend=-1))
        self.terms: Ints = words[begins].astype(np.int32)
        self.bounds: Longs = np.append(begins, len(words))
        self.lengths: Floats = np.bincount(self.rows, self.counts, self.size).astype(np.float32)

    def postings(self, word: int) -> tuple[Ints, Floats]:
        """The rows that have a word in or around them, and what it counts there."""
        at = int(np.searchsorted(self.terms, word))
        if at >= len(self.terms) or self.terms[at] != word:
            return self.rows[:0], self.counts[:0]
        begin, end = self.bounds[at], self.bounds[at + 1]
        return self.rows[begin:end], self.counts[begin:end]
