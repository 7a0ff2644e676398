"""Figures on the server for Prometheus; no user's name and no word of a memory is among them."""

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from anyio import to_thread
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from pygit2 import GitError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..agents.providers.counters import Counters
from ..errors import DiffMemError
from ..memory import Memory
from ..storage.mirror_point import Lag
from ..storage.names import user_id

Figure = TypeVar("Figure")
Route = Callable[[str, str], str]
"""The path of the route table that a method and a path as it was sent are for; "" for none."""

_MOST_LOOKED_AT = 500
"""Memories that are looked at for one answer, so that it comes at once; the others come next time."""
_log = logging.getLogger(__name__)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counts and times what goes on, of this process and since it began."""

    def __init__(self, memory: Memory, spent: Counters) -> None:
        self._memory = memory
        self._registry = registry = CollectorRegistry()
        told = ["method", "route", "status"]
        self._requests = Counter("diffmem_requests", "Requests answered.", told, registry=registry)
        self._recall = Histogram("diffmem_recall_seconds", "Time that a recall took.", registry=registry)
        self._commits = Counter("diffmem_commits", "Commits made here.", registry=registry)
        waiting = "Sessions that wait for their digest, in the memories that were changed here."
        self._pending = Gauge("diffmem_pending_sessions", waiting, registry=registry)
        self._backups = _Backups(registry) if memory.mirror else None
        self._jobs = Gauge("diffmem_jobs", "Jobs by how far they have come.", ["status"], registry=registry)
        registry.register(_Spent(spent))
        ProcessCollector(registry=registry)
        self._waiting = _Looks(self._number_waiting)
        self._lagging = _Looks(self._lag)
        self._lags_known = False
        memory.watch(self._committed)

    def answered(self, method: str, route: str, status: int) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()

    def recalling(self) -> AbstractContextManager[object]:
        """Time the recall that is made inside."""
        return self._recall.time()

    async def of_protocol(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """The same for the tool `recall` of the protocol; a middleware."""
        if ctx.method != "tools/call" or (ctx.params or {}).get("name") != "recall":
            return await call_next(ctx)
        with self.recalling():
            return await call_next(ctx)

    async def text(self, jobs: Mapping[str, int]) -> bytes:
        """Every figure as Prometheus reads it; `jobs` are how many there are by status."""
        for status, number in jobs.items():
            self._jobs.labels(status).set(number)
        self._pending.set(sum(await self._waiting.found()))
        if self._backups:
            if not self._lags_known:
                # What an earlier process left behind is looked for once.
                self._lags_known = True
                self._lagging.changed(*await self._memory.users())
            self._backups.tell(await self._lagging.found())
        return await to_thread.run_sync(generate_latest, self._registry)

    def _committed(self, user: str, _commit: str) -> None:
        self._commits.inc()
        self._waiting.changed(user)
        self._lagging.changed(user)

    async def _number_waiting(self, user: str) -> int:
        return len(await self._memory.pending(user))

    async def _lag(self, user: str) -> Lag | None:
        mirror, store = self._memory.mirror, self._memory.desk.store
        if mirror is None:
            return None
        lag = await to_thread.run_sync(lambda: mirror.lag(store.branch(user_id(user))))
        return lag if lag.commits or lag.erase else None


class _Looks(Generic[Figure]):
    """A figure of each memory where there is one, looked at again only where it may be another by now."""

    def __init__(self, look: Callable[[str], Awaitable[Figure | None]]) -> None:
        self._look = look
        self._changed: dict[str, None] = {}
        self._known: dict[str, Figure] = {}

    def changed(self, *users: str) -> None:
        """Have these looked at."""
        self._changed.update(dict.fromkeys(users))

    async def found(self) -> Collection[Figure]:
        """Every figure that is not zero or None."""
        for user in list(dict.fromkeys([*self._changed, *self._known]))[:_MOST_LOOKED_AT]:
            self._changed.pop(user, None)
            self._known.pop(user, None)
            try:
                figure = await self._look(user)
            except (DiffMemError, GitError):
                continue
            if figure:
                self._known[user] = figure
        return self._known.values()


class _Backups:
    """How far the mirror is behind, as far as is known here."""

    def __init__(self, registry: CollectorRegistry) -> None:
        told = "Age of the oldest commit the mirror does not have yet, 0 if it has all."
        self._age = Gauge("diffmem_backup_age_seconds", told, registry=registry)
        told = "Commits that the mirror does not have yet."
        self._commits = Gauge("diffmem_backup_missing_commits", told, registry=registry)
        told = "Memories of which the mirror does not have everything yet."
        self._memories = Gauge("diffmem_backup_behind_memories", told, registry=registry)

    def tell(self, lags: Collection[Lag]) -> None:
        """Set the figures."""
        oldest = min((lag.since for lag in lags if lag.since), default=None)
        self._age.set(max(0.0, (datetime.now(UTC) - oldest).total_seconds()) if oldest else 0)
        self._commits.set(sum(lag.commits for lag in lags))
        self._memories.set(len(lags))


class Counted:
    """Has each request counted as its answer begins, refusals too; stands outermost."""

    def __init__(self, app: ASGIApp, metrics: Metrics, route: Route) -> None:
        self._app = app
        self._metrics = metrics
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, start = False, time.monotonic()

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._count(scope, message["status"], start)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not begun:
                self._count(scope, 500, start)
            raise

    def _count(self, scope: Scope, status: int, start: float) -> None:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path, method = raw.partition(b"?")[0].decode("latin-1"), scope["method"]
        # What nobody knows is one route, or anybody could make as many as they like.
        route = self._route(method, path) or (path if path == "/mcp" else "other")
        shown = method if method in _METHODS else "other"
        self._metrics.answered(shown, route, status)
        # The route and not the path, which names users and files.
        taken = round((time.monotonic() - start) * 1000)
        told = {"method": shown, "route": route, "status": status, "milliseconds": taken}
        _log.info("%s %s %d in %d ms", shown, route, status, taken, extra=told)


class _Spent(Collector):
    """What models were asked, by their names."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """The totals of this moment."""
        calls = CounterMetricFamily("diffmem_model_calls", "Answers of models.", labels=["model"])
        failures = CounterMetricFamily("diffmem_model_failures", "Requests without answer.", labels=["model"])
        tokens = CounterMetricFamily("diffmem_model_tokens", "Tokens sent (in) and got (out).", labels=_WAYS)
        for model, total in self._counters.totals().items():
            calls.add_metric([model], total.usage.calls)
            failures.add_metric([model], total.failures)
            tokens.add_metric([model, "in"], total.usage.tokens_in)
            tokens.add_metric([model, "out"], total.usage.tokens_out)
        yield from (calls, failures, tokens)


_WAYS = ["model", "direction"]
