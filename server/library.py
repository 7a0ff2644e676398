"""One user's memory for Python programs that do not run an event loop."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import anyio

from ..agents.answers import Consolidation, Listing, Page, Receipt
from ..agents.context import Context
from ..agents.retrospect import HistoryPage
from ..memory import Memory

Answer = TypeVar("Answer")


class DiffMemory:
    """The verbs of `Memory` for one user, each waiting for its answer.

    >>> memory = DiffMemory("~/memories", "alex")
    >>> memory.remember("Had coffee with mom today...", session_date="2025-03-01")
    >>> memory.recall("mom").blocks
    """

    def __init__(self, home: str | Path, user: str, *, zone: tzinfo = UTC) -> None:
        self.memory = Memory.open(Path(home).expanduser(), zone=zone)
        self.user = user

    def __enter__(self) -> "DiffMemory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def remember(self, content: str, session_id: str = "", session_date: str = "") -> Receipt:
        """Store the words of a session and file them."""
        return _run(lambda: self.memory.remember(self.user, content, session_id, session_date))

    def recall(self, query: str, max_tokens: int = 2000, as_of: str = "") -> Context:
        """The few blocks that matter for a question."""
        return _run(lambda: self.memory.recall(self.user, query, max_tokens, as_of))

    def read(self, path: str, as_of: str = "", lines: str = "") -> Page:
        """One file, or some lines of it."""
        return _run(lambda: self.memory.read(self.user, path, as_of, lines))

    def list(self, as_of: str = "") -> Listing:
        """Every file."""
        return _run(lambda: self.memory.list(self.user, as_of))

    def history(self, path: str = "", entity: str = "", query: str = "", limit: int = 20) -> HistoryPage:
        """What changed and when, newest first."""
        return _run(
            lambda: self.memory.history(self.user, path=path, entity=entity, query=query, limit=limit)
        )

    def consolidate(self, tools: Sequence[str] = ("link",)) -> Consolidation:
        """Put the memory in order."""
        return _run(lambda: self.memory.consolidate(self.user, tools))

    def process_and_commit_session(
        self, memory_input: str, session_id: str, session_date: str = ""
    ) -> Receipt:
        """Store and file a session, by the name older programs use."""
        return self.remember(memory_input, session_id, session_date)

    def get_context(self, conversation: Sequence[Mapping[str, str]], max_tokens: int = 2000) -> Context:
        """What matters for a conversation: its last words are the question."""
        words = [turn.get("content", "") for turn in conversation]
        return self.recall(next((text for text in reversed(words) if text.strip()), ""), max_tokens)


def _run(call: Callable[[], Awaitable[Answer]]) -> Answer:
    return anyio.run(call)
