"""How a memory stands: what it holds, what waits, what failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..ontologies import loader
from ..storage import pending
from ..storage.snapshot import Snapshot
from .catalogue import Catalogue
from .onboarding import ontology_of


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one user's memory at a commit.

    `pending` are the sessions whose digest is missing, oldest first, `held` those of them that wait for
    their caller, and `failed` says why a model could not digest one.
    """

    user: str
    commit: str
    changed: str
    ontology: str
    sessions: int
    entities: int
    pending: tuple[str, ...]
    held: tuple[str, ...]
    failed: Mapping[str, str] = field(default_factory=dict[str, str])


def status(
    snapshot: Snapshot, user: str, failed: Mapping[str, str], ontology: str = loader.DEFAULT
) -> Status:
    """Count what a memory holds and tell what waits; `ontology` is that of a memory that names none."""
    waiting = pending.sessions(snapshot)
    return Status(
        user=user,
        commit=snapshot.commit,
        changed=snapshot.time.isoformat(timespec="seconds"),
        ontology=ontology_of(snapshot, ontology),
        sessions=sum(1 for _ in snapshot.files("sessions")),
        entities=sum(1 for _ in Catalogue.of(snapshot)),
        pending=tuple(waiting),
        held=tuple(pending.held(snapshot)),
        failed={session: why for session, why in failed.items() if session in waiting},
    )
