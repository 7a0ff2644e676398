"""Everything findable at one commit, made from the corpus before it by reading only what changed."""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Self

import numpy as np

from .index import Bools, Floats, Ints, Longs, Numbers, Part, Segment, Vocabulary, joined, make_part
from .units import Load, Unit

MOST_SEGMENTS = 6
GROWTH = 0.25
"""New postings are laid out beside the old ones until they are this share of the whole."""
_FILE, _UNIT, _TERM, _POSTING, _WORD = 1200, 480, 20, 8, 120
"""The bytes that each takes, by measure: texts are counted with their terms."""


def _joined(live: Iterable[Mapping[tuple[str, str], Part]], fresh: Mapping[str, tuple[str, Part]]) -> Segment:
    kept = {path: (blob, part) for parts in live for (path, blob), part in parts.items()}
    return Segment(dict(sorted({**kept, **fresh}.items())))


class Corpus:
    """The units of one commit as rows; a value, though corpora made from one another share what they can."""

    def __init__(
        self,
        segments: tuple[Segment, ...] = (),
        blobs: Mapping[str, str] | None = None,
        words: Vocabulary | None = None,
        speakers: Vocabulary | None = None,
    ) -> None:
        self.segments = segments
        self.blobs = dict(blobs or {})
        self.words = words or Vocabulary()
        self.speakers = speakers or Vocabulary()
        self.bases = [0, *accumulate(segment.size for segment in segments)]
        self.size = self.bases[-1]
        self._lay_out()

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        # What is laid out is made anew, which takes less time than to write and read it.
        return type(self), (self.segments, self.blobs, self.words, self.speakers)

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        postings = sum(len(segment.rows) for segment in self.segments)
        return (
            _FILE * self.file_count
            + _UNIT * self.size
            + _TERM * len(self.text)
            + _POSTING * postings
            + _WORD * self.words.size
        )

    def _lay_out(self) -> None:
        alive: list[Bools] = []
        files: list[Ints] = []
        self.file_count = 0
        self.languages: set[str] = set()
        for segment in self.segments:
            keeps = [self.blobs.get(path) == blob for path, (blob, _) in segment.parts.items()]
            alive.append(np.array(keeps, dtype=bool)[segment.files])
            files.append(segment.files + np.int32(self.file_count))
            self.file_count += len(keeps)
            self.languages |= {
                part.language for (_, part), keep in zip(segment.parts.values(), keeps, strict=True) if keep
            }
        paths = [path for segment in self.segments for path in segment.parts]
        place = np.empty(len(paths), dtype=np.int64)
        place[sorted(range(len(paths)), key=paths.__getitem__)] = np.arange(len(paths))
        self.alive: Bools = joined(alive, np.bool_)
        self.files: Ints = joined(files, np.int32)
        rows = np.arange(self.size, dtype=np.int64)
        self.order: Longs = place[self.files] * (self.size + 1) + rows if self.size else rows
        self.turns: Bools = joined([s.turns for s in self.segments], np.bool_)
        self.said_by: Ints = joined([s.speakers for s in self.segments], np.int32)
        self.days: Ints = joined([s.days for s in self.segments], np.int32)
        self.cues: Ints = joined([s.cues for s in self.segments], np.int32)
        offsets = np.cumsum([0, *(len(segment.words) for segment in self.segments)])
        starts = [s.starts + offset for s, offset in zip(self.segments, offsets, strict=False)]
        ends = [s.ends + offset for s, offset in zip(self.segments, offsets, strict=False)]
        self.starts: Longs = joined(starts, np.int64)
        self.ends: Longs = joined(ends, np.int64)
        self.text: Ints = joined([s.words for s in self.segments], np.int32)
        self.lengths: Floats = joined([s.lengths for s in self.segments], np.float32)
        self.count = int(self.alive.sum())
        self.mean_words = max(int((self.ends - self.starts)[self.alive].sum()) / max(self.count, 1), 1.0)
        self.assisted = self._assisted()
        self.mean_length = float(self.lengths[self.alive].sum(dtype=np.float64)) / max(self.count, 1)

    def _assisted(self) -> float:
        """The share of the turns that are of talk with an assistant."""
        names = [self.speakers.word(number).lower() for number in range(self.speakers.size)]
        assistants = [number for number, name in enumerate(names) if name == "assistant"]
        with_one = np.zeros(self.file_count, dtype=bool)
        with_one[self.files[np.isin(self.said_by, assistants) & self.turns]] = True
        turns = self.alive & self.turns
        return float(with_one[self.files[turns]].mean()) if turns.any() else 0.0

    def with_blobs(self, blobs: Mapping[str, str], load: Load) -> Self:
        """The corpus of another commit, as path to blob id; only files not known yet are loaded."""
        # What no longer counts is known all the same: it may count again at another commit.
        known = {(path, blob) for segment in self.segments for path, (blob, _) in segment.parts.items()}
        numbers = Numbers(self.words, self.speakers)
        fresh = {
            path: (blob, make_part(load(blob, path), numbers))
            for path, blob in sorted(blobs.items())
            if (path, blob) not in known
        }
        if not fresh and self.blobs == dict(blobs):
            return self
        return type(self)(self._segments(blobs, fresh), blobs, self.words, self.speakers)

    def _live(self, segment: Segment, blobs: Mapping[str, str]) -> dict[tuple[str, str], Part]:
        parts = segment.parts.items()
        return {(path, blob): part for path, (blob, part) in parts if blobs.get(path) == blob}

    def _segments(
        self, blobs: Mapping[str, str], fresh: Mapping[str, tuple[str, Part]]
    ) -> tuple[Segment, ...]:
        """The old segments and a new one, or fewer when they have become many or stale."""
        grown = sum(len(part.words) for _, part in fresh.values())
        live = [self._live(segment, blobs) for segment in self.segments]
        whole = sum(len(part.words) for parts in live for part in parts.values())
        laid_out = sum(len(segment.words) for segment in self.segments)
        beside = sum(len(segment.words) for segment in self.segments[1:])
        if not self.segments or whole < (1 - GROWTH) * laid_out or grown + beside > GROWTH * whole:
            return (_joined(live, fresh),)
        if len(self.segments) >= MOST_SEGMENTS:
            return (self.segments[0], _joined(live[1:], fresh))
        return (*self.segments, _joined((), fresh)) if fresh else self.segments

    def unit(self, row: int) -> Unit:
        """The unit of a row."""
        segment, base = self._home(row)
        return segment.units[row - base]

    def own_words(self, row: int) -> Ints:
        """The words of a row's unit, in order, as numbers."""
        return self.text[self.starts[row] : self.ends[row]]

    def turn(self, mark: tuple[str, int]) -> int | None:
        """The row of the turn that a mark names, if it is here."""
        for segment, base in zip(self.segments, self.bases, strict=False):
            row = segment.marked.get(mark)
            if row is not None and self.alive[base + row]:
                return base + row
        return None

    def _home(self, row: int) -> tuple[Segment, int]:
        for segment, base in zip(reversed(self.segments), reversed(self.bases[:-1]), strict=True):
            if row >= base:
                return segment, base
        raise IndexError(row)

    def postings(self, word: int) -> tuple[Longs, Floats]:
        """The live rows that have a word in or around them, and what it counts there."""
        found = [segment.postings(word) for segment in self.segments]
        placed = [rows.astype(np.int64) + base for (rows, _), base in zip(found, self.bases, strict=False)]
        rows = np.concatenate([np.zeros(0, np.int64), *placed])
        counts = np.concatenate([np.zeros(0, np.float32), *(counts for _, counts in found)])
        live = self.alive[rows]
        return rows[live], counts[live]
