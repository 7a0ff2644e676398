"""What a memory holds of a session already: nothing, all of it, less, or other words."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from ...agents import intake
from ...agents.intake import Words
from ...errors import SessionDiffers, UnknownUser
from ...memory import Memory
from ...ontologies import session as files
from ...ontologies import transcript
from ...storage.names import SessionId, user_id
from ...storage.names import session_id as checked
from ...storage.snapshot import Snapshot
from .parts import Session


class Standing(StrEnum):
    """How a session that is given stands to the one that is stored."""

    NEW = "new"
    GROWN = "grown"
    UNCHANGED = "unchanged"
    RETRACTED = "retracted"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The stored sessions of a user."""

    memory: Memory
    user: str
    zone: tzinfo

    def place(self, session: Session) -> tuple[Standing, Session]:
        """How a session stands, and itself with its times written as the stored one has them.

        Raises:
            BadInput: it cannot be stored.
        """
        snapshot = self._snapshot()
        identity = checked(session.id)
        path = intake.stored_at(snapshot, identity) if snapshot else None
        if snapshot is None or path is None:
            words = self._words(session)
            known = intake.plan(snapshot, words, waiting=False) if snapshot else None
            return (Standing.RETRACTED if known and known.retracted else Standing.NEW), session
        stored = files.parse(snapshot.read(path))
        same = _as_stored(session, stored)
        words = self._words(same)
        try:
            planned = intake.plan(snapshot, words, waiting=False)
        except SessionDiffers:
            standing = Standing.UNCHANGED if _is_earlier(words, stored, identity) else Standing.DIFFERS
            return standing, same
        if planned.retracted:
            return Standing.RETRACTED, same
        return (Standing.GROWN if planned.changes else Standing.UNCHANGED), same

    def _words(self, session: Session) -> Words:
        return Words.given(session.content, session.id, session.date, session.source, self.zone)

    def _snapshot(self) -> Snapshot | None:
        try:
            return self.memory.desk.store.branch(user_id(self.user)).snapshot()
        except UnknownUser:
            return None


def _is_earlier(words: Words, stored: files.SessionFile, identity: SessionId) -> bool:
    """Whether what is given is what was stored before the session grew."""
    text = transcript.canonical(words.content)
    given = files.new(identity, text, date=stored.date, received=stored.received)
    return given.grown(stored.text, stored.received) is not None


def _as_stored(session: Session, stored: files.SessionFile) -> Session:
    """The session with the time of each turn as it was written before, maybe in another time zone."""
    if not session.turns:
        return session
    before = [turn.at for turn in stored.turns()]
    before += [""] * (len(session.times) - len(before))
    times = tuple(
        then if _same_time(now, then) else now for now, then in zip(session.times, before, strict=False)
    )
    return replace(session, times=times)


def _same_time(now: str, then: str) -> bool:
    """Whether two times are one moment, or one reading of the clock."""
    if not now or not then:
        return False
    a, b = datetime.fromisoformat(now), datetime.fromisoformat(then)
    return a.replace(tzinfo=None) == b.replace(tzinfo=None) or (
        a.tzinfo is not None and b.tzinfo is not None and a == b
    )
