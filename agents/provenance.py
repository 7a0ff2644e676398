"""Why a memory says what it says: the line, its mark, the session, the turn, the words, the commit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BadInput, NotFound
from ..ontologies import entity, session
from ..ontologies.session import SessionFile
from ..ontologies.statement import Mark, Statement, one_line
from ..ontologies.transcript import Turn
from ..storage.history import Commit, History
from ..storage.names import SessionId
from ..storage.snapshot import Snapshot
from . import legacy
from .indexing import is_entity
from .intake import stored_at
from .lineage import brought
from .reading import plain

_PLACE = re.compile(r"(.+):(\d+)")
_Source = tuple[str, SessionFile | None, Turn | None]
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")


class UnknownQuote(NotFound):
    """No filed line and no session holds these words."""

    def __init__(self, quote: str) -> None:
        super().__init__(
            f"no line of this memory holds {quote[:120]!r}; give path:line, or words as they stand in a file"
        )
        self.quote = quote


@dataclass(frozen=True, slots=True)
class Why:
    """Where one line comes from.

    `quote` is what was said, by `speaker` at `said_at`, in turn `turn` (lines `session_lines`) of the
    session file `session_path`; `learned_in` is the commit that first brought the line's mark, at `learned`.
    A person's own line has no session; then `learned_in` is the commit that brought the line. One that an
    older program filed has no mark: its session is that of this commit, its turn the one nearest in words.
    """

    path: str
    line: int
    text: str
    mark: str
    session_id: str
    session_path: str
    session_lines: str
    turn: int
    speaker: str
    said_at: str
    quote: str
    learned_in: str
    learned: str
    actor: str


@dataclass(frozen=True, slots=True)
class Uncited:
    """A line that leads to no session and to no person."""

    path: str
    line: int
    text: str
    reason: str


def why(snapshot: Snapshot, asked: str) -> Why:
    """Trace `path:line` or a quote to the words that were said.

    Raises:
        BadInput: neither.
        UnknownQuote, UnknownPath: nothing of that kind is here.
    """
    place = _PLACE.fullmatch(asked.strip())
    if place and snapshot.blob(place[1]):
        return _of_line(snapshot, place[1], int(place[2]))
    words = _bare(asked)
    if len(words) < 3:
        raise BadInput('say which line: "memories/people/maya.md:12", or a few words of it')
    found = _find(snapshot, words)
    if found is None:
        raise UnknownQuote(asked)
    return _of_line(snapshot, *found)


def uncited(snapshot: Snapshot) -> Iterator[Uncited]:
    """Every statement whose mark leads nowhere, and every bare list line nobody is known to have written."""
    sessions = _sessions(snapshot)
    turns: dict[str, frozenset[int]] = {}
    for file in snapshot.files():
        if not is_entity(file.path):
            continue
        for line, statement in entity.parse(snapshot.read(file.path)).statements():
            reason = _missing(snapshot, statement, sessions, turns)
            if reason and not _is_known(snapshot, file.path, statement):
                yield Uncited(file.path, line, statement.text, reason)


def _missing(
    snapshot: Snapshot, statement: Statement, sessions: dict[str, str], turns: dict[str, frozenset[int]]
) -> str:
    mark = statement.mark
    if mark is None:
        return "it has no mark"
    path = sessions.get(mark.session_key)
    if path is None:
        return f"no session has the key {mark.session_key}"
    if path not in turns:
        turns[path] = frozenset(turn.number for turn in session.at(path, snapshot.read(path)).turns())
    return "" if mark.turn in turns[path] else f"session {path} has no turn {mark.turn}"


def _is_known(snapshot: Snapshot, path: str, statement: Statement) -> bool:
    """Whether a line without a source was brought by a person, or for a session by an older program."""
    first = brought(History(snapshot), path, statement.text[:200])
    by_older = first is not None and not statement.mark and bool(legacy.session_of(first))
    return by_older or (first is not None and first.actor == "person")


def _of_line(snapshot: Snapshot, path: str, number: int) -> Why:
    lines = snapshot.read(path).splitlines()
    if not 1 <= number <= len(lines):
        raise BadInput(f"{path} has {len(lines)} lines; give one of them")
    file = _as_session(snapshot, path)
    if file:
        turn = next((t for t in file.turns() if t.first_line <= number <= t.last_line), None)
        return _told(snapshot, path, number, lines[number - 1], None, (path, file, turn))
    statement = dict(entity.parse(snapshot.read(path)).statements()).get(number)
    if statement is None or statement.mark is None:
        return _told(snapshot, path, number, lines[number - 1], None, None)
    found = _sessions(snapshot).get(statement.mark.session_key)
    source = None
    if found:
        file = session.at(found, snapshot.read(found))
        source = found, file, next((t for t in file.turns() if t.number == statement.mark.turn), None)
    return _told(snapshot, path, number, plain(statement.text), statement.mark, source)


def _told(
    snapshot: Snapshot,
    path: str,
    line: int,
    text: str,
    mark: Mark | None,
    source: _Source | None,
) -> Why:
    where, file, turn = source or ("", None, None)
    history = History(snapshot)
    if mark:
        first = next(reversed(list(history.commits(words=f"^{mark}", whole=True))), None)
    else:
        first = brought(history, path, text.strip())
    if first and not source and not mark:
        where, file, turn = _older(snapshot, first, text)
    return Why(
        path=path,
        line=line,
        text=text,
        mark=str(mark or ""),
        session_id=file.session_id if file else "",
        session_path=where,
        session_lines=f"{turn.first_line}-{turn.last_line}" if turn else "",
        turn=turn.number if turn else 0,
        speaker=turn.speaker if turn else "",
        said_at=(turn.at if turn else "") or (file.date if file else ""),
        quote=_sentence(turn.text, text) if turn else "",
        learned_in=first.id if first else "",
        learned=first.learned.isoformat() if first else "",
        actor=first.actor if first else "",
    )


def _older(snapshot: Snapshot, commit: Commit, text: str) -> _Source:
    """The session that an older program's commit names, and the turn of it nearest to a line."""
    identity = SessionId(legacy.session_of(commit))
    found = stored_at(snapshot, identity) if identity else None
    if found is None:
        return "", None, None
    file = session.at(found, snapshot.read(found))
    wanted = set(_bare(text).split())
    shared = [(len(wanted & set(_bare(turn.text).split())), -turn.number, turn) for turn in file.turns()]
    best = max(shared, default=(0, 0, None))
    return found, file, best[2] if best[0] else None


