"""How well each unit of a corpus answers a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .corpus import Corpus
from .features import MISSING, Asked, features, named_speakers, surroundings, weights
from .index import Floats, Longs
from .question import Question
from .words import terms_in

SATURATION, LENGTH = 1.5, 0.75
STAND_IN = 0.15
"""What a word counts in the first look that may stand for one asked for."""
SPEAKER, USER = 1.7, 1.5
"""How much more a turn of the one person named, or of a user, is worth in the first look."""
CANDIDATES, CENTRES, BESIDE = 200, 50, 2
"""How many units are looked at closely, and around how many of them how many neighbours too."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Rows worth showing, best first."""

    rows: Longs
    scores: Floats
    best: float = 0.0
    """What speaks for the first one, on a scale of its own that is the same for all questions."""


class Ranking:
    """The look at one corpus for one question."""

    def __init__(self, corpus: Corpus, question: Question) -> None:
        self.corpus = corpus
        self.question = question
        relative = corpus.lengths / np.float32(max(corpus.mean_length, 1e-9))
        self.norm: Floats = (SATURATION * (1 - LENGTH + LENGTH * relative)).astype(np.float32)
        # What is filed repeats what turns said; a word is as rare as it is among the turns.
        turns = int((corpus.alive & corpus.turns).sum())
        self._among = corpus.turns if turns else corpus.alive
        self._count = turns or corpus.count
        self.most = float(np.log(1 + (self._count + 0.5) / 1.5))
        self._idf: dict[int, float] = {}

    def idf(self, word: int) -> float:
        """How telling a word is."""
        if word not in self._idf:
            count = int(np.count_nonzero(self._among[self.corpus.postings(word)[0]]))
            self._idf[word] = float(np.log(1 + (self._count - count + 0.5) / (count + 0.5)))
        return self._idf[word]

    def asked(self) -> Asked:
        """The question's words as this memory has them."""
        number = self.corpus.words.known
        worth = {term: self.worth(term) for term in self.question.words}
        whole = sum(worth.values()) or 1.0
        have = [term for term in worth if self._here(term)]
        alike: list[tuple[int, tuple[tuple[int, float], ...]]] = []
        beyond: list[tuple[float, tuple[tuple[int, float], ...]]] = []
        for term, others in self.question.alike.items():
            known = [(found, self.idf(found)) for other in others if (found := number(other)) is not None]
            parts = tuple((found, min(1.0, idf / worth[term])) for found, idf in known if worth[term])
            if term in have:
                alike.append((have.index(term), parts))
            elif parts:
                beyond.append((worth[term] / whole, parts))
        return Asked(
            words=tuple(found for term in have if (found := number(term)) is not None),
            worths=np.array([worth[term] / whole for term in have], dtype=np.float32),
            alike=tuple(alike),
            beyond=tuple(beyond),
            rarest=np.array([worth[term] / self.most for term in have], dtype=np.float32),
            pairs=self._pairs(have),
        )

    def _pairs(self, have: Sequence[str]) -> tuple[tuple[int, int], ...]:
        """The places of asked words that follow one another in the question, others left out."""
        place = {term: at for at, term in enumerate(have)}
        said = terms_in(self.question.language).of(self.question.text)
        order = [place[term] for term in said if term in place]
        return tuple(dict.fromkeys((a, b) for a, b in pairwise(order) if a != b))

    def _here(self, term: str) -> bool:
        found = self.corpus.words.known(term)
        return found is not None and len(self.corpus.postings(found)[0]) > 0

    def worth(self, term: str) -> float:
        """How telling a term is, whether or not this memory has it."""
        found = self.corpus.words.known(term)
        return self.idf(found) if found is not None and self._here(term) else self.most * MISSING

    def lexical(self, words: dict[int, float]) -> Floats:
        """BM25 over the weighted words of units and their surroundings."""
        scores = np.zeros(self.corpus.size, dtype=np.float32)
        for word, weight in words.items():
            rows, counts = self.corpus.postings(word)
            worth = np.float32(weight * self.idf(word) * (SATURATION + 1))
            scores[rows] += worth * counts / (counts + self.norm[rows])
        return scores

    def rank(self) -> Ranked:
        """The best rows, best first."""
        asked = self.asked()
        first = dict.fromkeys(asked.words, 1.0)
        for _, others in (*asked.alike, *asked.beyond):
            for word, _ in others:
                first.setdefault(word, STAND_IN)
        base = self.lexical(first)
        self._favour_speakers(base)
        rows = self.best(base, CANDIDATES)
        if not len(rows):
            return Ranked(rows, base[rows])
        rows = self._with_neighbours(rows)
        values = features(self.corpus, rows, self.question, asked, base) @ weights(self.corpus)
        order = np.lexsort((self.corpus.order[rows], -values))
        return Ranked(rows[order], np.exp(values[order] - values.max()), float(values.max()))

    def best(self, scores: Floats, most: int) -> Longs:
        """The rows of the highest scores above zero, best first."""
        rows = np.flatnonzero(scores > 0)
        if len(rows) > most:
            least = np.partition(scores[rows], -most)[-most]
            rows = rows[scores[rows] >= least]
        # Equal scores go by path, so that how a corpus came about never shows.
        return rows[np.lexsort((self.corpus.order[rows], -scores[rows]))][:most]

    def _with_neighbours(self, rows: Longs) -> Longs:
        near = surroundings(self.corpus, rows[:CENTRES], BESIDE)
        near = np.unique(near[near >= 0])
        return np.concatenate((rows, near[~np.isin(near, rows)]))

    def _favour_speakers(self, scores: Floats) -> None:
        speakers = self.corpus.speakers
        names = [speakers.word(number).lower() for number in range(speakers.size)]
        factor = np.ones(len(names), dtype=np.float32)
        named = named_speakers(self.corpus, self.question)
        if len(named) == 1:
            factor[named[0]] = SPEAKER
        if "assistant" in names:
            factor[[number for number, name in enumerate(names) if name and name != "assistant"]] *= USER
        scores *= factor[self.corpus.said_by]
