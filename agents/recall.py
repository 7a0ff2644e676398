"""From a question and a snapshot to the blocks that answer it, by rules."""

import threading
from collections import OrderedDict
from datetime import date

from ..errors import BadInput
from ..storage.snapshot import Snapshot
from .catalogue import Catalogue
from .context import Block, Context
from .reading import is_searched, units
from .retrospect import happened
from .scout.corpus import Corpus
from .scout.pack import Hit, Packer, tokens
from .scout.question import take_apart
from .scout.score import WEIGHTS, Scorer
from .scout.units import Unit
from .scout.windows import window
from .scout.words import terms_in

LEAST_TOKENS = 50
MOST_TOKENS = 1_000_000
_LONGEST_QUESTION = 100_000
_KEPT_CORPORA = 8


Within = tuple[date | None, date | None]


class Recaller:
    """Answers questions from snapshots; keeps what it made of files by their blob ids."""

    def __init__(self) -> None:
        self._corpora: OrderedDict[str, Corpus] = OrderedDict()
        self._lock = threading.Lock()

    def recall(
        self,
        snapshot: Snapshot,
        question: str,
        max_tokens: int,
        today: date,
        *,
        profile: str = "",
        within: Within = (None, None),
    ) -> Context:
        """The blocks that matter for a question, within `max_tokens` of the answer as it is sent.

        `within` are the first and last day of what may have happened; `profile` is a path to add.

        Raises:
            BadInput: an empty question, or a budget no answer fits in.
        """
        if not question.strip():
            raise BadInput("the question is empty; ask with a few words")
        if len(question) > _LONGEST_QUESTION:
            raise BadInput(
                f"the question has {len(question):,} characters; the limit is {_LONGEST_QUESTION:,}"
            )
        if max_tokens < LEAST_TOKENS:
            raise BadInput(f"max_tokens is {max_tokens}; the least is {LEAST_TOKENS}")
        corpus = self._corpus(snapshot)
        names = {name: line.name for line in Catalogue.of(snapshot) for name in (line.name, *line.aliases)}
        asked = take_apart(question, names, corpus.languages, WEIGHTS.group)
        ranked = Scorer(corpus, asked).rank()
        hits = [
            Hit(corpus.unit(int(row)), float(score))
            for row, score in zip(ranked.rows, ranked.scores, strict=True)
            if happened(corpus.unit(int(row)).date, *within)
        ]
        del today
        told = snapshot.text(profile) if profile else ""
        return _packed(snapshot, hits, dict(asked.words), min(max_tokens, MOST_TOKENS), told)

    def forget(self) -> None:
        """Drop everything that was kept."""
        with self._lock:
            self._corpora.clear()

    def _corpus(self, snapshot: Snapshot) -> Corpus:
        user = snapshot.repository.path
        blobs = {file.path: file.blob for file in snapshot.files() if is_searched(file.path)}
        with self._lock:
            known = self._corpora.get(user) or Corpus()
        paths = {blob: path for path, blob in blobs.items()}

        def load(blob: str, path: str) -> tuple[Unit, ...]:
            return units(path or paths[blob], snapshot.content(blob).decode("utf-8", "replace"))

        corpus = known.with_blobs(blobs, load)
        with self._lock:
            self._corpora[user] = corpus
            self._corpora.move_to_end(user)
            while len(self._corpora) > _KEPT_CORPORA:
                self._corpora.popitem(last=False)
        return corpus


def _packed(
    snapshot: Snapshot, hits: list[Hit], worth: dict[str, float], max_tokens: int, profile: str
) -> Context:
    empty = {"commit": snapshot.commit, "confidence": 0.0, "blocks": [], "note": ""}
    room = 4 * (max_tokens - tokens(empty)) - 8
    terms = terms_in("english")
    packer = Packer(room, lambda unit: window(unit.text, worth, terms), varied=True)
    packer.fill(hits)
    scores = {id(hit.unit): hit.score for hit in hits}
    taken = [pair for group in packer.lines.values() for pair in group]
    blocks = [_block(unit, line, scores[id(unit)]) for unit, line in taken]
    blocks.sort(key=lambda block: (block.date, block.path), reverse=True)
    note = "" if blocks else "nothing found"
    confidence = 0.5 if blocks else 0.0
    return Context(
        snapshot.commit,
        confidence,
        tuple(blocks),
        note,
        profile,
        tokens=sum(block.tokens for block in blocks),
    )


def _block(unit: Unit, line: str, score: float) -> Block:
    return Block(
        path=unit.path,
        lines=f"{unit.first_line}-{unit.last_line}",
        date=unit.date[:10],
        session_id=unit.session_id,
        turns=unit.turns,
        text=line,
        reason=f"{unit.kind} with the question's words",
        tokens=-(-len(line) // 4),
        score=score,
        former=unit.former,
    )
