"""ChatGPT's data export: conversations.json, or conversations-000.json and on; each a tree of messages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from .conversation import Conversation, Found, Skipped, Turn, session_name, spoken, titled
from .documents import Document
from .moments import moment
from .streams import elements, safely
from .values import rows, table, text
from .wishes import Wishes

NAME = "chatgpt"
_FILE = re.compile(r"conversations(-\d+)?\.json")
_SAID = frozenset({"", "text", "multimodal_text"})
# Private-use characters enclose what the web page shows as a link to a source.
_CITATION = re.compile(r"\ue200[^\ue201]*\ue201|【[^】\n]*†[^】\n]*】")
_ASIDES = {"image_asset_pointer": "[image]", "video_container_asset_pointer": "[video]"}


def is_one(entry: object) -> bool:
    """Whether an element of a JSON array is a conversation of this kind."""
    return "mapping" in table(entry)


def documents_of(documents: Sequence[Document]) -> list[Document]:
    """The files of an export that hold conversations."""
    return [each for each in documents if _FILE.fullmatch(each.name.name)]


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every conversation as it was last shown: of each fork the branch that was taken."""
    for document in documents_of(documents) or documents:
        yield from safely(document, _read(document, wishes.zone))


def _read(document: Document, zone: tzinfo) -> Iterator[Found]:
    for number, entry in enumerate(elements(document), 1):
        yield _conversation(table(entry), f"{document.place}, conversation {number}", zone)


def _conversation(entry: Mapping[str, object], place: str, zone: tzinfo) -> Found:
    identity = text(entry.get("conversation_id")) or text(entry.get("id"))
    mapping = table(entry.get("mapping"))
    if not identity or not mapping:
        return Skipped(place, "it has no conversation_id or no mapping")
    name = session_name(NAME, identity)
    turns = spoken(_turns(_path(mapping, text(entry.get("current_node"))), zone))
    if not turns:
        return Skipped(place, "nothing is said in it", name)
    started = moment(entry.get("create_time"), zone) or next((turn.at for turn in turns if turn.at), None)
    if started is None:
        return Skipped(place, "it has no create_time", name)
    return Conversation(name, NAME, titled(entry.get("title"), turns), started, place, turns)


def _path(mapping: Mapping[str, object], last: str) -> list[Mapping[str, object]]:
    """The messages from the first to `last`; without one, to the newest."""
    node = last if last in mapping else max(mapping, key=lambda key: _time(mapping, key))
    path: dict[str, Mapping[str, object]] = {}
    while node in mapping and node not in path:
        path[node] = table(mapping[node])
        node = text(path[node].get("parent"))
    return [table(each.get("message")) for each in reversed(path.values())]


def _time(mapping: Mapping[str, object], key: str) -> float:
    told = table(table(mapping[key]).get("message")).get("create_time")
    return told if isinstance(told, int | float) else 0.0


def _turns(messages: Sequence[Mapping[str, object]], zone: tzinfo) -> Iterator[Turn]:
    for message in messages:
        role = text(table(message.get("author")).get("role"))
        if role in ("user", "assistant") and _is_shown(message):
            yield Turn(role, _words(table(message.get("content"))), moment(message.get("create_time"), zone))


def _is_shown(message: Mapping[str, object]) -> bool:
    """Whether the page shows a message: none of the system's, of tools, to tools, or thought to itself."""
    return (
        message.get("weight") not in (0, 0.0)
        and not table(message.get("metadata")).get("is_visually_hidden_from_conversation")
        and text(message.get("recipient")) in ("", "all")
        and text(message.get("channel")) != "analysis"
        and text(table(message.get("content")).get("content_type")) in _SAID
    )


def _words(content: Mapping[str, object]) -> str:
    parts = [part if isinstance(part, str) else _part(table(part)) for part in rows(content.get("parts"))]
    return _CITATION.sub("", "\n".join(filter(None, parts)))


def _part(part: Mapping[str, object]) -> str:
    return text(part.get("text")) or _ASIDES.get(text(part.get("content_type")), "")
