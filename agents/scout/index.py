"""The inverted index of some files: numbers kept per file, laid out as postings once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from .cues import ASKS, CUE_BITS, asks
from .languages import language_of
from .units import Unit
from .words import Terms, spelt, terms_in

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

OWN, BEFORE, AFTER, DAY = 3.0, 1.0, 0.5, 1.0
"""What a word counts: in the unit itself, in the turn before, in the turn after, in its date."""
_NEAR_BITS = 2
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


class Numbers:
    """The words of texts as numbers, each spelling looked up once; for as long as files are read."""

    def __init__(self, words: Vocabulary, speakers: Vocabulary) -> None:
        self.words = words
        self.speakers = speakers
        self._spellings: dict[str, Spellings] = {}

    def read(self, texts: Iterable[str], language: str) -> tuple[Ints, Ints, Ints]:
        """The numbers of all words, where those of each text end, and the cues of each text."""
        spellings = self._spellings.get(language)
        if spellings is None:
            spellings = self._spellings[language] = Spellings(terms_in(language), self.words)
        found: list[str] = []
        stops: list[int] = []
        for text in texts:
            found += spelt(text)
            stops.append(len(found))
            found.append(STOP)
        return spellings.read(found, np.array(stops, dtype=np.int64))


STOP = ""
"""Stands between two texts; no spelling is empty."""


class Spellings(dict[str, int]):
    """What each spelling stands for: the number of its term, with its cues in the lowest bits."""

    def __init__(self, terms: Terms, words: Vocabulary) -> None:
        super().__init__({STOP: 0})
        self._terms = terms
        self._words = words
        self._several: list[list[int]] = []

    def __missing__(self, spelling: str) -> int:
        terms, cue = self._terms.learnt(spelling)
        numbers = [self._words.number(term) for term in terms]
        if len(numbers) > 1:
            self._several.append(numbers)
            place = -len(self._several)
        else:
            place = numbers[0] + 1 if numbers else 0
        self[spelling] = place << CUE_BITS | cue
        return self[spelling]

    def read(self, found: Sequence[str], stops: Longs) -> tuple[Ints, Ints, Ints]:
        """The numbers of all words, where those of each text end, and the cues of each text."""
        if not len(stops):
            nothing = np.zeros(0, dtype=np.int32)
            return nothing, nothing, nothing
        codes = np.fromiter(map(self.__getitem__, found), dtype=np.int64, count=len(found))
        starts = np.append(0, stops[:-1] + 1)
        cues = np.bitwise_or.reduceat(codes & ((1 << CUE_BITS) - 1), starts).astype(np.int32)
        places = codes >> CUE_BITS
        counts = (places != 0).astype(np.int64)
        if (places < 0).any():
            each = [self._meant(place) for place in map(int, places)]
            counts = np.array([len(numbers) for numbers in each], dtype=np.int64)
            numbers = np.array([number for numbers in each for number in numbers], dtype=np.int32)
        else:
            numbers = (places[places > 0] - 1).astype(np.int32)
        return numbers, np.cumsum(counts)[stops].astype(np.int32), cues

    def _meant(self, place: int) -> list[int]:
        if place < 0:
            return self._several[-place - 1]
        return [place - 1] if place else []


def make_part(units: Sequence[Unit], read: Numbers) -> Part:
    """Number the words of a file's units."""
    language = language_of(" ".join(unit.text[:200] for unit in units[:12]))
    heads = [unit.speaker or unit.subject for unit in units]
    texts = (f"{head} {unit.text}" if head else unit.text for head, unit in zip(heads, units, strict=True))
    words, ends, cues = read.read(texts, language)
    questions = np.array([ASKS * asks(unit.text) for unit in units], dtype=np.int32)
    named: dict[str, tuple[int, list[int]]] = {"": (0, [])}
    for date_ in dict.fromkeys(unit.date for unit in units if unit.date):
        day = day_of(date_)
        said = terms_in(language).of(f"{day.day} {_MONTHS[day.month - 1]} {day.year}") if day else []
        named[date_] = (day.toordinal() if day else 0, [read.words.number(word) for word in said])
    day_words = [named[unit.date][1] for unit in units]
    return Part(
        units=tuple(units),
        words=words,
        ends=ends,
        speakers=np.array([read.speakers.number(unit.speaker) for unit in units], dtype=np.int32),
        days=np.array([named[unit.date][0] for unit in units], dtype=np.int32),
        cues=cues | questions,
        day_words=np.array([word for said in day_words for word in said], dtype=np.int64),
        day_rows=np.repeat(np.arange(len(units), dtype=np.int64), [len(said) for said in day_words]),
        language=language,
    )


