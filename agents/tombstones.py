"""What was retracted, told by hashes alone, so that the same words are not learned again."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..ontologies import transcript
from ..ontologies.session import digest
from .redaction import TOMBSTONES, Redaction, saying
from .rules.sentences import sentences

PATH = TOMBSTONES
MARK = "[retracted]"
_HEAD = """\
# Retracted

What these lines stand for was taken out of the present memory. It is kept in history, and is not learned
again from the same words. The words themselves are not here.

"""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A retracted session, or one sentence of it: `said` is its hash, `words` that of the whole session."""

    day: str
    key: str
    words: str
    said: str = ""

    def line(self) -> str:
        """The tombstone as a line of its file."""
        return " | ".join([f"- {self.day}", self.key, self.words, *([self.said] if self.said else [])])


@dataclass(frozen=True, slots=True)
class Tombstones:
    """All tombstones of a memory."""

    stones: tuple[Tombstone, ...]

    @classmethod
    def parse(cls, text: str) -> "Tombstones":
        """Read them; what is no tombstone is passed over."""
        parts = (line[2:].split(" | ") for line in text.split("\n") if line.startswith("- "))
        return cls(tuple(Tombstone(*part) for part in parts if len(part) in (3, 4)))

    def render(self) -> str:
        """Their file; "" if there are none."""
        lines = "".join(f"{stone.line()}\n" for stone in self.stones)
        return _HEAD + lines if lines else ""

    def covers(self, key: str, content: str) -> bool:
        """Whether a whole session was retracted: this one, or one of the same words."""
        words = digest(transcript.canonical(content))
        return any(not stone.said and (stone.key == key or stone.words == words) for stone in self.stones)

    def redacted(self, key: str, content: str) -> str:
        """The words to store for a session: what was retracted of it, or of its like, stays out."""
        canonical = transcript.canonical(content)
        words = digest(canonical)
        same = (stone for stone in self.stones if stone.key == key or stone.words == words)
        hashes = {stone.said for stone in same if stone.said}
        if not hashes:
            return canonical
        told = (one for turn in transcript.turns(canonical) for _, _, one in sentences(turn.text))
        found = frozenset((key, saying(one)) for one in told if _hash(saying(one)) in hashes)
        return Redaction(sayings=found, mark=MARK).spoken(canonical, key) if found else canonical

    def adding(self, stones: Iterable[Tombstone]) -> "Tombstones":
        """These and more; each once."""
        return Tombstones(tuple(dict.fromkeys([*self.stones, *stones])))

    def without(self, key: str) -> "Tombstones":
        """These without the ones of a session that has come back."""
        return Tombstones(tuple(stone for stone in self.stones if stone.key != key))


def of(redaction: Redaction, words: dict[str, str], day: str) -> list[Tombstone]:
    """The tombstones for a retraction; `words` maps session keys to the hashes of their words."""
    whole = [Tombstone(day, key, words.get(key, "")) for key in sorted(redaction.keys)]
    said: defaultdict[str, set[str]] = defaultdict(set)
    for key, one in redaction.sayings:
        if key:
            said[key].add(_hash(one))
    parts = [
        Tombstone(day, key, words.get(key, ""), one) for key in sorted(said) for one in sorted(said[key])
    ]
    return whole + parts


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
