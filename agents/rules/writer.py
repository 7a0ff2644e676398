"""Files a session by rules: each statement, word for word, under those it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ...ontologies import session as session_file
from ...ontologies import timeline
from ...ontologies.session import SessionFile
from ...ontologies.statement import Mark, Statement, is_day
from ...ontologies.transcript import Turn
from ...ontologies.wikilink import Link
from ...storage.changes import Actor, ChangeSet, Stage
from ...storage.names import SessionId, session_key
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue, normal
from ..dates import statement_date
from .filing import Cabinet
from .mentions import Mention, mentions
from .people import Cast, Kinds, Subject
from .sentences import is_question, is_small_talk, sentences
from .themes import themes

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology

# A name that only its capital letter speaks for is filed once it comes up in this many turns.
_TURNS_FOR_A_NAME = 2
_LONGEST_EVENT = 240
# What a chat program notes about a picture or a call is not what somebody said.
_ASIDE = re.compile(r"\[[^\]]*\]|<[^>]*>")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of a session, when it was so, and the names in it."""

    text: str
    when: str
    turn: Turn
    names: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose memory it is: the file of their profile and the names they are known by."""

    path: str
    names: tuple[str, ...]


def plan(
    snapshot: Snapshot, path: str, owner: Owner, ontology: Ontology, *, after_turn: int = 0
) -> ChangeSet:
    """What filing a stored session changes: entities, timeline and index, in one commit.

    `after_turn` is the last turn already filed, for a session that has grown.
    """
    session = session_file.at(path, snapshot.read(path))
    turns = [turn for turn in session.turns() if turn.number > after_turn]
    catalogue = Catalogue.of(snapshot)
    kinds = Kinds(ontology.person, ontology.contexts, ontology.playing("default").name)
    cast = Cast(catalogue, turns, Subject(owner.names[0], kinds.person, owner.path), owner.names, kinds)
    cabinet = Cabinet(snapshot, catalogue, ontology, session)
    said = list(_said(session, turns, cast))
    _file(said, session_key(SessionId(session.session_id)), cast, cabinet)
    write = cabinet.written(cast.aliases, _entry(session, path, said, cast, cabinet))
    count = len(cabinet.subjects)
    return ChangeSet(
        subject=f"digest: {session.session_id} ({count} file{'' if count == 1 else 's'})",
        stage=Stage.DIGEST,
        actor=Actor.WRITER,
        write=write,
        trailers={"Session-Id": session.session_id, "Session-Date": session.date},
        when=datetime.fromisoformat(session.date),
        waiting=-1,
        rests_on=frozenset({path}),
    )


def _said(session: SessionFile, turns: Sequence[Turn], cast: Cast) -> Iterator[Said]:
    """What people state in these turns; questions, small talk, bare days and assistants state nothing."""
    for turn in turns:
        if cast.speaker(turn) is None:
            continue
        moment = datetime.fromisoformat(turn.at or session.date)
        for _, _, text in sentences(turn.text):
            if not (is_question(text) or is_small_talk(text) or _ASIDE.fullmatch(text) or is_day(text)):
                yield Said(text, _when(text, moment), turn, tuple(mentions(text, cast.knows)))


def _when(text: str, moment: datetime) -> str:
    return statement_date(text, moment) or moment.date().isoformat()


def _file(said: Sequence[Said], key: str, cast: Cast, cabinet: Cabinet) -> None:
    heard = Counter(name for _, name in {(s.turn.number, normal(m.name)) for s in said for m in s.names})
    for one in said:
        speaker = cast.speaker(one.turn)
        assert speaker is not None
        cast.introduce(one.text, speaker)
        statement = Statement(one.when, one.text, Mark(key, one.turn.number))
        cabinet.file(speaker, statement, own=True)
        told = Statement(one.when, f"{speaker.name}: {one.text}", statement.mark)
        for mention in one.names:
            if mention.sure or heard[normal(mention.name)] >= _TURNS_FOR_A_NAME or cast.knows(mention.name):
                _file_under(cast.named(mention), speaker, told, cabinet)
        for theme in themes(one.text, cabinet.ontology):
            cabinet.cue(speaker, theme)
            _file_under(cast.theme(theme), speaker, told, cabinet)


def _file_under(subject: Subject | None, speaker: Subject, told: Statement, cabinet: Cabinet) -> None:
    if subject is None or subject.key == speaker.key:
        return
    cabinet.file(subject, told, own=False)
    cabinet.relate(subject, speaker)
    if subject.kind == cabinet.ontology.person:
        cabinet.relate(speaker, subject)


def _entry(
    session: SessionFile, path: str, said: Sequence[Said], cast: Cast, cabinet: Cabinet
) -> timeline.Entry:
    people = " and ".join(subject.name for subject in cast.speakers) or "Notes"
    spoken = Counter(theme for one in said for theme in themes(one.text, cabinet.ontology))
    turns = len(session.turns())
    return timeline.Entry(
        date=session.date[:10],
        session_id=session.session_id,
        event=_gist(said, session.date[:10], cabinet.ontology),
        topics=tuple(theme for theme, _ in spoken.most_common(5)),
        entities=tuple(cabinet.links()),
        context=f"{people}, {turns} turn{'' if turns == 1 else 's'}",
        links=(Link(path, session_key(SessionId(session.session_id))),),
    )


def _gist(said: Sequence[Said], day: str, ontology: Ontology) -> str:
    """The sentences that tell the most, in their order, as far as they fit."""
    ranked = sorted(said, key=lambda one: -_weight(one, day, ontology))
    chosen: list[Said] = []
    room = _LONGEST_EVENT
    for one in ranked:
        if len(one.text) <= room:
            chosen.append(one)
            room -= len(one.text)
    told = sorted(chosen, key=said.index)
    lines = (f"{one.turn.speaker}: {one.text}" if one.turn.speaker else one.text for one in told)
    return timeline.BETWEEN.join(lines) or "-"


def _weight(one: Said, day: str, ontology: Ontology) -> float:
    return (
        len(one.names) + len(themes(one.text, ontology)) + (one.when != day) + min(len(one.text), 120) / 120
    )
