"""Files a session with a model: two questions a part, checked edits, one commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from ...ontologies import entity, timeline
from ...ontologies import session as session_file
from ...ontologies.session import SessionFile
from ...ontologies.statement import first_day
from ...ontologies.wikilink import Link
from ...storage.changes import Actor, ChangeSet, Stage
from ...storage.names import SessionId, session_key
from ...storage.snapshot import Snapshot
from ..onboarding import ontology_of
from ..providers.provider import Meter, Usage
from ..rules.people import Cast, Subject
from ..rules.sentences import is_question, is_small_talk, sentences
from ..rules.themes import themes
from ..rules.writer import Owner
from .digest import Desk, Digest
from .files import Files
from .grounding import Evidence
from .heard import Person, Said, parts, said_in
from .roll import Roll

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology
    from ..providers.provider import Provider

ROOM = 12_000
"""How many tokens a question to a model has, its instructions included."""
_LONGEST_EVENT = 400
_MOST_TOPICS = 8


def plan(
    snapshot: Snapshot,
    path: str,
    owner: Owner,
    ontology: Ontology,
    provider: Provider,
    *,
    after_turn: int = 0,
    today: date | None = None,
    room: int = 0,
) -> ChangeSet:
    """What filing a stored session changes, as a model has it and as far as the session bears it out.

    `after_turn` is the last turn already filed; what does not fit `room` tokens is asked in parts. By
    default the room is what the model has for a prompt, at most `ROOM`.

    Raises:
        ModelError: the model did not do its part; there is no half plan.
    """
    session = session_file.at(path, snapshot.read(path))
    reading = Reading(snapshot, path, session, owner, ontology, today)
    meter = Meter(provider)
    room = room or min(ROOM, provider.context_tokens * 3 // 4)
    digest = Digest(reading.desk, meter, ontology_of(snapshot), snapshot.commit)
    fresh = [one for one in reading.said if one.number > after_turn and one.text]
    # Three eighths of the room are for the words, the rest for the index or the files, and the instructions.
    for part in parts(fresh, room * 4 * 3 // 8) if any(one.stated for one in fresh) else ():
        digest.take(part, room)
    entry = reading.entry(digest.events, digest.topics, digest.contexts, after_turn)
    return reading.changes(entry, spent(meter, digest.versions))


def spent(meter: Meter, versions: Iterable[str]) -> dict[str, str]:
    """What a model was asked with and what that cost, as trailers."""
    usage: Usage = meter.usage
    if not usage.calls:
        return {}
    told = {
        "Model": meter.model,
        "Prompt": " ".join(versions),
        "Tokens": f"{usage.tokens_in}/{usage.tokens_out}",
        "Calls": str(usage.calls),
    }
    return told if usage.cost is None else {**told, "Cost": f"{usage.cost:.6f}"}


class Reading:
    """A stored session, whose memory it belongs to, and the desk it is filed at."""

    def __init__(
        self,
        snapshot: Snapshot,
        path: str,
        session: SessionFile,
        owner: Owner,
        ontology: Ontology,
        today: date | None,
    ) -> None:
        self._path, self._session = path, session
        self._person = _whose(snapshot, owner)
        self._files = Files(snapshot, ontology, self._person, session.date[:10])
        turns = session.turns()
        subject = Subject(self._person.name, ontology.person, self._person.path)
        self._cast = Cast(self._files.catalogue, turns, subject, self._person.names)
        for turn in turns:
            speaker = self._cast.speaker(turn)
            if speaker:
                self._cast.introduce(turn.text, speaker)
        self.said = said_in(session, self._cast, self._person)
        evidence = Evidence(self.said)
        day = today or first_day(session.received[:10]) or date.min
        key = session_key(SessionId(session.session_id))
        roll = Roll(self._files, self._cast, evidence, self._person)
        self.desk = Desk(self._files, roll, evidence, key, day)

    @property
    def owner(self) -> Person:
        """Whose memory it is."""
        return self._person

    @property
    def moment(self) -> datetime:
        """When the session was."""
        return datetime.fromisoformat(self._session.date)

    def entry(
        self, events: Sequence[str], topics: Iterable[str], contexts: Sequence[str], after_turn: int
    ) -> timeline.Entry:
        """What the session adds to the timeline; of one that has grown, with what is there already."""
        session = self._session
        old = self._old_entry() if after_turn else None
        links = [Link(path, self._name(path)) for path in self._files.changed]
        people = " and ".join(self._people()) or "Notes"
        turns = len(session.turns())
        context = "; ".join([f"{people}, {turns} turn{'' if turns == 1 else 's'}", *contexts[:2]])
        told = [*([old.event] if old else []), *events]
        spoken = [*(old.topics if old else ()), *topics, *self._themes()]
        return timeline.Entry(
            date=session.date[:10],
            session_id=session.session_id,
            event=_joined(told) or _gist(self.said),
            topics=tuple(dict.fromkeys(spoken))[:_MOST_TOPICS],
            entities=tuple(dict.fromkeys([*(old.entities if old else ()), *links])),
            context=context,
            links=(Link(self._path, self.desk.key),),
        )

    def changes(self, entry: timeline.Entry, trailers: dict[str, str]) -> ChangeSet:
        """The commit that files the session."""
        session = self._session
        count = len(self._files.changed)
        return ChangeSet(
            subject=f"digest: {session.session_id} ({count} file{'' if count == 1 else 's'})",
            stage=Stage.DIGEST,
            actor=Actor.WRITER,
            write=self._files.written(entry),
            trailers={"Session-Id": session.session_id, "Session-Date": session.date, **trailers},
            when=datetime.fromisoformat(session.date),
            waiting=-1,
            rests_on=frozenset({self._path}),
        )

    def _people(self) -> list[str]:
        names = (
            self._person.name if subject.path == self._person.path else subject.name
            for subject in self._cast.speakers
        )
        return list(dict.fromkeys(names))

    def _themes(self) -> list[str]:
        ontology = self._files.ontology
        return list(
            dict.fromkeys(theme for one in self.said if one.stated for theme in themes(one.text, ontology))
        )[:3]

    def _name(self, path: str) -> str:
        return entity.parse(self._files.text(path)).name or path

    def _old_entry(self) -> timeline.Entry | None:
        month = self._files.snapshot.text(timeline.path_for(self._session.date))
        found = (one for one in timeline.parse(month) if one.session_id == self._session.session_id)
        return next(found, None)


def _whose(snapshot: Snapshot, owner: Owner) -> Person:
    profile = entity.parse(snapshot.text(owner.path))
    name = profile.name or owner.names[0]
    return Person(name, owner.path, tuple(dict.fromkeys([name, *owner.names, *profile.aliases])))


def _gist(said: Sequence[Said]) -> str:
    """What somebody states first, where nothing was found to file."""
    told = (
        f"{one.speaker}: {text}"
        for one in said
        if one.stated
        for _, _, text in sentences(one.text)
        if not (is_question(text) or is_small_talk(text))
    )
    return next(told, "-")[:_LONGEST_EVENT]


def _joined(events: Iterable[str]) -> str:
    """As many of the events as there is room for, in their order."""
    kept: list[str] = []
    room = _LONGEST_EVENT
    for event in dict.fromkeys(event for event in events if event and event != "-"):
        if len(event) <= room or not kept:
            kept.append(event)
            room -= len(event)
    return timeline.BETWEEN.join(kept)
