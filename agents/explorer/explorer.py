"""Recall with a model: what it points at after looking around within limits, or else the scout's answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import TYPE_CHECKING

from ...errors import GitFailed, ModelError, ModelNonsense, ModelRefused, ModelUnavailable
from ...ontologies.loader import DEFAULT
from ...storage.snapshot import Snapshot
from ..context import Context
from ..providers.provider import Meter, Provider
from . import frame
from .limits import Allowance, Limits

if TYPE_CHECKING:
    from ..recall import Within
    from .places import Places
    from .plan import Plan

ROOMY = 16_000
"""How many tokens a model must take to be told all there is to tell."""
_WITHOUT = "found without a model"
_WHY: dict[type[Exception], str] = {
    ModelUnavailable: "it did not answer",
    ModelRefused: "it refused",
    ModelNonsense: "it gave no usable plan",
    GitFailed: "the history could not be read",
}


def explored(
    snapshot: Snapshot,
    question: str,
    baseline: Context,
    provider: Provider,
    *,
    max_tokens: int,
    today: date,
    limits: Limits | None = None,
    ontology: str = DEFAULT,
    within: Within = (None, None),
    clock: Callable[[], float] = time.monotonic,
) -> Context:
    """What a model finds for a question, starting from what the scout found: `baseline`.

    Whatever goes wrong with the model, the baseline is the answer and its note says why. Either way the
    context tells what was spent. `max_tokens` is the size of the answer as it is sent; `within` are the first
    and last day of what may have happened, as the baseline was found.

    Raises:
        BadOntology: a prompt cannot be filled.
        UnknownCommit: the state was erased meanwhile.
    """
    # Pydantic is not imported where no model is asked.
    from .briefing import Briefing
    from .journey import Journey, NoPlan
    from .places import Places

    meter = Meter(provider)
    size = provider.context_tokens / ROOMY
    allowance = Allowance(limits or Limits(), clock, lambda: meter.usage.tokens_in + meter.usage.tokens_out)
    try:
        briefing = Briefing(snapshot, question, baseline, today=today, ontology=ontology, size=size)
        now = datetime.combine(today, clock_time.max, UTC)
        plan = Journey(snapshot, meter, briefing, allowance, now).plan()
        places = Places(snapshot, within)
        found = _shown(places, plan, baseline, question, max_tokens)
    except NoPlan as stopped:
        found = _fallen_back(baseline, str(stopped), max_tokens)
    except (ModelError, GitFailed) as failed:
        found = _fallen_back(baseline, _WHY.get(type(failed), "it failed"), max_tokens)
    return replace(
        found, usage=meter.usage, turns=allowance.turns, elapsed_ms=round(1000 * allowance.elapsed)
    )


def _shown(places: Places, plan: Plan, baseline: Context, question: str, max_tokens: int) -> Context:
    from .resolver import resolved

    found = resolved(places, plan, baseline, question, max_tokens=max_tokens)
    if not found.by_agent:
        why = "its plan leads nowhere in this memory" if plan.pointers else "it found no place that answers"
        return _fallen_back(baseline, why, max_tokens)
    return replace(
        baseline,
        blocks=found.blocks,
        note=found.note,
        tokens=sum(block.tokens for block in found.blocks),
        retrieval_version="agent",
        synthesis=" ".join(plan.synthesis.split()),
        entities=tuple(dict.fromkeys(name for raw in plan.entities if (name := " ".join(raw.split())))),
    )


def _fallen_back(baseline: Context, why: str, max_tokens: int) -> Context:
    """The scout's answer with a note, without its least blocks if the note needs their room."""
    note = "; ".join(filter(None, (baseline.note, f"{_WITHOUT}: {why}")))
    tray = frame.Tray(baseline.commit, note, max_tokens)
    best = sorted(baseline.blocks, key=lambda block: -block.score)
    kept = {id(block) for block in best if tray.take(block)}
    blocks = tuple(block for block in baseline.blocks if id(block) in kept)
    return replace(
        baseline,
        blocks=blocks,
        note=note,
        tokens=sum(block.tokens for block in blocks),
        retrieval_version="scout",
    )
