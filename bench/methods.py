"""The methods compared: ours, and what thirty lines can do."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from conversations import MACHINES, Asked, Conversation
from evidence import strings

from diffmem.agents.scout.corpus import Corpus
from diffmem.agents.scout.recall import Found, scout
from diffmem.agents.scout.words import terms_in

_PLAIN = re.compile(r"[a-z0-9]+")
_CLIP = 600
_K1, _B = 1.5, 0.75
_USER = 1.5
_MONTHS = "january february march april may june july august september october november december".split()


class Reply(Protocol):
    """What a method found for one question."""

    @property
    def sure(self) -> float:
        """How sure it is of the answer."""
        ...

    def text(self, tokens: int) -> str:
        """All strings of the answer within a number of tokens."""
        ...

    def spent(self, tokens: int) -> float:
        """The tokens that are really sent."""
        ...


class Ours:
    """DiffMem's scout over the sessions, answered as JSON."""

    def __init__(self, conversation: Conversation) -> None:
        files = conversation.files
        self._corpus = Corpus().with_blobs({path: path for path in files}, lambda _, path: files[path])
        self._names = conversation.speakers

    def ask(self, asked: Asked) -> "OurReply":
        """Rank for a question."""
        found = scout(self._corpus, asked.question, asked.today, self._names)
        return OurReply(found)


class OurReply:
    """The strings of the answer as it is sent."""

    def __init__(self, found: Found) -> None:
        self.sure = found.confidence
        self._found = found

    def text(self, tokens: int) -> str:
        """The decoded strings within a number of tokens."""
        return "\n".join(strings(self._found.answer(tokens, "0" * 12)))

    def spent(self, tokens: int) -> float:
        """The tokens of the whole JSON."""
        return len(json.dumps(self._found.answer(tokens, "0" * 12), ensure_ascii=False)) / 4


class Lines:
    """Dated lines in rank order; what does not fit is skipped."""

    def __init__(self, conversation: Conversation, order: Sequence[int], question: str, sure: float) -> None:
        self.sure = sure
        self._conversation = conversation
        self._order = order
        self._wanted = sorted({word for word in _PLAIN.findall(question.lower()) if len(word) > 2})

    def text(self, tokens: int) -> str:
        """As many lines as fit."""
        left = tokens * 4
        lines: list[str] = []
        clip = any(unit.speaker in MACHINES for unit in self._conversation.turns[:2])
        for row in self._order[:1500]:
            unit = self._conversation.turns[row]
            said = f"{unit.speaker}: {unit.text}"
            line = f"[{unit.date}] {self._clipped(said) if clip else said}\n"
            if len(line) <= left:
                left -= len(line)
                lines.append(line)
            if left < 40:
                break
        return "".join(lines)

    def spent(self, tokens: int) -> float:
        """The tokens of the lines alone."""
        return len(self.text(tokens)) / 4

    def _clipped(self, said: str) -> str:
        if len(said) <= _CLIP:
            return said
        low = said.lower()
        hits = sorted(found.start() for word in self._wanted for found in re.finditer(word, low))[:200]
        starts = [max(0, hit - _CLIP // 4) for hit in hits] or [0]
        best = max(starts, key=lambda at: sum(word in low[at : at + _CLIP] for word in self._wanted))
        return said[best : best + _CLIP]


class Grep:
    """Turns by how many of the question's words they contain, newest first among equals."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._low = [f"{unit.speaker}: {unit.text}".lower() for unit in conversation.turns]

    def ask(self, asked: Asked) -> Lines:
        """Rank for a question."""
        plain = dict.fromkeys(_PLAIN.findall(asked.question.lower()))
        words = [word for word in plain if len(word) > 2 and terms_in("english").of(word)]
        held = np.array([sum(word in low for word in words) for low in self._low])
        order = [row for row in np.argsort(-held[::-1], kind="stable") if held[::-1][row]]
        sure = float(held.max(initial=0)) / max(len(words), 1)
        return Lines(self._conversation, [len(held) - 1 - int(row) for row in order], asked.question, sure)


class Bm25:
    """BM25 over stemmed turns; R1 adds the turns around them, the date, and a preference for the user."""

    def __init__(self, conversation: Conversation, around: bool) -> None:
        self._conversation = conversation
        terms = terms_in("english")
        own = [Counter(terms.of(f"{unit.speaker}: {unit.text}")) for unit in conversation.turns]
        bags = [self._with_neighbours(own, at) for at in range(len(own))] if around else own
        self._rows: dict[str, list[tuple[int, float]]] = {}
        for row, bag in enumerate(bags):
            for term, count in bag.items():
                self._rows.setdefault(term, []).append((row, count))
        sizes = np.array([sum(bag.values()) for bag in bags], dtype=float)
        self._norm = _K1 * (1 - _B + _B * sizes / max(float(sizes.mean()), 1.0))
        user = [unit.speaker != "assistant" for unit in conversation.turns]
        self._favour = np.where(user, _USER, 1.0) if around else np.ones(len(user))

    def _with_neighbours(self, own: Sequence[Counter[str]], at: int) -> Counter[str]:
        turns = self._conversation.turns
        year, month, day = turns[at].date[:10].split("-")
        dated = terms_in("english").of(f"{int(day)} {_MONTHS[int(month) - 1]} {year}")
        bag = Counter({term: 2 * count for term, count in own[at].items()})
        bag.update(dated)
        for other in (at - 1, at + 1):
            if 0 <= other < len(own) and turns[other].path == turns[at].path:
                bag.update(own[other])
        return bag

    def ask(self, asked: Asked) -> Lines:
        """Rank for a question."""
        scores = np.zeros(len(self._norm))
        count = len(scores)
        whole = 1e-9
        for term in terms_in("english").of(asked.question):
            found = self._rows.get(term, [])
            idf = math.log(1 + (count - len(found) + 0.5) / (len(found) + 0.5))
            whole += idf
            if found:
                rows, counts = np.array(found).T
                at = rows.astype(int)
                scores[at] += idf * counts * (_K1 + 1) / (counts + self._norm[at])
        scores *= self._favour
        order = [int(row) for row in np.argsort(-scores, kind="stable")]
        return Lines(self._conversation, order, asked.question, float(scores.max(initial=0)) / whole)


METHODS: dict[str, Callable[[Conversation], "Ours | Grep | Bm25"]] = {
    "grep": Grep,
    "BM25": lambda conversation: Bm25(conversation, around=False),
    "R1": lambda conversation: Bm25(conversation, around=True),
    "ours": Ours,
}