Number = TypeVar("Number", bound=np.generic)


def joined(chunks: Sequence[NDArray[Number]], kind: type[Number]) -> NDArray[Number]:
    """Rows of numbers as one; a single one stays itself, as large rows are not kept twice."""
    if len(chunks) == 1:
        return chunks[0]
    return np.concatenate(chunks) if chunks else np.zeros(0, dtype=kind)


def _ints(chunks: Sequence[Ints]) -> Ints:
    return joined(chunks, np.int32)


def _longs(chunks: Sequence[Longs]) -> Longs:
    return joined(chunks, np.int64)


def _firsts(numbers: Longs) -> Longs:
    """Where in a sorted row of numbers another one begins."""
    changes = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=changes[1:])
    return np.flatnonzero(changes)


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
        self._post(self._gathered(files))
        bounds = offsets.tolist()
        # The words of a part are kept as a piece of the whole, not once more.
        self.parts = {
            path: (blob, replace(part, words=self.words[first:last]))
            for (path, (blob, part)), first, last in zip(
                self.parts.items(), bounds[:-1], bounds[1:], strict=True
            )
        }

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        return type(self), (self.parts,)

    def _gathered(self, files: Sequence[Part]) -> Longs:
        """Every place of a word as one sortable number: word, row, and how near to the row it is."""
        bits = self._row_bits
        owner = np.repeat(np.arange(self.size, dtype=np.int64), self.ends - self.starts)
        words = self.words.astype(np.int64) << (bits + _NEAR_BITS)
        follows = np.zeros(self.size + 1, dtype=bool)
        follows[1:-1] = (self.files[1:] == self.files[:-1]) & self.turns[1:] & self.turns[:-1]
        after, before = follows[owner + 1], follows[owner]
        day_words = _longs([part.day_words for part in files])
        rows = [part.day_rows + first for part, first in zip(files, self.first_rows, strict=True)]
        owner <<= _NEAR_BITS
        step = 1 << _NEAR_BITS
        places = (
            words + owner,
            words[after] + owner[after] + (step + 1),
            words[before] + owner[before] + (2 - step),
            (day_words << (bits + _NEAR_BITS)) + (_longs(rows) << _NEAR_BITS) + 3,
        )
        return np.concatenate(places)

    def _post(self, keys: Longs) -> None:
        keys.sort()
        counts = np.array((OWN, BEFORE, AFTER, DAY), np.float32)[keys & ((1 << _NEAR_BITS) - 1)]
        keys >>= _NEAR_BITS
        first = _firsts(keys)
        self.counts: Floats = np.add.reduceat(counts, first) if len(first) else counts
        keys = keys[first]
        self.rows: Ints = (keys & ((1 << self._row_bits) - 1)).astype(np.int32)
        keys >>= self._row_bits
        begins = _firsts(keys)
        self.terms: Ints = keys[begins].astype(np.int32)
        self.bounds: Longs = np.append(begins, len(keys))
        self.lengths: Floats = np.bincount(self.rows, self.counts, self.size).astype(np.float32)

    @property
    def _row_bits(self) -> int:
        return self.size.bit_length()

    def postings(self, word: int) -> tuple[Ints, Floats]:
        """The rows that have a word in or around them, and what it counts there."""
        at = int(np.searchsorted(self.terms, word))
        if at >= len(self.terms) or self.terms[at] != word:
            return self.rows[:0], self.counts[:0]
        begin, end = self.bounds[at], self.bounds[at + 1]
        return self.rows[begin:end], self.counts[begin:end]
