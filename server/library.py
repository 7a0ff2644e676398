"""One user's memory for Python programs that do not run an event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack

import anyio

from ..agents.answers import Forgotten, Listing, Onboarded, Page, Receipt, Restored
from ..agents.context import Context
from ..agents.provenance import Uncited, Why
from ..agents.retrospect import Asked, HistoryPage
from ..agents.status import Status
from ..errors import BadInput, UnknownUser
from ..memory import Memory
from ..ontologies import loader

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..agents.providers.provider import Provider

    Shape = TypeVar("Shape", bound=BaseModel)
Answer = TypeVar("Answer")
Table = dict[str, Any]
"""What the server answers over HTTP for the same question, as Python has it; see docs/python.md."""
Tables = list[Table]


class DiffMemory:
    """The verbs of `Memory` for one user, each waiting for its answer, also where an event loop runs.

    >>> memory = DiffMemory("~/memories", "alex")
    >>> memory.remember("Had coffee with mom today...", session_date="2025-03-01")
    >>> memory.recall("mom").blocks
    """

    def __init__(
        self,
        repo_path: str | Path,
        user_id: str,
        openrouter_api_key: str = "",
        model: "str | Provider | None" = None,
        auto_onboard: bool = False,
        max_concurrent_llm_calls: int = 8,
        ontology: str | None = None,
        *,
        zone: tzinfo = UTC,
    ) -> None:
        """The memory of a user below a folder; rules file and find, unless a model is named.

        With a key, `model` is asked at OpenRouter (by default the one the settings name); `model` may be a
        provider of your own as well, such as an `OpenAICompatible`, and needs no key then. `auto_onboard`
        begins the memory at once, `ontology` says what a new one holds, `zone` what a date without one means.

        Raises:
            BadInput: a key without a model, or the name of a model without a key.
        """
        writer, retriever = models(openrouter_api_key, model, max_concurrent_llm_calls)
        self.memory = Memory.open(
            Path(repo_path).expanduser(),
            zone=zone,
            ontology=ontology or loader.DEFAULT,
            writer=writer,
            retriever=retriever,
        )
        self.user = user_id
        self._zone = zone
        if auto_onboard and not self.is_onboarded():
            self.onboard()

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

    def unmerge(self, merged: str) -> Restored:
        """Part two files that were merged: told by a name, a path, or the commit of the merge."""
        return _run(lambda: self.memory.unmerge(self.user, merged))

    def status(self) -> Status:
        """What the memory holds, what waits, and what a model failed at."""
        return _run(lambda: self.memory.status(self.user))

    # The names that older programs use; each answers what the server does over HTTP.

    def is_onboarded(self) -> bool:
        """Whether there is a memory; asking makes none."""
        try:
            _run(lambda: self.memory.tip(self.user))
        except UnknownUser:
            return False
        return True

    def onboard_user(self, user_info: str = "", session_id: str = "", template: str = "") -> Table:
        """Begin the memory with what somebody tells of themselves; one that is there stays as it is."""
        from .rest.changing import begun

        done = _run(lambda: self.memory.onboard(self.user, user_info, template, session_id))
        return begun(done).model_dump()

    def get_context(
        self,
        conversation: Sequence[Mapping[str, str]],
        max_tokens: int = 20_000,
        max_turns: int = 6,
        timeout_seconds: float = 30,
        baseline_only: bool = False,
        as_of: str | None = None,
    ) -> Table:
        """What the memory adds to a conversation, within a cap: profile, recent timeline, what matters."""
        from .rest.context import Asking, gathered
        from .rest.requests import Context as Asked

        asked = _shaped(
            Asked,
            conversation=[dict(turn) for turn in conversation],
            max_tokens=max_tokens,
            max_turns=max_turns,
            timeout_seconds=timeout_seconds,
            baseline_only=baseline_only,
            as_of=as_of,
        )
        asking = Asking(self.memory, self.user, asked, datetime.now(self._zone))
        return _run(lambda: gathered(asking)).model_dump()

    def get_user_entity(self) -> Table:
        """The user's own file."""
        from .rest import blocks

        return _run(lambda: blocks.profile(self.memory, self.user)).model_dump()

    def get_recent_timeline(self, days_back: int = 30) -> Tables:
        """What happened in the last days, newest first."""
        from .rest import blocks

        today = datetime.now(self._zone).date()
        found = _run(lambda: blocks.recent(self.memory, self.user, today, days_back))
        return [one.model_dump() for one in found]

    def process_session(self, memory_input: str, session_id: str, session_date: str | None = None) -> Table:
        """Store the words of a session; its digest is made, and kept for `commit_session`."""
        return _session(
            _run(lambda: self.memory.stage(self.user, memory_input, session_id, session_date or ""))
        )

    def commit_session(self, session_id: str) -> Table:
        """Commit the digest that was kept."""
        return _session(_run(lambda: self.memory.commit_staged(self.user, session_id)))

    def process_and_commit_session(
        self, memory_input: str, session_id: str, session_date: str | None = None
    ) -> Table:
        """Store the words of a session and file them."""
        return _session(self.remember(memory_input, session_id, session_date or ""))

    def consolidate(
        self,
        tools: Sequence[str] | None = None,
        window: int = 0,
        soft_cap_tokens: int = 32_000,
        *,
        dry_run: bool = False,
    ) -> Table:
        """Put the memory in order, by dedupe, redistribute and link unless told otherwise; a report by tool.

        `window` is how many of the last commits `link` looks at; 0 looks at all.
        """
        from .jobs import work
        from .rest.sessions import tools as reports

        limits = {"window": window, "soft_cap_tokens": soft_cap_tokens}
        done = _run(lambda: self.memory.consolidate(self.user, tools or (), dry_run=dry_run, **limits))
        return {name: report.model_dump() for name, report in reports(work.consolidation(done)).items()}

    def process_commit_and_consolidate(
        self,
        memory_input: str,
        session_id: str,
        session_date: str | None = None,
        consolidate_tools: Sequence[str] | None = None,
        window: int = 0,
        soft_cap_tokens: int = 32_000,
    ) -> Table:
        """File a session, then put the memory in order."""
        filed = self.process_and_commit_session(memory_input, session_id, session_date)
        return {**filed, "consolidate": self.consolidate(consolidate_tools, window, soft_cap_tokens)}

    def get_repo_status(self) -> Table:
        """What the memory holds and what waits."""
        from .rest.operating import numbers

        return _run(lambda: numbers(self.memory, self.user)).model_dump()

    def validate_setup(self) -> Table:
        """Check the structure of the memory; nothing is repaired."""
        from .rest.operating import checked

        return _run(lambda: checked(self.memory, self.user)).model_dump()


