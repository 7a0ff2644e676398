"""One user's memory for Python programs that do not run an event loop."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar, Unpack

import anyio

from ..agents.answers import Consolidation, Forgotten, Listing, Page, Receipt, Restored
from ..agents.context import Context
from ..agents.provenance import Uncited, Why
from ..agents.retrospect import Asked, HistoryPage
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

    def recall(
        self,
        query: str,
        max_tokens: int = 2000,
        as_of: str = "",
        *,
        happened_after: str = "",
        happened_before: str = "",
    ) -> Context:
        """The few blocks that matter for a question, of what was known at a moment and happened in a time."""
        return _run(
            lambda: self.memory.recall(
                self.user,
                query,
                max_tokens,
                as_of,
                happened_after=happened_after,
                happened_before=happened_before,
            )
        )

    def read(self, path: str, as_of: str = "", lines: str = "") -> Page:
        """One file, or some lines of it."""
        return _run(lambda: self.memory.read(self.user, path, as_of, lines))

    def list(self, as_of: str = "") -> Listing:
        """Every file."""
        return _run(lambda: self.memory.list(self.user, as_of))

    def history(self, **asked: Unpack[Asked]) -> HistoryPage:
        """What changed and when, newest first: by path, entity, session or words, in a time; see `Asked`."""
        return _run(lambda: self.memory.history(self.user, **asked))

    def why(self, line: str, as_of: str = "") -> Why:
        """Where a line ("path:line", or a few of its words) comes from."""
        return _run(lambda: self.memory.why(self.user, line, as_of))

    def uncited(self) -> Sequence[Uncited]:
        """Every filed line that leads to no session and to no person."""
        return _run(lambda: self.memory.uncited(self.user))

    def restore(self, path: str, as_of: str = "") -> Restored:
        """A file as it was at a moment; one that is gone needs no moment."""
        return _run(lambda: self.memory.restore(self.user, path, as_of))

    def undo(self, session: str = "", commit: str = "") -> Restored:
        """Take back a session or one commit; undone again, a session comes back."""
        return _run(lambda: self.memory.undo(self.user, session, commit))

    def forget(
        self,
        *,
        how: Literal["archive", "retract", "erase"],
        session: str = "",
        entity: str = "",
        path: str = "",
        words: str = "",
        everything: bool = False,
        dry_run: bool = False,
    ) -> Forgotten:
        """Forget a session, an entity, a path, words, or everything; `dry_run` tells what would go."""
        target = {"session": session, "entity": entity, "path": path, "words": words}
        return _run(
            lambda: self.memory.forget(self.user, how=how, **target, everything=everything, dry_run=dry_run)
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
        """What matters for a conversation: the last words of a person are the question."""
        return self.recall(json.dumps([dict(turn) for turn in conversation], ensure_ascii=False), max_tokens)


def _run(call: Callable[[], Awaitable[Answer]]) -> Answer:
    return anyio.run(call)