def _sentence(turn: str, text: str) -> str:
    """The sentence of a turn that a line was made of; the whole turn where none is nearest."""
    wanted = set(_bare(text).split())
    shared = [
        (len(wanted & set(_bare(sentence).split())), sentence.strip())
        for sentence in _SENTENCE.findall(turn)
        if sentence.strip()
    ]
    best = max(shared, key=lambda pair: pair[0], default=(0, ""))
    return best[1] if best[0] else turn.strip()


def _find(snapshot: Snapshot, words: str) -> tuple[str, int] | None:
    """The first line that holds the words: filed ones before those of sessions."""
    files = sorted(snapshot.files(), key=lambda file: (file.path.startswith("sessions/"), file.path))
    for file in files:
        if is_entity(file.path) or file.path.startswith("sessions/"):
            for number, line in enumerate(snapshot.read(file.path).splitlines(), 1):
                if words in _bare(plain(line)):
                    return file.path, number
    return None


def _as_session(snapshot: Snapshot, path: str) -> SessionFile | None:
    if not legacy.key_at(path):
        return None
    try:
        return session.at(path, snapshot.read(path))
    except BadInput:
        return None


def _sessions(snapshot: Snapshot) -> dict[str, str]:
    keys = ((legacy.key_at(file.path), file.path) for file in snapshot.files("sessions"))
    return {key: path for key, path in keys if key}


def _bare(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", one_line(text).casefold()))
