"""Whether a block repeats what was said already."""

import re
from collections import defaultdict

from ..context import Block

_TURN = re.compile(r"^\[\d+\] (?:[^\n]{1,80}?: )?")
_DATE = re.compile(r"^[\d/-]{4,21} \| ")
_SPEAKER = re.compile(r"[^\s:|]+(?: [^\s:|]+){0,3}:\s*")


class Echo:
    """The words shown so far, by the session and turn they were said in."""

    def __init__(self) -> None:
        self._filed: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        self._turns: defaultdict[tuple[str, int], list[str]] = defaultdict(list)

    def repeats(self, block: Block) -> bool:
        """Whether all words of a block were shown as words of the same turn."""
        words, places = _words(block), _places(block)
        return bool(places and words) and all(self._covers(words, at) for at in places)

    def add(self, block: Block) -> None:
        """Count a block as shown."""
        known = self._turns if _TURN.match(block.text) else self._filed
        for at in _places(block):
            known[at].append(_words(block))

    def _covers(self, words: str, at: tuple[str, int]) -> bool:
        turns, filed = self._turns[at], self._filed[at]
        if any(words in one for one in [*turns, *filed]):
            return True
        # A statement says whose words it holds where the turn itself does not.
        if any(_SPEAKER.sub("", words, count=1) in one for one in turns):
            return True
        for one in sorted(filed, key=len, reverse=True):
            words = words.replace(one, " ")
        return bool(_SPEAKER.fullmatch(words)) or not any(character.isalnum() for character in words)


def _words(block: Block) -> str:
    bare = _DATE.sub("", _TURN.sub("", block.text, count=1), count=1)
    return " ".join(bare.casefold().split())


def _places(block: Block) -> list[tuple[str, int]]:
    # A change or an earlier state is more than the words in it.
    return [] if block.commit or not block.session_id else [(block.session_id, turn) for turn in block.turns]
