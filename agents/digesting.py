"""Which writer files a session: the model where there is one, the rules where it keeps failing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..errors import ModelDeclined, ModelError, ModelNonsense
from ..ontologies import loader
from ..storage import pending
from . import intake
from .indexing import is_entity
from .onboarding import ontology_of, profile_path
from .rules import writer as by_rules
from .rules.writer import Owner

if TYPE_CHECKING:
    from ..ontologies.schema import Ontology
    from ..storage.changes import ChangeSet
    from ..storage.names import SessionId, UserId
    from ..storage.snapshot import Snapshot
    from .facts import Fact
    from .providers.provider import Provider

    Facts = Sequence[Fact | Mapping[str, object]]

log = logging.getLogger(__name__)

_PATIENCE = 3
"""How often a model may fail at one session before the rules file it."""


@dataclass(slots=True)
class Digester:
    """Plans digests; remembers what a model failed at and why.

    `ontology` is that of memories that name none.
    """

    provider: Provider | None = None
    ontology: str = loader.DEFAULT
    failures: dict[tuple[UserId, SessionId], ModelError] = field(
        default_factory=dict["tuple[UserId, SessionId]", ModelError]
    )
    _failed: Counter[tuple[UserId, SessionId]] = field(default_factory=Counter["tuple[UserId, SessionId]"])

    def plan(self, user: UserId, session: SessionId, snapshot: Snapshot) -> ChangeSet | None:
        """What filing a stored session changes; None where it is not stored, or a model could not say.

        Raises:
            ModelUnavailable, ModelRefused: the model cannot be asked now; others would fail, too.
        """
        path = intake.stored_at(snapshot, session)
        if path is None:
            return None
        told = user, session
        if self.provider is None or self._failed[told] >= _PATIENCE:
            return self._by_rules(user, session, path, snapshot)
        try:
            changes = self._by_model(user, session, path, snapshot)
        except ModelError as error:
            self.failures[told] = error
            if not isinstance(error, ModelNonsense | ModelDeclined):
                raise
            self._failed[told] += 1
            log.warning("session waits: %s", error)
            return None
        self.failures.pop(told, None)
        return changes

    def by_facts(
        self, user: UserId, session: SessionId, facts: Facts, snapshot: Snapshot
    ) -> ChangeSet | None:
        """What filing a stored session by ready-made facts changes; None if all of them are filed."""
        from .facts import plan

        path = intake.stored_at(snapshot, session)
        if path is None:
            return None
        ontology, after = self._ontology(snapshot), intake.digested_turns(snapshot, path, session)
        changes = plan(snapshot, path, _owner(user, snapshot), ontology, facts, after_turn=after)
        if session in pending.sessions(snapshot):
            return changes
        # A digest has told the timeline of this session; only what it did not know is added.
        write = {path: text for path, text in changes.write.items() if not path.startswith("timeline/")}
        new = any(is_entity(path) for path in write)
        return replace(changes, write=write, waiting=0) if new else None

    def failed(self, user: UserId) -> dict[str, str]:
        """Why a model could not digest which sessions of a user."""
        return {session: str(error) for (who, session), error in self.failures.items() if who == user}

    def _by_rules(self, user: UserId, session: SessionId, path: str, snapshot: Snapshot) -> ChangeSet:
        after = intake.digested_turns(snapshot, path, session)
        return by_rules.plan(
            snapshot, path, _owner(user, snapshot), self._ontology(snapshot), after_turn=after
        )

    def _by_model(self, user: UserId, session: SessionId, path: str, snapshot: Snapshot) -> ChangeSet:
        # Not imported before a model is asked: pydantic takes longer than reading a memory does.
        from .writer import writer as by_model

        assert self.provider is not None
        after = intake.digested_turns(snapshot, path, session)
        return by_model.plan(
            snapshot, path, _owner(user, snapshot), self._ontology(snapshot), self.provider, after_turn=after
        )

    def _ontology(self, snapshot: Snapshot) -> Ontology:
        return loader.load(ontology_of(snapshot, self.ontology))


def _owner(user: UserId, snapshot: Snapshot) -> Owner:
    return Owner(profile_path(user, snapshot), (user,))
