"""A memory put in order: each step of each tool a commit of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..agents.answers import Consolidation, ToolReport
from ..agents.consolidator import tools as consolidator
from ..agents.consolidator.survey import Task
from ..agents.onboarding import ontology_of, profile_path
from ..ontologies import loader
from ..storage.desk import Desk
from ..storage.failpoint import failpoint
from ..storage.names import UserId

if TYPE_CHECKING:
    from datetime import date

    from ..agents.providers.provider import Provider


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far consolidation goes; see `Task`."""

    window: int = 0
    soft_cap_tokens: int = 32_000


class Order:
    """Runs the tools of the consolidator; holds the user's lock only to commit."""

    def __init__(self, desk: Desk, provider: Provider | None, ontology: str = loader.DEFAULT) -> None:
        self._desk = desk
        self._provider = provider
        self._ontology = ontology

    def consolidate(
        self, user: UserId, tools: Sequence[str], bounds: Bounds, today: date, *, dry_run: bool
    ) -> Consolidation:
        """Run some tools, in their order, and tell what each did and left alone."""
        reports = {
            tool: self._run(tool, user, bounds, today, dry_run=dry_run) for tool in consolidator.chosen(tools)
        }
        return Consolidation(reports)

    def _run(self, tool: str, user: UserId, bounds: Bounds, today: date, *, dry_run: bool) -> ToolReport:
        snapshot = self._desk.store.branch(user).snapshot()
        name = ontology_of(snapshot, self._ontology)
        task = Task(
            owner=profile_path(user, snapshot),
            ontology=loader.load(name),
            ontology_name=name,
            today=today,
            provider=self._provider,
            window=bounds.window,
            soft_cap_tokens=bounds.soft_cap_tokens,
        )
        found = consolidator.survey(tool, snapshot, task)
        failpoint("consolidate.planned")
        if dry_run:
            return found.report()
        made = (self._desk.carry_out(user, step.plan) for step in found.steps)
        return found.report([done.commit for done in made if done])
