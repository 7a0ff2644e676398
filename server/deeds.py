"""Notes every commit with who had it made and by which verb."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.types import CallToolResult

from ..memory import Memory
from .auth.audit import Audit
from .auth.bridge import asking
from .auth.principal import Principal

SERVER = Principal("server", "", frozenset())
"""Who digests what waits, and does what else nobody asked for at that moment."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody is about to change, by which verb."""

    principal: Principal
    verb: str
    job: str = ""


_doing: ContextVar[Deed | None] = ContextVar("doing", default=None)


class Deeds:
    """Listens to a memory's commits; the deed they belong to is whatever their context says."""

    def __init__(self, memory: Memory, audit: Audit) -> None:
        self._audit = audit
        memory.watch(self._committed)

    @contextmanager
    def doing(self, principal: Principal, verb: str, job: str = "") -> Generator[None]:
        """Have the commits made inside, in worker threads too, noted as this deed."""
        token = _doing.set(Deed(principal, verb, job))
        try:
            yield
        finally:
            _doing.reset(token)

    def erased(self, user: str) -> None:
        """Note that a whole memory is gone, of which no commit is left to tell."""
        deed = _deed()
        self._audit.record(deed.principal, deed.verb, user, "")

    def queued(self, user: str, job: str) -> None:
        """Note who has asked for a job, whose commits are made later."""
        deed = _deed()
        self._audit.record(deed.principal, deed.verb, user, "", job=job)

    async def of_protocol(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """The same for the tools of the protocol; a middleware that stands inside the warden."""
        if ctx.method != "tools/call":
            return await call_next(ctx)
        params = ctx.params or {}
        with self.doing(asking(), str(params.get("name", ""))[:40]):
            done = await call_next(ctx)
            arguments: Any = params.get("arguments") or {}
            if isinstance(done, CallToolResult) and not done.is_error and _took_all(done, arguments):
                self.erased(asking().user)
            return done

    def _committed(self, user: str, commit: str) -> None:
        deed = _deed()
        self._audit.record(deed.principal, deed.verb, user, commit, job=deed.job)


def _deed() -> Deed:
    return _doing.get() or Deed(SERVER, "digest")


def _took_all(done: CallToolResult, arguments: Any) -> bool:
    told: Any = done.structured_content or {}
    return bool(arguments.get("everything")) and told.get("done") is True
