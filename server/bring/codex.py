"""Codex's transcripts: rollout files of JSON lines below ~/.codex/sessions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from .conversation import Conversation, Found, Skipped, Turn, session_name, spoken, titled
from .documents import Document
from .injected import said
from .moments import moment
from .streams import records, safely
from .values import rows, table, text
from .wishes import Wishes

NAME = "codex"
_SAID = ("input_text", "output_text", "text")


def is_one(entry: object) -> bool:
    """Whether a line of a JSON lines file is of this kind; also as they were before September 2025."""
    told = table(entry)
    kind = told.get("type")
    envelope = kind in ("session_meta", "response_item", "event_msg", "turn_context") and "payload" in told
    return envelope or _is_old_head(told)


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every session: what the user and Codex said, without tools, thoughts, subagents and settings."""
    for document in documents:
        if document.name.suffix == ".jsonl":
            yield from safely(document, _session(document, wishes.zone))


def _session(document: Document, zone: tzinfo) -> Iterator[Found]:
    head: Mapping[str, object] = {}
    turns: list[Turn] = []
    for _, line in records(document):
        if isinstance(line, Skipped):
            yield line
            continue
        entry = table(line)
        if entry.get("type") == "session_meta" or _is_old_head(entry):
            # A session that was forked from another repeats the head of that one further down.
            head = head or table(entry.get("payload")) or entry
        turn = _turn(entry, zone)
        if turn:
            turns.append(turn)
    identity = text(head.get("id"))
    if not identity:
        yield Skipped(document.place, "no session_meta tells its id; it is no Codex transcript")
    elif not _is_subagent(head):
        yield _conversation(identity, spoken(turns), head, document, zone)


def _conversation(
    identity: str, turns: tuple[Turn, ...], head: Mapping[str, object], document: Document, zone: tzinfo
) -> Found:
    name = session_name(NAME, identity)
    if not turns:
        return Skipped(document.place, "nothing is said in it", name)
    started = turns[0].at or moment(head.get("timestamp"), zone) or document.modified.astimezone(zone)
    return Conversation(name, NAME, titled(None, turns), started, document.place, turns)


def _turn(entry: Mapping[str, object], zone: tzinfo) -> Turn | None:
    """A message of the user or of Codex; the events of the same words are for its own display."""
    item = table(entry.get("payload")) if entry.get("type") == "response_item" else entry
    role = text(item.get("role"))
    if item.get("type") != "message" or role not in ("user", "assistant"):
        return None
    content = item.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else rows(content)
    words = [text(block.get("text")) for block in map(table, blocks) if block.get("type") in _SAID]
    told = [said(each) for each in words] if role == "user" else words
    left = "\n\n".join(each for each in told if each.strip())
    return Turn(role, left, moment(entry.get("timestamp"), zone)) if left else None


def _is_old_head(entry: Mapping[str, object]) -> bool:
    return "type" not in entry and {"id", "timestamp"} <= entry.keys()


def _is_subagent(head: Mapping[str, object]) -> bool:
    return "subagent" in table(head.get("source")) or head.get("thread_source") == "subagent"
