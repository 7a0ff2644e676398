"""A memory at one commit, sorted into what exports tell apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import NamedTuple

from ...agents.onboarding import ontology_of, profile_path
from ...agents.places import is_entity, is_generated
from ...errors import BadInput
from ...ontologies import entity, session, timeline
from ...ontologies.entity import Entity
from ...ontologies.session import SessionFile
from ...ontologies.timeline import Entry
from ...storage import moment
from ...storage.branch import Branch
from ...storage.names import SessionId, UserId, session_key
from ...storage.snapshot import File, Snapshot


class Filed(NamedTuple):
    """An entity and its path."""

    path: str
    entity: Entity


class Said(NamedTuple):
    """A session, its path, and the key its marks begin with."""

    path: str
    key: str
    file: SessionFile


class Dated(NamedTuple):
    """An entry of the timeline and the path it stands in."""

    path: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Edition:
    """What one commit of a user's memory holds; every part comes in an order that only depends on it.

    `rest` are the paths that are neither an entity, a session, a month of the timeline nor a generated page.
    """

    user: UserId
    snapshot: Snapshot
    files: tuple[File, ...]
    sessions: tuple[Said, ...]
    rest: tuple[str, ...]
    by_key: Mapping[str, Said] = field(default_factory=dict[str, Said])

    @classmethod
    def of(cls, branch: Branch, as_of: str = "", zone: tzinfo = UTC) -> "Edition":
        """The memory of a branch as it was known at a moment.

        Raises:
            UnknownUser, UnknownCommit: there is none, or there was none then.
        """
        snapshot = moment.as_of(branch, as_of, zone) if as_of else branch.snapshot()
        files = tuple(sorted(snapshot.files()))
        found = [_said(snapshot, file.path) for file in files if file.path.startswith("sessions/")]
        sessions = sorted((said for said in found if said), key=lambda said: (said.file.date[:10], said.path))
        known = {said.path for said in sessions}
        rest = tuple(file.path for file in files if file.path not in known and _is_other(file.path))
        return cls(branch.user, snapshot, files, tuple(sessions), rest, {said.key: said for said in sessions})

    @property
    def profile(self) -> str:
        """The path of the user's own file."""
        return profile_path(self.user, self.snapshot)

    @property
    def ontology(self) -> str:
        """What the memory's ontology is loaded by."""
        return ontology_of(self.snapshot)

    @property
    def entities(self) -> Iterator[Filed]:
        """Every entity, the profile too."""
        for file in self.files:
            if is_entity(file.path):
                yield Filed(file.path, entity.parse(self.snapshot.read(file.path)))

    @property
    def entries(self) -> Iterator[Dated]:
        """Every entry of the timeline, oldest month first."""
        for file in self.files:
            if _is_month(file.path):
                for entry in timeline.parse(self.snapshot.read(file.path)):
                    yield Dated(file.path, entry)


def _is_month(path: str) -> bool:
    return path.startswith("timeline/") and path.endswith(".md")


def _is_other(path: str) -> bool:
    return not (is_entity(path) or is_generated(path) or _is_month(path))


def _said(snapshot: Snapshot, path: str) -> Said | None:
    try:
        file = session.parse(snapshot.read(path))
    except BadInput:
        # A file that people put among the sessions.
        return None
    return Said(path, session_key(SessionId(file.session_id)), file)
