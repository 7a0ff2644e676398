"""What a model is told before it looks around: the question, the scout's map, the index, recent commits."""

import heapq
import itertools
import re
from collections import Counter
from datetime import date

from ...ontologies.index import IndexLine
from ...ontologies.prompts import prompt
from ...storage.history import History
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue
from ..context import Block, Context
from ..providers.provider import Message
from .quoting import cut, quoted
from .relevance import Relevance

MOST_PLACES, MOST_LINES, MOST_COMMITS, MOST_FOLDERS = 40, 40, 12, 30
_PLACES, _INDEX, _HISTORY, _QUESTION = 6_000, 4_000, 1_500, 4_000
_LONGEST_PLACE, _LONGEST_LINE, _LONGEST_SUBJECT = 160, 240, 100
_NAMED, _FOUND = 10.0, 3.0
"""How much more an entity counts whose name stands in the question, or in what the scout found."""
_WORD = re.compile(r"[^\W_]+")


class Briefing:
    """The first messages of a conversation with a model, for one question to one snapshot.

    With a `size` below 1 it tells that much less, for models that take little.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        question: str,
        baseline: Context,
        *,
        today: date,
        ontology: str,
        size: float = 1.0,
    ) -> None:
        self._snapshot = snapshot
        self._question = question
        self._baseline = baseline
        self._today = today
        self._ontology = ontology
        self._size = min(1.0, size)
        self._relevance = Relevance(question)
        # Nothing stored can hold the id of the commit it is stored in.
        self.key = snapshot.commit

    def system(self, *, tools: bool) -> Message:
        """How to go about it, with native tools or without."""
        how = prompt(self._ontology, "explore_tools" if tools else "explore_action").text()
        return Message("system", f"{prompt(self._ontology, 'explore').text()}\n{how}")

    def task(self, budget: str) -> Message:
        """The question and what is known so far; `budget` says what may be spent."""
        catalogue = list(Catalogue.of(self._snapshot))
        lines = self._index(catalogue)
        return Message(
            "user",
            prompt(self._ontology, "explore_task").text(
                today=self._today.isoformat(),
                question=self._quoted("the question", self._question[-_QUESTION:], _QUESTION),
                confidence=f"{self._baseline.confidence:.2f}",
                places=self._quoted("the word search", self._places(), _PLACES),
                shown=str(len(lines)),
                known=f"{len(catalogue):,}",
                index=self._quoted("index", "\n".join(lines), _INDEX),
                folders=self._quoted("ls", self._folders(), _HISTORY),
                history=self._quoted("git log", self._history(), _HISTORY),
                budget=budget,
            ),
        )

    def _quoted(self, source: str, text: str, most: int) -> str:
        return quoted(source, cut(text, int(self._size * most)), self.key) if text else "(nothing)"

    def _places(self) -> str:
        best = sorted(self._baseline.blocks, key=lambda block: -block.score)
        return "\n".join(_place(block) for block in best[:MOST_PLACES])

    def _index(self, catalogue: list[IndexLine]) -> list[str]:
        """The lines of the index that have most to do with the question, the newest first among equals."""
        asked = _words(self._question)
        found = _words(" ".join(block.text for block in self._baseline.blocks))
        there = {block.path for block in self._baseline.blocks}

        def worth(line: IndexLine) -> tuple[float, str, int, str]:
            names = [_words(name) for name in (line.name, *line.aliases)]
            value = _NAMED * any(name in asked for name in names)
            value += _FOUND * (line.path in there or any(name in found for name in names))
            value += self._relevance.of(f"{line.name} {line.role} {' '.join(line.cues)}")
            return value, line.last, line.edits, line.path

        best = heapq.nlargest(MOST_LINES, catalogue, key=worth)
        return [line.render()[:_LONGEST_LINE] for line in best]

    def _folders(self) -> str:
        counts = Counter(file.path.rpartition("/")[0] for file in self._snapshot.files())
        told = [f"{folder or 'top'}: {count}" for folder, count in sorted(counts.items())]
        sessions = sum(count for folder, count in counts.items() if folder.startswith("sessions/"))
        kept = [line for line in told if not line.startswith("sessions/")][:MOST_FOLDERS]
        return "\n".join([*kept, f"sessions: {sessions}"])

    def _history(self) -> str:
        newest = itertools.islice(History(self._snapshot).commits(), MOST_COMMITS)
        return "\n".join(
            f"{commit.id[:7]} {commit.learned.date().isoformat()} {commit.subject[:_LONGEST_SUBJECT]}"
            for commit in newest
        )


def _place(block: Block) -> str:
    words = " ".join(block.text.split())
    shown = words if len(words) <= _LONGEST_PLACE else f"{words[: _LONGEST_PLACE - 1]}…"
    return f"{block.path}:{block.lines}  {block.date or '-'}  {shown}"


def _words(text: str) -> str:
    """A text as words between spaces, so that one can be found whole in another."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
