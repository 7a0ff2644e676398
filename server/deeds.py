"""Notes every change of a memory in the audit log: exactly one line each, at whatever door it came in."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from .auth.audit import ERASED, Audit
from .doing import deed, doing

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from ..memory import Memory
    from .auth.principal import Principal

AUDIT = "audit.jsonl"
"""What the log is called, in the home."""


class Deeds:
    """Listens to a memory; who did it and by which verb is whatever `doing` says at that moment.

    `local` is who calls the tools where nobody is asked for a token.
    """

    def __init__(self, memory: Memory, audit: Audit, local: Principal | None = None) -> None:
        self._audit = audit
        self._local = local
        memory.desk.recorders.append(self._committed)
        memory.desk.departures.append(self._departed)

    @classmethod
    def of_home(cls, memory: Memory, home: Path, local: Principal | None = None) -> Self:
        """The same, into the one log of a home, wherever its memories lie."""
        return cls(memory, Audit(home / AUDIT), local)

    @contextmanager
    def doing(self, principal: Principal, verb: str) -> Generator[None]:
        """Have the changes made inside, in worker threads and jobs too, noted as this principal's."""
        with doing(principal.name, verb):
            yield

    async def of_protocol(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """The same for the tools of the protocol; a middleware that stands inside the warden."""
        from .auth.bridge import asking

        if ctx.method != "tools/call":
            return await call_next(ctx)
        with self.doing(self._local or asking(), str((ctx.params or {}).get("name", ""))[:40]):
            return await call_next(ctx)

    def _committed(self, user: str, commit: str) -> None:
        found = deed()
        self._audit.record(found.who, found.verb, user, commit, job=found.job)

    def _departed(self, user: str) -> None:
        found = deed()
        self._audit.forget(user)
        self._audit.record(found.who, found.verb, ERASED, "", job=found.job)
