"""How often somebody may ask: a bucket of requests for each principal, filled again at a steady rate."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from .principal import Principal
from .principal import Scope as Right
from .problem import problem

Kind = Literal["read", "write"]
_MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Budget:
    """So many a minute; `burst` of them at once."""

    per_minute: float
    burst: int


class Limiter:
    """The buckets of everybody; in memory, of this process."""

    def __init__(self, budgets: Mapping[Kind, Budget], now: Callable[[], float] = time.monotonic) -> None:
        self._budgets = dict(budgets)
        self._now = now
        self._buckets: dict[tuple[str, Kind], tuple[float, float]] = {}

    def take(self, who: str, kind: Kind) -> float:
        """Take one; answers 0, or the seconds until there is one again."""
        budget = self._budgets.get(kind)
        if budget is None:
            return 0
        now, rate = self._now(), budget.per_minute / 60
        left = self._left(who, kind, now)
        if left < 1:
            return (1 - left) / rate
        if len(self._buckets) >= _MOST_BUCKETS:
            self._forget_full(now)
        self._buckets[who, kind] = (left - 1, now)
        return 0

    def _left(self, who: str, kind: Kind, now: float) -> float:
        budget = self._budgets[kind]
        left, since = self._buckets.get((who, kind), (float(budget.burst), now))
        return min(budget.burst, left + (now - since) * budget.per_minute / 60)

    def _forget_full(self, now: float) -> None:
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if self._left(*key, now) < self._budgets[key[1]].burst
        }


class RateLimit:
    """Answers 429 to whoever asks too often; `needs` tells reads from writes. Stands inside the gate."""

    def __init__(self, app: ASGIApp, limiter: Limiter, needs: Callable[[str, str], Right | None]) -> None:
        self._app = app
        self._limiter = limiter
        self._needs = needs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 429."""
        principal = scope.get("state", {}).get("principal")
        if scope["type"] == "http" and isinstance(principal, Principal):
            kind: Kind = (
                "write" if self._needs(scope["method"], scope["path"]) in {"write", "admin"} else "read"
            )
            seconds = self._limiter.take(principal.name, kind)
            if seconds:
                wait = {"Retry-After": str(math.ceil(seconds))}
                await problem(429, too_many(kind, seconds), wait)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def too_many(kind: Kind, seconds: float) -> str:
    """What somebody is told who asks too often."""
    return f"too many {kind}s; try again in {math.ceil(seconds)} s"
