"""What speaks for a unit as an answer: a row of numbers for each candidate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .corpus import Corpus
from .cues import ASKS, COUNTS, OWN, TIMES
from .index import Floats, Ints, Longs
from .question import Question

REACH = 3
"""Turns before and after that count as surroundings."""
SATURATION, LENGTH = 1.2, 0.75
MISSING = 0.7
"""What a word that no unit has is worth, beside the rarest word there is."""

WEIGHTS = {
    "held": 3.23,
    "rarest": 1.43,
    "alike": 1.41,
    "around": 1.88,
    "alike_around": 1.63,
    "match": 0.28,
    "beside": 0.49,
    "session": 1.08,
    "echo": 0.25,
    "speaker": 1.03,
    "other": -1.24,
    "own_voice": 0.95,
    "user": 1.25,
    "assistant": -1.61,
    "asked_assistant": 2.36,
    "opening": 0.96,
    "answers": 0.51,
    "asks": -0.32,
    "length": -0.27,
    "time": 2.1,
    "tells_time": 1.7,
    "counts": 1.04,
}
"""What each sign of an answer weighs; learnt on conversations, told apart by conversation."""
NAMES = tuple(WEIGHTS)


@dataclass(frozen=True, slots=True)
class Asked:
    """The question's words as this memory has them."""

    words: tuple[int, ...]
    worths: Floats
    """How telling each word is, as a share of the whole question."""
    alike: tuple[tuple[int, tuple[tuple[int, float], ...]], ...]
    """Words that may stand for the word at a place in `words`, each with its share of that word's worth."""
    beyond: tuple[tuple[float, tuple[tuple[int, float], ...]], ...]
    """The same for words no unit has, with their worth."""
    rarest: Floats
    """How telling each word is beside the rarest there could be."""


class Table:
    """How much each wanted word counts in each row by itself; in a long text, less."""

    def __init__(self, corpus: Corpus, rows: Longs, words: Sequence[int]) -> None:
        self.rows = np.unique(rows)
        starts, sizes = corpus.starts[self.rows], corpus.ends[self.rows] - corpus.starts[self.rows]
        owner = np.repeat(np.arange(len(self.rows)), sizes)
        flat = corpus.text[np.arange(len(owner)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)]
        wanted = np.array(words, dtype=np.int64)
        order = np.argsort(wanted, kind="stable")
        at = np.searchsorted(wanted[order], flat).clip(max=len(words) - 1)
        hit = wanted[order][at] == flat
        cells = len(self.rows) * len(words)
        counts = np.bincount(owner[hit] * len(words) + order[at[hit]], minlength=cells)
        counts = counts.reshape(len(self.rows), len(words)).astype(np.float32)
        norm = (SATURATION * (1 - LENGTH + LENGTH * sizes / corpus.mean_words)).astype(np.float32)
        full = counts * np.float32(1 + SATURATION) / (counts + norm[:, None])
        last = np.zeros((1, len(words)), np.float32)
        self.counts: Floats = np.concatenate((full, last)).astype(np.float32)
        self.sizes: Ints = sizes.astype(np.int32)

    def at(self, rows: Longs) -> Longs:
        """Where rows stand in `counts`; its last line for rows that are not there."""
        place = np.searchsorted(self.rows, rows).clip(max=len(self.rows) - 1)
        return np.where(self.rows[place] == rows, place, len(self.rows))


def stand_ins(counts: Floats, asked: Asked, slots: dict[int, int]) -> Floats:
    """How much the stand-ins for words that are not there are worth, in each line of a table."""
    worth = np.zeros(len(counts), dtype=np.float32)
    places = [(float(asked.worths[at]), counts[:, at] <= 0, others) for at, others in asked.alike]
    always = np.ones(len(counts), dtype=bool)
    for share, free, others in (*places, *((share, always, others) for share, others in asked.beyond)):
        best = np.zeros(len(counts), dtype=np.float32)
        for word, part in others:
            np.maximum(best, counts[:, slots[word]] * np.float32(part), out=best)
        worth += share * best * free
    return worth


def surroundings(corpus: Corpus, rows: Longs, reach: int) -> Longs:
    """The rows around each row in the same conversation, a column an offset, -1 where there is none."""
    offsets = np.array([step for step in range(-reach, reach + 1) if step], dtype=np.int64)
    near = rows[:, None] + offsets[None, :]
    inside = (near >= 0) & (near < corpus.size)
    safe = near.clip(0, max(corpus.size - 1, 0))
    same = (
        (corpus.files[safe] == corpus.files[rows][:, None]) & corpus.turns[safe] & corpus.turns[rows][:, None]
    )
    return np.where(inside & same, near, -1)


