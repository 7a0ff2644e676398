"""A session's words into its file: new, already there, or grown."""

from dataclasses import dataclass
from datetime import datetime

from ..errors import SessionDiffers
from ..ontologies import session, transcript
from ..ontologies.session import path_for, path_key
from ..storage.changes import Actor, ChangeSet, Stage
from ..storage.history import History
from ..storage.names import SessionId, session_key
from ..storage.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Intake:
    """Where a session's words lie, and the change that puts them there (None if they are there already)."""

    path: str
    changes: ChangeSet | None


@dataclass(frozen=True, slots=True)
class Words:
    """What a caller hands over, checked."""

    session: SessionId
    content: str
    date: datetime
    received: datetime
    source: str = ""


def plan(snapshot: Snapshot, words: Words, *, waiting: bool) -> Intake:
    """File a session's words; `waiting` tells whether this session already waits for its digest.

    Raises:
        SessionDiffers: other words are stored under this id.
    """
    text = transcript.canonical(words.content)
    received = _told(words.received)
    path = stored_at(snapshot, words.session)
    if path is None:
        file = session.new(
            words.session, text, date=_told(words.date), received=received, source=words.source
        )
        path = path_for(words.session, session_key(words.session), file.date)
    else:
        old = session.parse(snapshot.read(path))
        if text == old.text:
            return Intake(path, None)
        grown = old.grown(text, received)
        if grown is None:
            raise SessionDiffers(words.session)
        file = grown
    trailers = {"Session-Id": words.session, "Session-Date": file.date}
    return Intake(
        path,
        ChangeSet(
            subject=f"remember: {words.session}",
            stage=Stage.INTAKE,
            actor=Actor.USER,
            write={path: file.render()},
            trailers=trailers,
            when=datetime.fromisoformat(file.date),
            waiting=0 if waiting else 1,
        ),
    )


def stored_at(snapshot: Snapshot, session: SessionId) -> str | None:
    """The path of a stored session, whatever its date."""
    key = session_key(session)
    return next((file.path for file in snapshot.files("sessions") if path_key(file.path) == key), None)


def digested_turns(snapshot: Snapshot, path: str, session_id: str) -> int:
    """How many turns of a stored session its digests have covered."""
    if len(session.parse(snapshot.read(path)).parts) == 1:
        return 0
    for commit in History(snapshot).commits():
        if commit.stage == Stage.DIGEST and commit.session == session_id:
            then = Snapshot(snapshot.repository, commit.id)
            return session.parse(then.read(path)).parts[-1]
    return 0


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
