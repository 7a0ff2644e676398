"""Claude Code's transcripts: JSON lines below ~/.claude/projects, one file a session or several."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from .conversation import Conversation, Found, Skipped, Turn, session_name, spoken, titled
from .documents import Document
from .injected import said
from .moments import moment
from .streams import records, safely
from .values import rows, table, text
from .wishes import Wishes

NAME = "claude-code"
_ASIDE = ("isSidechain", "isMeta", "isCompactSummary", "isVisibleInTranscriptOnly", "isApiErrorMessage")


@dataclass(slots=True)
class _Session:
    """The messages of a session by their uuid, whatever file they stand in."""

    id: str
    place: str
    turns: dict[str, Turn] = field(default_factory=dict[str, Turn])
    titles: dict[str, str] = field(default_factory=dict[str, str])

    def last(self) -> datetime:
        """When something was last said."""
        return max(turn.at for turn in self.turns.values() if turn.at)


def is_one(entry: object) -> bool:
    """Whether a line of a JSON lines file is of this kind."""
    told = table(entry)
    return ("sessionId" in told and "type" in told) or (
        told.get("type") in ("summary", "file-history-snapshot")
        and ("leafUuid" in told or "messageId" in told)
    )


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every session: what the user and Claude said, without tools, subagents and summaries."""
    sessions: dict[str, _Session] = {}
    for document in documents:
        if document.name.suffix == ".jsonl":
            yield from safely(document, _gathered(document, sessions, wishes.zone))
    yield from _conversations(session for session in sessions.values() if session.turns)


def _gathered(document: Document, sessions: dict[str, _Session], zone: tzinfo) -> Iterator[Skipped]:
    titles: dict[str, str] = {}
    here: set[str] = set()
    for number, line in records(document):
        if isinstance(line, Skipped):
            yield line
            continue
        entry = table(line)
        identity = text(entry.get("sessionId"))
        if entry.get("type") == "summary":
            titles[text(entry.get("leafUuid"))] = text(entry.get("summary"))
        turn = _turn(entry, zone)
        if identity and turn:
            session = sessions.setdefault(identity, _Session(identity, document.place))
            session.turns.setdefault(text(entry.get("uuid")) or f"{document.place}:{number}", turn)
            here.add(identity)
    for identity in here:
        sessions[identity].titles |= titles


def _conversations(sessions: Iterable[_Session]) -> Iterator[Conversation]:
    """The sessions with their turns by time; what one took over from another stays with that one."""
    taken: set[str] = set()
    for session in sorted(sessions, key=lambda session: (session.last(), session.id)):
        own = [turn for uuid, turn in session.turns.items() if uuid not in taken]
        taken |= session.turns.keys()
        turns = spoken(sorted(own, key=lambda turn: turn.at or session.last()))
        if turns and turns[0].at:
            title = next((told for leaf, told in session.titles.items() if leaf in session.turns), "")
            name = session_name(NAME, session.id)
            started = turns[0].at
            yield Conversation(name, NAME, titled(title, turns), started, session.place, turns)


def _turn(entry: Mapping[str, object], zone: tzinfo) -> Turn | None:
    """What a line says; None for the work of tools, and what tools wrote."""
    kind, at = entry.get("type"), moment(entry.get("timestamp"), zone)
    if kind not in ("user", "assistant") or at is None or any(entry.get(key) for key in _ASIDE):
        return None
    content = table(entry.get("message")).get("content")
    words = [content] if isinstance(content, str) else list(_texts(rows(content)))
    told = [said(each) for each in words] if kind == "user" else words
    left = "\n\n".join(each for each in told if each.strip())
    return Turn(str(kind), left, at) if left and left != "(no content)" else None


def _texts(blocks: Iterable[object]) -> Iterator[str]:
    for block in map(table, blocks):
        if block.get("type") == "text":
            yield text(block.get("text"))
        elif block.get("type") == "image":
            yield "[image]"