def _run(call: Callable[[], Awaitable[Answer]]) -> Answer:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return anyio.run(call)
    # As in a notebook: that loop cannot run another one inside it, so a thread does, and this one waits.
    with ThreadPoolExecutor(max_workers=1) as aside:
        return aside.submit(anyio.run, call).result()


def _session(receipt: Receipt) -> Table:
    from .jobs import work
    from .rest.sessions import session

    return session(work.receipt(receipt)).model_dump()


def _shaped(shape: "type[Shape]", **given: object) -> "Shape":
    from pydantic import ValidationError

    try:
        return shape.model_validate(given)
    except ValidationError as wrong:
        told = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors())
        raise BadInput("; ".join(told)) from None


def models(
    key: str, model: "str | Provider | None", at_once: int
) -> "tuple[Provider | None, Provider | None]":
    """The model that files and the one that looks for answers; rules do what is None.

    Raises:
        BadInput: a key without a model, or the name of a model without a key.
    """
    if model is not None and not isinstance(model, str):
        return model, model
    if not key:
        if model:
            raise BadInput(f"no key is given for the model {model[:80]!r}; openrouter_api_key takes one")
        return None, None
    from . import models as made
    from .settings import BadSettings, Settings

    server = {"provider": "openrouter", "model_url": "", "model_key": ""}
    try:
        settings = Settings.load(**server, openrouter_key=key, model=model, model_concurrency=at_once)
    except BadSettings as wrong:
        raise BadInput(f"{wrong}; pass model='...', or set DEFAULT_MODEL") from None
    asked = made.models(settings)
    return asked.writer, asked.retrieval
