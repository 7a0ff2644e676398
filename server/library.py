"""One user's memory for Python programs that do not run an event loop."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeVar, Unpack

import anyio

from ..agents.answers import Consolidation, Forgotten, Listing, Onboarded, Page, Receipt, Restored
from ..agents.context import Context
from ..agents.provenance import Uncited, Why
from ..agents.retrospect import Asked, HistoryPage
from ..agents.status import Status
from ..memory import Memory

if TYPE_CHECKING:
    from ..agents.providers.provider import Provider

Answer = TypeVar("Answer")


class DiffMemory:
    """The verbs of `Memory` for one user, each waiting for its answer.

    >>> memory = DiffMemory("~/memories", "alex")
    >>> memory.remember("Had coffee with mom today...", session_date="2025-03-01")
    >>> memory.recall("mom").blocks
    """

    def __init__(
        self, home: str | Path, user: str, *, zone: tzinfo = UTC, model: "Provider | None" = None
    ) -> None:
        """`model` files and looks for answers, such as an `OpenAICompatible`; without one, rules do."""
        self.memory = Memory.open(Path(home).expanduser(), zone=zone, writer=model, retriever=model)
        self.user = user

    def __enter__(self) -> "DiffMemory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def onboard(self, about: str = "", template: str = "") -> Onboarded:
        """Begin the memory with what somebody tells of themselves, or with a ready profile."""
        return _run(lambda: self.memory.onboard(self.user, about, template))

    def remember(
        self,
        content: str,
        session_id: str = "",
        session_date: str = "",
        *,
        facts: Sequence[Mapping[str, object]] = (),
    ) -> Receipt:
        """Store the words of a session and file them, by ready-made facts where there are some."""
        return _run(lambda: self.memory.remember(self.user, content, session_id, session_date, facts=facts))

    def recall(
        self,
        query: str,
        max_tokens: int = 2000,
        as_of: str = "",
        *,
        happened_after: str = "",
        happened_before: str = "",
        depth: str = "",
    ) -> Context:
        """The few blocks that matter for a question, of what was known at a moment and happened in a time.

        `depth` is fast (no model), deep (a model looks, too) or auto (only where the rules are unsure).
        """
        return _run(
            lambda: self.memory.recall(
                self.user,
                query,
                max_tokens,
                as_of,
                happened_after=happened_after,
                happened_before=happened_before,
                depth=depth,
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

    def consolidate(self, tools: Sequence[str] = (), *, dry_run: bool = False) -> Consolidation:
        """Put the memory in order: dedupe, redistribute and link unless told otherwise."""
        return _run(lambda: self.memory.consolidate(self.user, tools, dry_run=dry_run))

    def unmerge(self, merged: str) -> Restored:
        """Part two files that were merged: told by a name, a path, or the commit of the merge."""
        return _run(lambda: self.memory.unmerge(self.user, merged))

    def status(self) -> Status:
        """What the memory holds, what waits, and what a model failed at."""
        return _run(lambda: self.memory.status(self.user))

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
