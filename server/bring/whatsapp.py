"""WhatsApp's exported chats: a text, alone or in a zip, as iPhones and Android write it."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ...errors import BadInput
from .conversation import Conversation, Found, Skipped, Turn, session_name, spoken, titled
from .documents import Document
from .streams import safely
from .whatsapp_lines import Message, begins, messages, moment, order_of, said
from .wishes import Wishes

NAME = "whatsapp"
_TITLE = re.compile(r"whatsapp[ -]?chat(?: -|[ -](?:with|mit|con|avec|com|met|med|z))? *", re.IGNORECASE)
_COPY = re.compile(r" ?\(\d+\)$")
_LINES_LOOKED_AT = 20
_BEGINNING = 20_000


def is_one(beginning: str) -> bool:
    """Whether a text begins as a chat does."""
    return any(begins(line) for line in beginning.split("\n")[:_LINES_LOOKED_AT])


def documents_of(documents: Sequence[Document]) -> list[Document]:
    """The texts among files."""
    return [each for each in documents if each.name.suffix.lower() == ".txt"]


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every chat, a session for each day, or for what lies between two long silences."""
    for document in documents_of(documents):
        yield from safely(document, _read(document, wishes))


def _read(document: Document, wishes: Wishes) -> Iterator[Found]:
    words = document.text()
    if is_one(words[:_BEGINNING]):
        yield from _sessions(document, list(messages(words)), wishes)
    else:
        yield Skipped(document.place, "no line of it begins as a message of WhatsApp does")


def _sessions(document: Document, found: Sequence[Message], wishes: Wishes) -> Iterator[Found]:
    chat = _chat(document)
    me = wishes.me or _me(chat, {message.sender for message in found})
    order = wishes.date_order or order_of(found)
    gathered: list[Turn] = []
    for message in found:
        words = said(message)
        if not words:
            continue
        try:
            at = moment(message, order, wishes.zone)
        except BadInput as wrong:
            raise BadInput(f"{document.place}, {wrong}") from None
        if gathered and _apart(gathered[-1].at or at, at, wishes.silence):
            yield _session(chat, gathered, document, wishes)
            gathered = []
        gathered.append(Turn("user" if message.sender == me else message.sender, words, at))
    if gathered:
        yield _session(chat, gathered, document, wishes)
    else:
        yield Skipped(document.place, "nobody says anything in it")


def _session(chat: str, said: Sequence[Turn], document: Document, wishes: Wishes) -> Found:
    turns = spoken(said)
    started = turns[0].at
    assert started is not None
    day = started.strftime("%Y-%m-%dT%H%M" if wishes.silence else "%Y-%m-%d")
    name = session_name(NAME, f"{chat.lower()}-{day}")
    return Conversation(name, NAME, titled(f"{chat}, {day}"), started, document.place, turns)


def _apart(before: datetime, at: datetime, silence: float) -> bool:
    return at - before > timedelta(hours=silence) if silence else at.date() != before.date()


def _chat(document: Document) -> str:
    """With whom a chat is: its file says so, or the zip around `_chat.txt`."""
    stem = document.name.stem
    name = (document.name.parent.name or document.root) if stem.lower() in ("_chat", "chat") else stem
    return _COPY.sub("", _TITLE.sub("", name, count=1)).strip() or "chat"


def _me(chat: str, senders: set[str]) -> str:
    """The user's own name: of two who write, the one whom the chat is not called after."""
    others = {sender for sender in senders if sender.casefold() == chat.casefold()}
    left = senders - others
    return next(iter(left)) if len(senders) == 2 and len(left) == 1 else ""
