"""What a tool of the consolidator found to do, step by step, and what it left alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ...storage.changes import ChangeSet
from ...storage.snapshot import Snapshot
from ..answers import ToolReport

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology
    from ..providers.provider import Provider

MOST_TOLD = 100
"""How many of what was left alone a report names."""

Plan = Callable[[Snapshot], ChangeSet | None]


@dataclass(frozen=True, slots=True)
class Task:
    """What consolidation is to work with.

    `owner` is the path of the profile, `window` how many of the last commits `link` looks at (0: all),
    `soft_cap_tokens` what a file may hold, `stale_days` for how long what is weak was left alone.
    """

    owner: str
    ontology: "Ontology"
    ontology_name: str
    today: date
    provider: "Provider | None" = None
    window: int = 0
    soft_cap_tokens: int = 32_000
    most_asked: int = 40
    stale_days: int = 365


@dataclass(frozen=True, slots=True)
class Step:
    """One commit to be: what it does, what files it is about, and the plan, made again if the tip moves."""

    told: str
    files: tuple[str, ...]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Survey:
    """The steps of one tool and what its report says."""

    steps: tuple[Step, ...] = ()
    considered: int = 0
    compared: int = 0
    passed: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    note: str = ""
    told: tuple[str, ...] = ()
    """What was done in more words than the steps have; empty if they say it all."""

    def report(self, commits: Sequence[str] = ()) -> ToolReport:
        """The report, with the commits that were made."""
        return ToolReport(
            commit=commits[-1] if commits else "",
            files=tuple(sorted({path for step in self.steps for path in step.files})),
            considered=self.considered,
            note=self.note,
            commits=tuple(commits),
            done=self.told or tuple(step.told for step in self.steps),
            passed=self.passed[:MOST_TOLD],
            compared=self.compared,
            proposed=self.proposed,
        )


def notes(*parts: str) -> str:
    """The parts of a note that say something."""
    return "; ".join(part for part in parts if part)
