"""Figures on the server for Prometheus; no user's name and no word of a memory is among them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..agents.providers.counters import Counters
from ..errors import DiffMemError
from ..memory import Memory

Route = Callable[[str, str], str]
"""The path of the route table that a method and a path as it was sent are for; "" for none."""

_MOST_LOOKED_AT = 500
"""Memories that are looked at for one answer, so that it comes at once; the others come next time."""
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
        self._jobs = Gauge("diffmem_jobs", "Jobs by how far they have come.", ["status"], registry=registry)
        registry.register(_Spent(spent))
        ProcessCollector(registry=registry)
        self._changed: dict[str, None] = {}
        self._waiting: dict[str, int] = {}
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
        self._pending.set(await self._still_waiting())
        return generate_latest(self._registry)

    def _committed(self, user: str, _commit: str) -> None:
        self._commits.inc()
        self._changed[user] = None

    async def _still_waiting(self) -> int:
        """How many sessions wait; looks only where there is a new commit, or something waited before."""
        for user in list(dict.fromkeys([*self._changed, *self._waiting]))[:_MOST_LOOKED_AT]:
            self._changed.pop(user, None)
            try:
                number = len(await self._memory.pending(user))
            except DiffMemError:
                number = 0
            self._waiting[user] = number
            if not number:
                self._waiting.pop(user, None)
        return sum(self._waiting.values())


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
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._count(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not begun:
                self._count(scope, 500)
            raise

    def _count(self, scope: Scope, status: int) -> None:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path, method = raw.partition(b"?")[0].decode("latin-1"), scope["method"]
        # What nobody knows is one route, or anybody could make as many as they like.
        route = self._route(method, path) or (path if path == "/mcp" else "other")
        self._metrics.answered(method if method in _METHODS else "other", route, status)


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
