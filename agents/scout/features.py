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
WINDOW = 45
"""Terms that stand together in a long text: about as many as are shown of it."""
PAIR, PAIR_HITS = 3, 5
"""How near to one another two words must stand that are neighbours in the question, and hits between."""
MISSING = 0.7
"""What a word that no unit has is worth, beside the rarest word there is."""

WEIGHTS = {
    "held": (1.86, 2.54),
    "rarest": (1.61, 1.73),
    "alike": (1.51, 1.74),
    "around": (2.16, 0.95),
    "alike_around": (2.09, 1.06),
    "window": (0.84, 1.02),
    "alike_window": (0.31, 0.22),
    "pairs": (0.67, 1.97),
    "beside": (1.53, 0.27),
    "session": (1.7, 1.51),
    "speaker": (1.34, 0.0),
    "other": (-1.5, 0.0),
    "own_voice": (1.11, 0.36),
    "user": (0.0, 1.02),
    "assistant": (0.0, -1.02),
    "asked_assistant": (0.0, 2.44),
    "opening": (0.67, 1.08),
    "answers": (0.57, -0.05),
    "asks": (-0.16, -0.39),
    "length": (0.11, -0.72),
    "time": (2.27, 1.38),
    "tells_time": (1.9, 0.86),
    "counts": (1.31, 1.06),
}
"""What each sign of an answer weighs: in what people say to each other, and to an assistant.

Learnt on conversations, told apart by conversation.
"""
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
    pairs: tuple[tuple[int, int], ...] = ()
    """Places in `words` of those that are neighbours in the question."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Where wanted words stand: the line of a table, the place in all its texts, and which word."""

    lines: Longs
    places: Longs
    words: Longs

    def of(self, words: Longs) -> "Hits":
        """Those of some of the words, now numbered by their place among these."""
        number = np.full(max(int(self.words.max(initial=0)), int(words.max(initial=0))) + 1, -1)
        number[words] = np.arange(len(words))
        known = number[self.words]
        return Hits(self.lines[known >= 0], self.places[known >= 0], known[known >= 0])

    def densest(self, worths: Floats, lines: int) -> Floats:
        """For each line of the table, what the words of its best window are worth, each counted once."""
        found = np.zeros(lines, dtype=np.float32)
        same = self.lines * len(worths) + self.words
        order = np.argsort(same, kind="stable")
        again = np.flatnonzero(same[order][1:] == same[order][:-1])
        last = np.full(len(same), -1)
        last[order[again + 1]] = self.places[order[again]]
        whole = worths[self.words]
        for step in range(1, min(WINDOW, len(same))):
            near = self.lines[step:] == self.lines[:-step]
            near &= self.places[step:] - self.places[:-step] < WINDOW
            if not near.any():
                break
            whole[:-step] += worths[self.words[step:]] * (near & (last[step:] < self.places[:-step]))
        np.maximum.at(found, self.lines, whole)
        return found

    def together(self, pairs: Sequence[tuple[int, int]], worths: Floats, lines: int) -> Floats:
        """For each line of the table, what the pairs are worth whose words stand near each other."""
        found = np.zeros(lines, dtype=np.float32)
        count = len(worths)
        wanted = np.zeros((count, count), dtype=bool)
        for one, other in pairs:
            wanted[one, other] = wanted[other, one] = True
        keys: list[Longs] = []
        for step in range(1, min(PAIR_HITS + 1, len(self.words))):
            one, other = self.words[:-step], self.words[step:]
            near = (self.lines[step:] == self.lines[:-step]) & wanted[one, other]
            near &= self.places[step:] - self.places[:-step] <= PAIR
            pair = np.minimum(one, other) * count + np.maximum(one, other)
            keys.append((self.lines[:-step] * count * count + pair)[near])
        each = np.unique(np.concatenate(keys)) if keys else np.zeros(0, dtype=np.int64)
        line, pair = np.divmod(each, count * count)
        np.add.at(found, line, worths[pair // count] + worths[pair % count])
        return found


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
        self.hits = Hits(owner[hit], np.flatnonzero(hit), order[at[hit]])
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


def _stand_in_worths(asked: Asked) -> dict[int, float]:
    """The words that may stand for those asked for, each with what it is worth at the most."""
    worths: dict[int, float] = {}
    places = ((float(asked.worths[at]), others) for at, others in asked.alike)
    for share, others in (*places, *asked.beyond):
        for word, part in others:
            worths[word] = max(worths.get(word, 0.0), share * part)
    return worths


def _words_features(corpus: Corpus, rows: Longs, asked: Asked) -> dict[str, Floats]:
    extra = _stand_in_worths(asked)
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
    lines = len(table.counts)
    hits = table.hits.of(np.arange(count))
    others = table.hits.of(np.array([slots[word] for word in extra], dtype=np.int64))
    worths = np.array(list(extra.values()), dtype=np.float32)
    here = table.at(rows)
    return {
        "window": hits.densest(asked.worths, lines)[here],
        "alike_window": others.densest(worths, lines)[here],
        "pairs": hits.together(asked.pairs, asked.worths, lines)[here],
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


def features(corpus: Corpus, rows: Longs, question: Question, asked: Asked, base: Floats) -> Floats:
    """One row of numbers per candidate, in the order of `NAMES`; `base` is the first look at all rows."""
    top = max(float(base[rows].max(initial=0)), 1e-9)
    near = surroundings(corpus, rows, 1)
    beside = np.where(near >= 0, base[near], 0).max(axis=1, initial=0)
    best = np.zeros(corpus.file_count, dtype=np.float32)
    np.maximum.at(best, corpus.files[rows], base[rows])
    columns = {
        **_words_features(corpus, rows, asked),
        **_voice_features(corpus, rows, question),
        **_cue_features(corpus, rows, question),
        "beside": beside / top,
        "session": best[corpus.files[rows]] / top,
    }
    return np.stack([columns[name].astype(np.float32) for name in NAMES], axis=1)


def weights(corpus: Corpus) -> Floats:
    """What the signs weigh in this corpus, in the order of `NAMES`."""
    people, assistant = np.array(list(WEIGHTS.values()), dtype=np.float32).T
    return people + (assistant - people) * np.float32(corpus.assisted)