def _words_features(corpus: Corpus, rows: Longs, asked: Asked) -> dict[str, Floats]:
    extra = [word for _, others in (*asked.alike, *asked.beyond) for word, _ in others]
    words = list(dict.fromkeys((*asked.words, *extra)))
    slots = {word: slot for slot, word in enumerate(words)}
    near = surroundings(corpus, rows, REACH)
    table = Table(corpus, np.concatenate((rows, near[near >= 0])), words)
    places = table.at(near)
    own = table.counts[table.at(rows)]
    around = own.copy()
    for column in range(near.shape[1]):
        np.maximum(around, table.counts[places[:, column]], out=around)
    count = len(asked.words)
    held = own[:, :count] > 0
    return {
        "alike": stand_ins(own, asked, slots),
        "held": np.minimum(held.sum(axis=1), 5) / np.float32(5),
        "rarest": (held * asked.rarest).max(axis=1, initial=0),
        "around": around[:, :count] @ asked.worths,
        "alike_around": stand_ins(around, asked, slots),
        "length": np.log(table.sizes[table.at(rows)] + np.float32(1)),
    }


def named_speakers(corpus: Corpus, question: Question) -> list[list[int]]:
    """The speakers whom a question names: for each person the numbers of their names."""
    names = [corpus.speakers.word(number).lower() for number in range(corpus.speakers.size)]
    found = [
        [number for number, name in enumerate(names) if name and name in person] for person in question.who
    ]
    return [person for person in found if person]


def _voice_features(corpus: Corpus, rows: Longs, question: Question) -> dict[str, Floats]:
    said_by = corpus.said_by[rows]
    names = [corpus.speakers.word(number).lower() for number in range(corpus.speakers.size)]
    named = named_speakers(corpus, question)
    zero = np.zeros(len(rows), dtype=np.float32)
    assistant = (said_by == names.index("assistant")) if "assistant" in names else zero
    user = (said_by == names.index("user")) if "user" in names else zero
    return {
        "speaker": np.isin(said_by, named[0]) + zero if len(named) == 1 else zero,
        "other": (~np.isin(said_by, named[0]) & corpus.turns[rows]) + zero if len(named) == 1 else zero,
        "user": user + zero,
        "assistant": assistant + zero,
        "asked_assistant": assistant * np.float32(question.to_assistant),
    }


def _cue_features(corpus: Corpus, rows: Longs, question: Question) -> dict[str, Floats]:
    seen = corpus.cues[rows]
    before = rows - 1
    inside = (before >= 0) & corpus.turns[rows] & (corpus.files[before] == corpus.files[rows])
    answers = inside & (corpus.cues[before] & ASKS > 0) & (corpus.said_by[before] != corpus.said_by[rows])
    days = corpus.days[rows]
    within = np.zeros(len(rows), dtype=bool)
    for span in question.spans:
        within |= (days >= span.first.toordinal()) & (days <= span.last.toordinal())
    zero = np.zeros(len(rows), dtype=np.float32)
    return {
        "opening": (~inside & corpus.turns[rows]) + zero,
        "own_voice": (seen & OWN > 0) + zero,
        "asks": (seen & ASKS > 0) + zero,
        "answers": answers + zero,
        "time": within + zero,
        "tells_time": (seen & TIMES > 0) * np.float32(question.times),
        "counts": (seen & COUNTS > 0) * np.float32(question.counts),
    }


@dataclass(frozen=True, slots=True)
class Signals:
    """What the first look at the whole corpus found."""

    base: Floats
    echo: Floats


def features(corpus: Corpus, rows: Longs, question: Question, asked: Asked, signals: Signals) -> Floats:
    """One row of numbers per candidate, in the order of `NAMES`."""
    base = signals.base
    top = max(float(base[rows].max(initial=0)), 1e-9)
    near = surroundings(corpus, rows, 1)
    beside = np.where(near >= 0, base[near], 0).max(axis=1, initial=0)
    best = np.zeros(corpus.file_count, dtype=np.float32)
    np.maximum.at(best, corpus.files[rows], base[rows])
    columns = {
        **_words_features(corpus, rows, asked),
        **_voice_features(corpus, rows, question),
        **_cue_features(corpus, rows, question),
        "match": np.log(base[rows] / top + np.float32(0.05)),
        "beside": beside / top,
        "session": best[corpus.files[rows]] / top,
        "echo": np.log(signals.echo[rows] / max(float(signals.echo.max(initial=0)), 1e-9) + np.float32(0.02)),
    }
    return np.stack([columns[name].astype(np.float32) for name in NAMES], axis=1)
