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

WEIGHTS = {
    "asked": 4.56,
    "others": -3.07,
    "share": 2.0,
    "share_rare": 6.68,
    "share_dense": -6.55,
    "best": 0.48,
    "one": -2.61,
}
"""What each sign weighs; learnt on answerable questions and on questions about the wrong person."""
BIAS = -1.68

Scores = NDArray[np.float32] | NDArray[np.float64]


def _share(scores: Scores, asked: Bools) -> float:
    """The share of the best matches that the people asked about have said."""
    say = np.exp(SHARPNESS * (scores - scores.max()))
    return float(say[asked].sum() / say.sum())


def _best(scores: Scores, most: int = 3) -> float:
    return float(np.sort(scores)[::-1][:most].sum() / most)


def signs(corpus: Corpus, rows: Longs, question: Question, asked: Asked, best: float) -> dict[str, float]:
    """What tells whether the people asked about said it: most of it, and more of it than others."""
    names = [corpus.speakers.word(number).lower() for number in range(corpus.speakers.size)]
    named = named_speakers(corpus, question)
    said_by = corpus.said_by[rows]
    theirs = np.isin(said_by, [number for person in named for number in person])
    if not named:
        theirs = said_by != (names.index("assistant") if "assistant" in names else -1)
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
    full = (np.maximum(held, said_before) @ worths) / np.float32(whole) + np.float32(STAND_IN) * others
    return {
        "asked": _best(full[theirs]),
        "others": _best(full[~theirs]),
        "share": _share(full, theirs),
        "share_rare": _share((held @ rare) / np.float32(rare_whole), theirs),
        "share_dense": _share((np.minimum(counts[:, :known], MOST) @ rare) / np.float32(rare_whole), theirs),
        "best": best,
        "one": float(len(named) == 1),
    }


def confidence(seen: dict[str, float]) -> float:
    """The signs as one number from 0 to 1."""
    value = BIAS + sum(weight * seen[name] for name, weight in WEIGHTS.items())
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))
