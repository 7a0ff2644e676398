"""Claude's data export: conversations.json, and with it memories and projects."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from .conversation import Conversation, Found, Skipped, Turn, session_name, spoken, titled
from .documents import Document
from .moments import moment
from .streams import elements, safely
from .values import clean, rows, table, text
from .wishes import Wishes

NAME = "claude"
_SPEAKERS = {"human": "user", "user": "user", "assistant": "assistant"}
_CONVERSATIONS = re.compile(r"conversations(-\d+)?\.json")
_NOTHING = "This block is not supported on your current device yet."
_FENCES = re.compile(rf"(```\s*)?{re.escape(_NOTHING)}(\s*```)?")


def is_one(entry: object) -> bool:
    """Whether an element of a JSON array is a conversation of this kind."""
    return "chat_messages" in table(entry)


def documents_of(documents: Sequence[Document]) -> list[Document]:
    """The files of an export that hold conversations, memories and projects."""
    return [each for each in documents if _CONVERSATIONS.fullmatch(each.name.name) or _kept(each)]


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every conversation, what Claude kept in mind of all of them, and what projects say of themselves."""
    for document in documents_of(documents) or documents:
        yield from safely(document, _read(document, wishes.zone))


def _read(document: Document, zone: tzinfo) -> Iterator[Found]:
    read_one = _KEPT.get(_kept(document), _conversation)
    for number, entry in enumerate(elements(document), 1):
        yield from read_one(table(entry), document, number, zone)


def _kept(document: Document) -> str:
    """Which other part of an export a file is, if any: it, or the folder it lies in, is called so."""
    folder = document.name.parent.name
    name = document.name.stem if document.name.suffix == ".json" else ""
    return next((kind for kind in _KEPT if name and kind in (name, folder)), "")


def _conversation(
    entry: Mapping[str, object], document: Document, number: int, zone: tzinfo
) -> Iterator[Found]:
    place = f"{document.place}, conversation {number}"
    identity = text(entry.get("uuid"))
    if not identity or not isinstance(entry.get("chat_messages"), list):
        yield Skipped(place, "it has no uuid or no chat_messages")
        return
    name = session_name(NAME, identity)
    turns = spoken(_turns(rows(entry["chat_messages"]), zone))
    started = moment(entry.get("created_at"), zone) or next((turn.at for turn in turns if turn.at), None)
    if not turns:
        yield Skipped(place, "nothing is said in it", name)
    elif started is None:
        yield Skipped(place, "it has no created_at", name)
    else:
        yield Conversation(name, NAME, titled(entry.get("name"), turns), started, place, turns)


def _turns(messages: Sequence[object], zone: tzinfo) -> Iterator[Turn]:
    for message in map(table, messages):
        speaker = _SPEAKERS.get(text(message.get("sender")))
        if speaker:
            yield Turn(speaker, _words(message), moment(message.get("created_at"), zone))


def _words(message: Mapping[str, object]) -> str:
    blocks = [table(block) for block in rows(message.get("content"))]
    said = [text(block.get("text")) for block in blocks if block.get("type") == "text"]
    told = "\n\n".join(filter(None, said)) or _FENCES.sub("", text(message.get("text")))
    given = [_attached(table(each)) for each in rows(message.get("attachments"))]
    files = [_named(text(table(each).get("file_name"))) for each in rows(message.get("files"))]
    return "\n\n".join(filter(None, [told.strip(), *given, *files]))


def _attached(attachment: Mapping[str, object]) -> str:
    """An attachment by its name; words that were pasted are the user's own, and stand there whole."""
    name = text(attachment.get("file_name"))
    pasted = not name or name.lower().startswith("paste")
    return text(attachment.get("extracted_content")) if pasted else _named(name)


def _named(name: str) -> str:
    return f"[file: {name}]" if name else ""


def _memory(entry: Mapping[str, object], document: Document, _: int, zone: tzinfo) -> Iterator[Found]:
    """What Claude keeps in mind, as of the export; other words in a later one are another session."""
    told = [
        text(entry.get("conversations_memory")),
        *map(text, table(entry.get("project_memories")).values()),
    ]
    words = clean("\n\n".join(part.strip() for part in told if part.strip()))
    if words:
        name = session_name(NAME, f"memory-{hashlib.sha256(words.encode()).hexdigest()[:12]}")
        when = document.modified.astimezone(zone)
        yield Conversation(name, NAME, "what Claude kept in mind", when, document.place, text=words)


def _project(entry: Mapping[str, object], document: Document, number: int, zone: tzinfo) -> Iterator[Found]:
    identity, title = text(entry.get("uuid")), titled(entry.get("name"))
    told = [text(entry.get("description")).strip(), text(entry.get("prompt_template")).strip()]
    if identity and any(told):
        when = moment(entry.get("created_at"), zone) or document.modified.astimezone(zone)
        words = clean("\n\n".join(filter(None, [f"# {title or 'Project'}", *told])))
        place = f"{document.place}, project {number}"
        name = session_name(NAME, f"project-{identity}")
        yield Conversation(name, NAME, f"project {title}".strip(), when, place, text=words)


_KEPT = {"memories": _memory, "projects": _project}
