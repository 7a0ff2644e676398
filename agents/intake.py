"""A session's words into its file: new, already there, or grown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..errors import SessionDiffers, UnknownSession
from ..ontologies import session, transcript
from ..ontologies.session import path_for, path_key
from ..storage import pending
from ..storage.cache import BlobCache
from ..storage.changes import Actor, ChangeSet, Stage
from ..storage.history import History
from ..storage.moment import moment
from ..storage.names import SessionId, UserId, default_session_id, session_id, session_key
from ..storage.snapshot import File, Snapshot
from . import tombstones
from .answers import Receipt
from .providers.provider import Usage
from .tombstones import Tombstones


@dataclass(frozen=True, slots=True)
class Intake:
    """Where a session's words lie, and the change that puts them there (None if they are there already).

    What was `retracted` whole lies nowhere and is not taken in again.
    """

    path: str
    changes: ChangeSet | None
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What a caller hands over, checked."""

    session: SessionId
    content: str
    date: datetime
    received: datetime
    source: str = ""

    @classmethod
    def given(cls, content: str, session: str, date: str, source: str, zone: tzinfo) -> "Words":
        """What came from outside, checked; the date is now if none is told.

        Raises:
            BadContent, BadName, BadDate: it cannot be stored.
        """
        transcript.check(content)
        now = datetime.now(zone)
        identity = session_id(session) if session else default_session_id(date, content)
        return cls(identity, content, moment(date, zone) if date else now, now, source)


def plan(snapshot: Snapshot, words: Words, *, waiting: bool, hold: bool = False) -> Intake:
    """File a session's words; `waiting` tells whether this session already waits for its digest.

    With `hold` it is to wait until its caller has the digest committed.

    Raises:
        SessionDiffers: other words are stored under this id.
    """
    key = session_key(words.session)
    stones = Tombstones.parse(snapshot.text(tombstones.PATH))
    if stones.covers(key, words.content):
        return Intake("", None, retracted=True)
    text = stones.redacted(key, words.content)
    received = _told(words.received)
    path = stored_at(snapshot, words.session)
    if path is None:
        file = session.new(
            words.session, text, date=_told(words.date), received=received, source=words.source
        )
        path = path_for(words.session, key, file.date)
    else:
        old = session.parse(snapshot.read(path))
        if text == old.text:
            return Intake(path, None)
        grown = old.grown(text, received)
        if grown is None:
            raise SessionDiffers(words.session)
        file = grown
    trailers = {"Session-Id": words.session, "Session-Date": file.date}
    if hold:
        trailers[pending.HOLD] = "yes"
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


_MONTHS: BlobCache[dict[str, str]] = BlobCache(budget=2_000_000)


def forget() -> None:
    """Drop what was kept of folders of sessions."""
    _MONTHS.clear()


def stored_at(snapshot: Snapshot, session: SessionId) -> str | None:
    """The path of a stored session, whatever its date."""
    key = session_key(session)
    months = (month for year in snapshot.folders("sessions") for month in snapshot.folders(year.path))
    return next((path for month in months if (path := _keys_in(snapshot, month).get(key))), None)


def last_stored(snapshot: Snapshot, session: SessionId) -> tuple[Snapshot, str] | None:
    """The newest state that holds a session, and its path there; None if none ever did."""
    path = stored_at(snapshot, session)
    if path is not None:
        return snapshot, path
    for commit in History(snapshot).of_session(session):
        then = Snapshot(snapshot.repository, commit.id)
        path = stored_at(then, session)
        if path is not None:
            return then, path
    return None


def _keys_in(snapshot: Snapshot, month: File) -> dict[str, str]:
    """The sessions of a month by key; kept by the folder's id, since most months never change again."""

    def read() -> tuple[int, dict[str, str]]:
        keys = ((path_key(file.path), file.path) for file in snapshot.files(month.path))
        found = {key: path for key, path in keys if key}
        return len(found) + 1, found

    return _MONTHS.get(month.blob, read)


def receipt(snapshot: Snapshot, user: UserId, identity: SessionId) -> Receipt:
    """The receipt of a stored session.

    Raises:
        UnknownSession: nothing is stored under this id.
    """
    path = stored_at(snapshot, identity)
    if path is None:
        raise UnknownSession(identity)
    return known(snapshot, user, identity, path, waiting=identity in pending.sessions(snapshot))


def known(snapshot: Snapshot, user: UserId, identity: SessionId, path: str, *, waiting: bool) -> Receipt:
    """The receipt of a session that is stored already, the same each time."""
    history = History(snapshot)
    taken = (commit.id for commit in history.commits([path]) if commit.stage == Stage.INTAKE)
    commit = next(taken, snapshot.commit)
    if waiting:
        return Receipt(user, identity, commit, path, "pending")
    filed = next((one for one in history.of_session(identity) if one.stage == Stage.DIGEST), None)
    if filed is None:
        return Receipt(user, identity, commit, path, "digested")
    return Receipt(user, identity, commit, path, "digested", filed.id, usage=_usage(filed.trailers))


def digested_turns(snapshot: Snapshot, path: str, identity: str) -> int:
    """How many turns of a stored session its digests have covered."""
    if len(session.parse(snapshot.read(path)).parts) == 1:
        return 0
    last = next((c for c in History(snapshot).of_session(identity) if c.stage != Stage.INTAKE), None)
    if last is None or last.stage != Stage.DIGEST:
        return 0
    return session.parse(Snapshot(snapshot.repository, last.id).read(path)).parts[-1]


def _usage(trailers: Mapping[str, str]) -> Usage | None:
    """What a model was asked for a digest, as its commit tells."""
    tokens_in, _, tokens_out = trailers.get("Tokens", "").partition("/")
    if not (tokens_in.isdecimal() and tokens_out.isdecimal()):
        return None
    calls, cost = trailers.get("Calls", ""), trailers.get("Cost", "")
    spent = float(cost) if re.fullmatch(r"\d+(\.\d+)?", cost) else None
    return Usage(int(calls) if calls.isdecimal() else 1, int(tokens_in), int(tokens_out), spent)


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
