"""A question answered by the scout, and by a model where that is worth it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..ontologies import loader
from .explorer.depth import wants_model
from .onboarding import ontology_of
from .recall import Recaller

if TYPE_CHECKING:
    from datetime import date

    from ..storage.snapshot import Snapshot
    from .context import Context
    from .explorer.limits import Limits
    from .providers.provider import Provider
    from .recall import Within

_NO_MODEL = "found by rules: no model is configured"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and within which bounds.

    `max_tokens` caps the answer as it is sent, `within` are the first and last day of what may have
    happened, `profile` a path to add; `depth` says whether a model looks, too, and `limits` for how long.
    """

    text: str
    max_tokens: int
    today: date
    within: Within = (None, None)
    profile: str = ""
    depth: str = ""
    limits: Limits | None = None
    user: str = ""


@dataclass(slots=True)
class Retrieval:
    """Answers questions from snapshots."""

    provider: Provider | None = None
    recaller: Recaller = field(default_factory=Recaller)
    ontology: str = loader.DEFAULT

    def answer(self, snapshot: Snapshot, asked: Question) -> Context:
        """The blocks that matter for a question.

        Raises:
            BadInput: an empty question, a budget no answer fits in, no such depth.
        """
        found = self.recaller.recall(
            snapshot,
            asked.text,
            asked.max_tokens,
            asked.today,
            profile=asked.profile,
            within=asked.within,
            user=asked.user,
        )
        wanted = wants_model(asked.depth, found, asked.text)
        if asked.depth == "fast":
            return replace(found, retrieval_version="baseline_only")
        if not wanted:
            return found
        if self.provider is None:
            note = "; ".join(filter(None, (found.note, _NO_MODEL))) if asked.depth == "deep" else found.note
            return replace(found, note=note)
        # Not imported before a model is asked.
        from .explorer.explorer import explored

        return explored(
            snapshot,
            asked.text,
            found,
            self.provider,
            max_tokens=asked.max_tokens,
            today=asked.today,
            limits=asked.limits,
            ontology=ontology_of(snapshot, self.ontology),
            within=asked.within,
        )
