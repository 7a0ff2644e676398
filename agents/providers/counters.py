"""What was spent on models since the start, by model."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from .provider import Usage


@dataclass(frozen=True, slots=True)
class Total:
    """What was spent on one model; `failures` are requests that brought no answer, retried or not."""

    usage: Usage = field(default_factory=Usage)
    failures: int = 0


class Counters:
    """Totals that many threads add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals: dict[str, Total] = {}

    def answered(self, model: str, usage: Usage) -> None:
        """Count an answer."""
        with self._lock:
            total = self._totals.get(model, Total())
            self._totals[model] = replace(total, usage=total.usage + usage)

    def failed(self, model: str) -> None:
        """Count a request that brought no answer."""
        with self._lock:
            total = self._totals.get(model, Total())
            self._totals[model] = replace(total, failures=total.failures + 1)

    def totals(self) -> dict[str, Total]:
        """The totals of this moment, by the name of the model."""
        with self._lock:
            return dict(self._totals)
