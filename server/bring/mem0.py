"""mem0's memories as JSON: what get_all answers, as a list or under `results`."""

from collections.abc import Iterator, Mapping, Sequence

from .conversation import Conversation, Found, Skipped, Told, session_name, titled
from .documents import Document
from .moments import moment
from .streams import elements, safely
from .values import clean, rows, table, text
from .wishes import Wishes

NAME = "mem0"
_LISTS = ("results", "memories")


def is_one(entry: object) -> bool:
    """Whether a JSON document, or an element of its array, is of this kind."""
    told = table(entry)
    return ("memory" in told and "id" in told) or any(
        is_one(first) for name in _LISTS for first in rows(told.get(name))[:1]
    )


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every memory, a session each, and a fact about the user where it is told of one."""
    for document in documents:
        if document.name.suffix == ".json":
            yield from safely(document, _read(document, wishes))


def _read(document: Document, wishes: Wishes) -> Iterator[Found]:
    for number, entry in enumerate(_memories(document), 1):
        yield _memory(entry, document, f"{document.place}, memory {number}", wishes)


def _memories(document: Document) -> Iterator[Mapping[str, object]]:
    for entry in map(table, elements(document)):
        inner = [rows(entry.get(name)) for name in _LISTS if name in entry]
        yield from map(table, inner[0] if inner else [entry])


def _memory(entry: Mapping[str, object], document: Document, place: str, wishes: Wishes) -> Found:
    identity = entry.get("id")
    words = clean(text(entry.get("memory"))).strip()
    if not isinstance(identity, str | int) or not words:
        return Skipped(place, "it has no id or no memory")
    name = session_name(NAME, str(identity))
    when = moment(entry.get("created_at"), wishes.zone) or document.modified.astimezone(wishes.zone)
    # What an agent keeps of itself is not said of the user.
    told = (Told("", "", words),) if entry.get("user_id") or not entry.get("agent_id") else ()
    return Conversation(name, NAME, titled(words), when, place, text=words, facts=told)
