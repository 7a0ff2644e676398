"""A session's words into its file: new, already there, or grown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import chain, islice

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
from . import legacy, tombstones
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
    older: list[str] = []
    if path is None:
        file = session.new(
            words.session, text, date=_told(words.date), received=received, source=words.source
        )
        path = path_for(words.session, key, file.date)
    else:
        old = session.at(path, snapshot.read(path))
        if text == old.text:
            return Intake(path, None)
        grown = old.grown(text, received)
        if grown is None:
            raise SessionDiffers(words.session)
        file = grown
        if session.older_id(path):
            if grown is old:
                return Intake(path, None)
            older = legacy.paths_of(snapshot, words.session)
            path = path_for(words.session, key, file.date)
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
            delete=frozenset(older),
            trailers=trailers,
            when=datetime.fromisoformat(file.date),
            waiting=0 if waiting else 1,
        ),
    )


_RECENT = 64
"""How many commits are looked through before git is asked."""

_MONTHS: BlobCache[dict[str, str]] = BlobCache(budget=50_000)


def forget() -> None:
    """Drop what was kept of folders of sessions."""
    _MONTHS.clear()


def stored_at(snapshot: Snapshot, session: SessionId) -> str | None:
    """The path of a stored session, whatever its date."""
    key = session_key(session)
    months = (month for year in snapshot.folders("sessions") for month in snapshot.folders(year.path))
    ours = next((path for month in months if (path := _keys_in(snapshot, month).get(key))), None)
    return ours or next(reversed(legacy.paths_of(snapshot, session)), None)


def last_stored(snapshot: Snapshot, session: SessionId) -> tuple[Snapshot, str] | None:
    """The newest state that holds a session, and its path there; None if none ever did."""
    path = stored_at(snapshot, session)
    if path is not None:
        return snapshot, path
    for commit in legacy.commits_of(History(snapshot), session):
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
    # To ask git starts a program, and mostly the session has just come in.
    recent = [one for one in islice(history.commits(), _RECENT) if legacy.is_of(one, identity)]
    every = chain(recent, history.commits([path]))
    taken = (one.id for one in every if one.stage == Stage.INTAKE or legacy.is_older(one, identity))
    commit = next(taken, snapshot.commit)
    if waiting:
        return Receipt(user, identity, commit, path, "pending")
    every = chain(recent, legacy.commits_of(history, identity))
    filed = next((one for one in every if one.stage in (Stage.DIGEST, "")), None)
    if filed is None:
        return Receipt(user, identity, commit, path, "digested")
    return Receipt(user, identity, commit, path, "digested", filed.id, usage=_usage(filed.trailers))


def digested_turns(snapshot: Snapshot, path: str, identity: SessionId) -> int:
    """How many turns of a stored session its digests have covered."""
    if len(session.at(path, snapshot.read(path)).parts) == 1:
        return 0
    of_it = legacy.commits_of(History(snapshot), identity)
    last = next((one for one in of_it if one.stage != Stage.INTAKE), None)
    if last is None or last.stage not in (Stage.DIGEST, ""):
        return 0
    then = Snapshot(snapshot.repository, last.id)
    known = stored_at(then, identity)
    return session.at(known, then.read(known)).parts[-1] if known else 0


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
