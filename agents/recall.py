"""From a question and a snapshot to the blocks that answer it, by rules."""

import json
import threading
from datetime import date
from weakref import WeakValueDictionary

from ..errors import BadInput
from ..ontologies import transcript
from ..storage.snapshot import Snapshot
from .catalogue import Catalogue
from .context import Block, Context
from .kept import Kept, Memory
from .reading import is_searched, units
from .retrospect import happened
from .scout.corpus import Corpus
from .scout.pack import CHARACTERS_PER_TOKEN, Hit, Packer
from .scout.recall import Found, scout
from .scout.units import Unit

LEAST_TOKENS = 50
MOST_TOKENS = 1_000_000
_LONGEST_QUESTION = 100_000
_DOUBTFUL = 0.25
_FEW_WORDS, _CONTEXT_TURNS = 5, 2
_MACHINES = ("assistant", "ai", "system")
_NOTHING = "nothing found"
_NOT_SURE = "perhaps not in this memory: nothing here answers the question well"

Within = tuple[date | None, date | None]


class Recaller:
    """Answers questions from snapshots; keeps what it made of files by their blob ids."""

    def __init__(self) -> None:
        self.kept = Kept()
        self._lock = threading.Lock()
        # Corpora made from one another share their words, so a user's are made one at a time.
        self._reading: WeakValueDictionary[str, _Turn] = WeakValueDictionary()

    def recall(
        self,
        snapshot: Snapshot,
        question: str,
        max_tokens: int,
        today: date,
        *,
        profile: str = "",
        within: Within = (None, None),
        user: str = "",
    ) -> Context:
        """The blocks that matter for a question, within `max_tokens` of the answer as it is sent.

        `within` are the first and last day of what may have happened; `profile` is a path to add, and
        `user` tells apart who shares a repository.

        Raises:
            BadInput: an empty question, or a budget no answer fits in.
        """
        _check(question, max_tokens)
        memory = self._memory(snapshot, user)
        found = scout(memory.corpus, asked_in(question), today, memory.names)
        hits = [hit for hit in found.hits if happened(hit.unit.date, *within)]
        sure = round(found.confidence, 4)
        note = _NOT_SURE if sure < _DOUBTFUL else ""
        blocks = _packed(found, hits, snapshot.commit, note, min(max_tokens, MOST_TOKENS))
        return Context(
            commit=snapshot.commit,
            confidence=sure if blocks else 0.0,
            blocks=blocks,
            note=note if blocks else _NOTHING,
            profile=snapshot.text(profile) if profile else "",
            tokens=sum(block.tokens for block in blocks),
        )

    def refresh(self, snapshot: Snapshot, user: str) -> None:
        """Have a snapshot ready to be asked, if its user's memory is one of those that are kept ready."""
        if _whose(snapshot, user) in self.kept:
            self._memory(snapshot, user)

    def forget(self) -> None:
        """Drop everything that was kept."""
        self.kept.forget()

    def _memory(self, snapshot: Snapshot, user: str) -> Memory:
        whose, age = _whose(snapshot, user), self.kept.age
        with self._lock:
            # Nobody's turn is kept once nobody waits for it.
            turn = self._reading.setdefault(whose, _Turn())
        with turn.lock:
            known = self.kept.get(whose)
            if known is None or known.tree != snapshot.tree:
                known = _read(snapshot, known.corpus if known else Corpus())
            self.kept.put(whose, known, age)
            return known


def _whose(snapshot: Snapshot, user: str) -> str:
    return f"{snapshot.repository.path}\0{user}"


class _Turn:
    """Whose turn it is to read a user's memory."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


def asked_in(text: str) -> str:
    """The question itself: of a conversation, the last thing a person said, with what it may refer to."""
    if "\n" not in text and not text.lstrip().startswith("["):
        return text
    try:
        words = transcript.canonical(text)
        turns = [turn for turn in transcript.turns(words) if turn.speaker]
    except BadInput:
        return text
    people = [at for at, turn in enumerate(turns) if turn.speaker.casefold() not in _MACHINES]
    if not people or (len(turns) < 2 and words == text):
        return text
    last = people[-1]
    question = turns[last].text
    # A few words such as "and when?" are about what was said before them.
    first = max(0, last - _CONTEXT_TURNS) if len(question.split()) < _FEW_WORDS else last
    return "\n".join(turn.text for turn in turns[first : last + 1])


def _read(snapshot: Snapshot, corpus: Corpus) -> Memory:
    def load(blob: str, path: str) -> tuple[Unit, ...]:
        return units(path, snapshot.content(blob).decode("utf-8", "replace"))

    blobs = {file.path: file.blob for file in snapshot.files() if is_searched(file.path)}
    names = {name: line.name for line in Catalogue.of(snapshot) for name in (line.name, *line.aliases)}
    return Memory(snapshot.tree, corpus.with_blobs(blobs, load), names)


def _check(question: str, max_tokens: int) -> None:
    if not question.strip():
        raise BadInput("the question is empty; ask with a few words")
    if len(question) > _LONGEST_QUESTION:
        raise BadInput(
            f"the question has {len(question):,} characters and the limit is {_LONGEST_QUESTION:,}"
        )
    if max_tokens < LEAST_TOKENS:
        raise BadInput(f"max_tokens is {max_tokens}; the least is {LEAST_TOKENS}")


def _packed(found: Found, hits: list[Hit], commit: str, note: str, max_tokens: int) -> tuple[Block, ...]:
    bare = len(json.dumps({"commit": commit, "confidence": 0.55, "blocks": (), "note": note}))
    room = max_tokens * CHARACTERS_PER_TOKEN - bare
    packer = Packer(room, found.show)
    packer.fill(hits)
    return tuple(_block(hit, line) for hit, line in packer.taken(oldest_first=found.question.ordered))


def _block(hit: Hit, line: str) -> Block:
    unit = hit.unit
    return Block(
        path=unit.path,
        lines=f"{unit.first_line}-{unit.last_line}",
        date=unit.date[:10],
        session_id=unit.session_id,
        turns=unit.turns,
        text=line,
        reason=", ".join(hit.reasons),
        tokens=-(-len(line) // CHARACTERS_PER_TOKEN),
        score=round(hit.score, 4),
        former=unit.former or bool(hit.until),
    )
