"""How well each unit of a corpus answers a question."""

from dataclasses import dataclass

import numpy as np

from .corpus import Corpus
from .index import Floats, Longs
from .question import Question


@dataclass(frozen=True, slots=True)
class Weights:
    """The few numbers of the ranking."""

    saturation: float = 1.5
    length: float = 0.75
    group: float = 0.3
    speaker: float = 1.7
    user: float = 1.5
    feedback: float = 0.3
    feedback_units: int = 10
    feedback_words: int = 20
    session: float = 0.15
    pair: float = 0.5
    time: float = 1.5
    candidates: int = 600


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Scored:
    """Rows worth showing, best first."""

    rows: Longs
    scores: Floats


class Scorer:
    """The scores of one corpus for one question."""

    def __init__(self, corpus: Corpus, question: Question, weights: Weights = WEIGHTS) -> None:
        self.corpus = corpus
        self.question = question
        self.weights = weights
        relative = corpus.lengths / np.float32(max(corpus.mean_length, 1e-9))
        self.norm: Floats = (
            weights.saturation * (1 - weights.length + weights.length * relative)
        ).astype(np.float32)

    def idf(self, rows: Longs) -> float:
        """How telling a word is that these rows have."""
        return float(np.log(1 + (self.corpus.count - len(rows) + 0.5) / (len(rows) + 0.5)))

    def lexical(self, words: dict[int, float]) -> Floats:
        """BM25 over the weighted words of units and their surroundings."""
        scores = np.zeros(self.corpus.size, dtype=np.float32)
        for word, weight in words.items():
            rows, counts = self.corpus.postings(word)
            if len(rows):
                worth = np.float32(weight * self.idf(rows) * (self.weights.saturation + 1))
                scores[rows] += worth * counts / (counts + self.norm[rows])
        return scores

    def known(self) -> dict[int, float]:
        """The question's words that this memory has."""
        number = self.corpus.words.known
        found = ((number(word), weight) for word, weight in self.question.words.items())
        return {word: weight for word, weight in found if word is not None}

    def rank(self) -> Scored:
        """The best rows, best first."""
        asked = self.known()
        scores = self.lexical(asked)
        self.favour_speakers(scores)
        if self.weights.feedback and scores.any():
            scores += self.lexical(self.echo(asked, scores)) * self.said_factor
        if self.weights.session:
            squares = np.bincount(self.corpus.files, scores.astype(np.float64) ** 2, self.corpus.file_count)
            scores += self.weights.session * np.sqrt(squares).astype(np.float32)[self.corpus.files] * (scores > 0)
        best = self.best(scores, self.weights.candidates)
        values = scores[best]
        if self.weights.pair:
            values = values + self.weights.pair * self.adjacent(best)
        order = np.argsort(-values, kind="stable")
        return Scored(best[order], values[order])

    def best(self, scores: Floats, most: int) -> Longs:
        """The rows of the highest scores above zero."""
        rows = np.flatnonzero(scores > 0)
        if len(rows) > most:
            rows = rows[np.argpartition(-scores[rows], most)[:most]]
        return rows[np.argsort(-scores[rows], kind="stable")]

    def favour_speakers(self, scores: Floats) -> None:
        """Raise what was said by the one person asked about, and by users rather than assistants."""
        corpus = self.corpus
        names = [corpus.speakers.word(i).lower() for i in range(corpus.speakers.size)]
        factor = np.ones(len(names), dtype=np.float32)
        assisted = "assistant" in names
        named = [i for i, name in enumerate(names) if name and name in self.question.who]
        if len(named) == 1:
            factor[named] = self.weights.speaker
        if assisted:
            factor[[i for i, name in enumerate(names) if name and name != "assistant"]] *= self.weights.user
        self.said_factor = factor[corpus.said_by]
        scores *= self.said_factor

    def echo(self, asked: dict[int, float], scores: Floats) -> dict[int, float]:
        """The words that stand out in the best rows, as further words to ask for."""
        corpus, weights = self.corpus, self.weights
        sums: dict[int, float] = {}
        for row in self.best(scores, weights.feedback_units):
            own = corpus.own_words(int(row)).tolist()
            for word in set(own):
                sums[word] = sums.get(word, 0.0) + float(scores[row]) / (len(own) + 20)
        worth = {
            word: total * self.idf(corpus.postings(word)[0]) for word, total in sums.items() if word not in asked
        }
        chosen = sorted(worth, key=lambda word: (-worth[word], corpus.words.word(word)))[: weights.feedback_words]
        whole = sum(worth[word] for word in chosen)
        share = weights.feedback * sum(asked.values()) / max(whole, 1e-9)
        return {word: share * worth[word] for word in chosen}

    def adjacent(self, rows: Longs) -> Floats:
        """For each row, how telling the question's word pairs are that stand in it."""
        corpus = self.corpus
        bonus = np.zeros(len(rows), dtype=np.float32)
        pairs = [(corpus.words.known(a), corpus.words.known(b)) for a, b in self.question.pairs]
        worth = {
            (a, b): (self.idf(corpus.postings(a)[0]) + self.idf(corpus.postings(b)[0])) / 2
            for a, b in pairs
            if a is not None and b is not None
        }
        if not worth:
            return bonus
        for at, row in enumerate(rows):
            own = corpus.own_words(int(row)).tolist()
            bonus[at] = sum(worth.get(pair, 0.0) for pair in set(zip(own, own[1:], strict=False)))
        return bonus
