"""Our own export as JSON lines: a session a line."""

from collections.abc import Iterator, Mapping, Sequence

from ...errors import BadDate
from ...storage.moment import moment
from . import moments
from .conversation import Conversation, Found, Skipped, Turn, spoken, titled
from .documents import Document
from .streams import records, safely
from .values import clean, rows, table, text
from .wishes import Wishes

NAME = "diffmem-jsonl"
_WORDS = ("content", "text", "turns", "messages")


def is_one(entry: object) -> bool:
    """Whether a line is of this kind."""
    told = table(entry)
    return told.get("format") == NAME or ("session_id" in told and any(name in told for name in _WORDS))


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every session under the id it had; lines of other kinds are passed over."""
    for document in documents:
        if document.name.suffix in (".jsonl", ".json", ".ndjson"):
            yield from safely(document, _read(document, wishes))


def _read(document: Document, wishes: Wishes) -> Iterator[Found]:
    for number, line in records(document):
        if isinstance(line, Skipped):
            yield line
        elif table(line).get("kind", "session") == "session":
            yield _session(table(line), f"{document.place}, line {number}", wishes)


def _session(entry: Mapping[str, object], place: str, wishes: Wishes) -> Found:
    name = text(entry.get("session_id"))
    if not name:
        return Skipped(place, "it has no session_id")
    given = [entry[key] for key in _WORDS if entry.get(key)]
    words = next((clean(each) for each in given if isinstance(each, str)), "")
    turns = () if words else spoken(_turn(table(each), wishes) for each in rows(given[0] if given else None))
    try:
        # Not moved to another zone: the day of a session is the one that was written.
        started = moment(text(entry.get("session_date") or entry.get("date")), wishes.zone)
    except BadDate as wrong:
        return Skipped(place, f"session_date: {wrong}", name)
    if not words.strip() and not turns:
        return Skipped(place, "it has no content and no turns", name)
    return Conversation(
        name, NAME, titled(name), started, place, turns, words, origin=text(entry.get("source"))
    )


def _turn(entry: Mapping[str, object], wishes: Wishes) -> Turn:
    speaker = next((text(entry[key]) for key in ("speaker", "name", "role") if entry.get(key)), "")
    words = next((text(entry[key]) for key in ("content", "text") if entry.get(key)), "")
    at = next((entry[key] for key in ("at", "timestamp") if entry.get(key)), None)
    return Turn(speaker, words, moments.moment(at, wishes.zone))
