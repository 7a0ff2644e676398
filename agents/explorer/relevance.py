"""How much of a question a text holds, counted in words."""

from collections.abc import Iterable

from ..context import Block
from ..recall import asked_in
from ..scout.languages import language_of
from ..scout.question import IRRELEVANT, LONGEST
from ..scout.windows import window
from ..scout.words import terms_in


class Relevance:
    """The words of a question, to compare texts with."""

    def __init__(self, question: str) -> None:
        text = asked_in(question)[:LONGEST]
        self._terms = terms_in(language_of(text))
        self._wanted = frozenset(self._terms.of(text)) - IRRELEVANT

    def of(self, text: str) -> int:
        """How many different words of the question a text holds."""
        return len(self._wanted.intersection(self._terms.of(text)))

    def first(self, blocks: Iterable[Block]) -> list[Block]:
        """Blocks that hold most of the question first; equal ones stay in their order."""
        return sorted(blocks, key=lambda block: -self.of(block.text))

    def window(self, text: str, words: int) -> str:
        """The whole sentences of a text around the place that holds most of the question."""
        return window(text, dict.fromkeys(self._wanted, 1.0), self._terms, words=max(words, 1))
