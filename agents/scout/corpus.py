"""Everything findable at one commit, made from the corpus before it by reading only what changed."""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Self

import numpy as np

from .index import Bools, Floats, Ints, Longs, Part, Segment, Vocabulary, make_part
from .units import Load, Unit

MOST_SEGMENTS = 6
GROWTH = 0.25
"""New postings are laid out beside the old ones until they are this share of the whole."""


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
        self.alive: Bools = np.concatenate([np.zeros(0, bool), *alive])
        self.files: Ints = np.concatenate([np.zeros(0, np.int32), *files])
        self.turns: Bools = np.concatenate([np.zeros(0, bool), *(s.turns for s in self.segments)])
        self.said_by: Ints = np.concatenate([np.zeros(0, np.int32), *(s.speakers for s in self.segments)])
        self.days: Ints = np.concatenate([np.zeros(0, np.int32), *(s.days for s in self.segments)])
        self.lengths: Floats = np.concatenate([np.zeros(0, np.float32), *(s.lengths for s in self.segments)])
        self.count = int(self.alive.sum())
        self.mean_length = float(self.lengths[self.alive].sum(dtype=np.float64)) / max(self.count, 1)

    def with_blobs(self, blobs: Mapping[str, str], load: Load) -> Self:
        """The corpus of another commit, as path to blob id; only files not known yet are loaded."""
        known = {(path, blob): part for path, blob, part in self._parts()}
        kept: dict[str, tuple[str, Part]] = {}
        fresh: dict[str, tuple[str, Part]] = {}
        for path in sorted(blobs):
            blob = blobs[path]
            if (path, blob) in known:
                kept[path] = (blob, known[path, blob])
            else:
                fresh[path] = (blob, make_part(load(blob, path), self.words, self.speakers))
        if not fresh and self.blobs == dict(blobs):
            return self
        return type(self)(self._segments(kept, fresh), blobs, self.words, self.speakers)

    def _parts(self) -> Iterator[tuple[str, str, Part]]:
        for segment in self.segments:
            for path, (blob, part) in segment.parts.items():
                if self.blobs.get(path) == blob:
                    yield path, blob, part

    def _segments(
        self, kept: Mapping[str, tuple[str, Part]], fresh: Mapping[str, tuple[str, Part]]
    ) -> tuple[Segment, ...]:
        grown = sum(len(part.words) for _, part in fresh.values())
        whole = sum(len(part.words) for _, part in kept.values())
        laid_out = sum(len(segment.words) for segment in self.segments)
        small = len(self.segments) < MOST_SEGMENTS and whole >= (1 - GROWTH) * laid_out
        if small and grown <= GROWTH * whole:
            return (*self.segments, Segment(fresh)) if fresh else self.segments
        return (Segment(dict(sorted({**kept, **fresh}.items()))),)

    def unit(self, row: int) -> Unit:
        """The unit of a row."""
        segment, base = self._home(row)
        return segment.units[row - base]

    def own_words(self, row: int) -> Ints:
        """The words of a row's unit, in order, as numbers."""
        segment, base = self._home(row)
        return segment.words[segment.starts[row - base] : segment.ends[row - base]]

    def _home(self, row: int) -> tuple[Segment, int]:
        for segment, base in zip(reversed(self.segments), reversed(self.bases[:-1]), strict=True):
            if row >= base:
                return segment, base
        raise IndexError(row)

    def postings(self, word: int) -> tuple[Longs, Floats]:
        """The live rows that have a word in or around them, and what it counts there."""
        found = [segment.postings(word) for segment in self.segments]
        rows = np.concatenate(
            [np.zeros(0, np.int64), *(r + base for (r, _), base in zip(found, self.bases, strict=False))]
        )
        counts = np.concatenate([np.zeros(0, np.float32), *(counts for _, counts in found)])
        live = self.alive[rows]
        return rows[live], counts[live]
