"""What the endpoints work with: the memory, the jobs, and what else a server was given."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from ...memory import Memory
from ..deeds import Deeds
from ..jobs.jobs import LONGEST_WAIT, Jobs
from ..metrics import Metrics
from ..readiness import Readiness

Sync = Callable[[], Awaitable[Mapping[str, str]]]
"""Mirrors every memory; answers how each stands there."""
Mount = Callable[[str], Awaitable[None]]
"""Has a user's memory here, if another machine began it."""
Export = Callable[[str, Path, str, str], Awaitable[None]]
"""Writes one user's memory into a file: in which form, and as of when ("" for now)."""


@dataclass(frozen=True, slots=True)
class Backends:
    """What a server runs on, as `/health` names it."""

    storage: str = "local"
    backup: str = "none"
    executor: str = "inline"
    ontology: str = "personal"


@dataclass(frozen=True, slots=True)
class Service:
    """What the endpoints work with; `sync`, `mount` and `export` are None where there is no such thing here.

    `patience_seconds` is how long a caller who waits for a job is kept.
    """

    memory: Memory
    jobs: Jobs
    deeds: Deeds
    metrics: Metrics
    readiness: Readiness
    zone: tzinfo = UTC
    backends: Backends = field(default_factory=Backends)
    sync: Sync | None = None
    mount: Mount | None = None
    export: Export | None = None
    patience_seconds: float = LONGEST_WAIT
    waits_by_default: bool = True

    def now(self) -> datetime:
        """This moment, in the zone of the settings."""
        return datetime.now(self.zone)
