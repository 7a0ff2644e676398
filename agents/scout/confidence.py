"""How sure a recall is that the answer is in what it found."""

import numpy as np
from numpy.typing import NDArray

from .corpus import Corpus
from .features import Asked, Table, named_speakers, stand_ins, surroundings
from .index import Bools, Longs
from .question import Question
from .words import terms_in

BEFORE = 0.5
"""What a word of the question counts that was said just before a turn, rather than in it."""
STAND_IN = 0.3
MOST = np.float32(1.5)
SHARPNESS = 8.0
"""How fast a unit that holds less of the question than the best one loses its say."""

SEEN = 10
"""Of how many of the best units the words count together."""

WEIGHTS = {
    "asked": 5.74,
    "others": -3.75,
    "share": 1.96,
    "share_rare": 6.65,
    "share_dense": -6.4,
    "best": 0.15,
}
BIAS = -2.69
"""What each sign weighs for a question about one of the speakers: whether they are the one who said it.

Learnt on answerable questions and on questions about the wrong person.
"""
COVERED, UNCOVERED = 4.0, -1.0
"""For any other question, what it weighs how much of it the best units hold, and that they hold none."""

Scores = NDArray[np.float32] | NDArray[np.float64]


def _share(scores: Scores, asked: Bools) -> float:
    """The share of the best matches that the people asked about have said."""
    say = np.exp(SHARPNESS * (scores - scores.max()))
    return float(say[asked].sum() / say.sum())


def _best(scores: Scores, most: int = 3) -> float:
    return float(np.sort(scores)[::-1][:most].sum() / most)


def signs(corpus: Corpus, rows: Longs, question: Question, asked: Asked, best: float) -> dict[str, float]:
    """What tells whether it was said at all, and whether by the one person asked about."""
    # What is filed was said in turns: it tells nothing of who said it, and would count twice.
    if corpus.turns[rows].any():
        rows = rows[corpus.turns[rows]]
    names = [corpus.speakers.word(number).lower() for number in range(corpus.speakers.size)]
    named = named_speakers(corpus, question)
    said_by = corpus.said_by[rows]
    theirs = np.isin(said_by, [number for person in named for number in person])
    people = {term for name in names for term in terms_in(question.language).of(name)}
    keep = np.array([corpus.words.word(word) not in people for word in asked.words], dtype=bool)
    worths = asked.worths * keep
    missing = max(0.0, 1.0 - float(asked.worths.sum()))
    extra = [word for _, others in (*asked.alike, *asked.beyond) for word, _ in others]
    words = list(dict.fromkeys((*asked.words, *extra)))
    before = surroundings(corpus, rows, 1)[:, 0]
    table = Table(corpus, np.concatenate((rows, before[before >= 0])), words)
    counts = table.counts[table.at(rows)]
    known = len(asked.words)
    held = (counts[:, :known] > 0).astype(np.float32)
    said_before = (table.counts[table.at(before)][:, :known] > 0) * np.float32(BEFORE)
    others = stand_ins(
        (counts > 0).astype(np.float32), asked, {word: slot for slot, word in enumerate(words)}
    )
    whole = float(worths.sum()) + missing or 1.0
    rare, rare_whole = worths**2, float((worths**2).sum()) + missing**2 or 1.0
    covered = float(held[:SEEN].max(axis=0, initial=0) @ asked.worths) + STAND_IN * float(
        others[:SEEN].max(initial=0)
    )
    if len(named) != 1:
        return {"covered": min(covered, 1.0)}
    full = (np.maximum(held, said_before) @ worths) / np.float32(whole) + np.float32(STAND_IN) * others
    return {
        "asked": _best(full[theirs]),
        "others": _best(full[~theirs]),
        "share": _share(full, theirs),
        "share_rare": _share((held @ rare) / np.float32(rare_whole), theirs),
        "share_dense": _share((np.minimum(counts[:, :known], MOST) @ rare) / np.float32(rare_whole), theirs),
        "best": best,
    }


def confidence(seen: dict[str, float]) -> float:
    """The signs as one number from 0 to 1."""
    if "covered" in seen:
        value = UNCOVERED + COVERED * seen["covered"]
    else:
        value = BIAS + sum(weight * seen[name] for name, weight in WEIGHTS.items())
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))
