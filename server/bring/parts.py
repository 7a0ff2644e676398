"""Conversations as `remember` takes them: one session each, or several where they are too long for one."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...ontologies.transcript import MAX_BYTES, MAX_TURNS
from .conversation import Conversation, Told, Turn

_PIECE = 500_000
"""Characters that stay below the limit of a session whatever JSON makes of them."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session; `times` are those of its turns as they are written."""

    id: str
    conversation: Conversation
    date: str
    turns: tuple[Turn, ...] = ()
    times: tuple[str, ...] = ()
    text: str = ""
    facts: tuple[Told, ...] = ()

    @property
    def content(self) -> str:
        """The words as `remember` takes them."""
        pairs = zip(self.turns, self.times, strict=True)
        return (
            json.dumps([_entry(turn, at) for turn, at in pairs], ensure_ascii=False)
            if self.turns
            else self.text
        )

    @property
    def source(self) -> str:
        """Where it comes from, as its file tells."""
        found = self.conversation
        return f"{found.source}: {found.title}" if found.origin is None else found.origin


def sessions(conversation: Conversation) -> Iterator[Session]:
    """The sessions of a conversation, in order; each keeps its words as the conversation grows."""
    if conversation.turns:
        for number, turns in enumerate(_gathered(_whole(conversation.turns)), 1):
            started = turns[0].at if number > 1 and turns[0].at else conversation.started
            date = started.isoformat(timespec="seconds")
            times = tuple(_time(turn) for turn in turns)
            yield Session(_name(conversation, number), conversation, date, tuple(turns), times)
        return
    date = conversation.started.isoformat(timespec="seconds")
    whole = len(conversation.text.encode()) <= MAX_BYTES
    for number, text in enumerate([conversation.text] if whole else _pieces(conversation.text), 1):
        facts = conversation.facts if number == 1 else ()
        yield Session(_name(conversation, number), conversation, date, text=text, facts=facts)


def _name(conversation: Conversation, number: int) -> str:
    return conversation.id if number == 1 else f"{conversation.id}-{number}"


def _time(turn: Turn) -> str:
    return turn.at.isoformat(timespec="seconds") if turn.at else ""


def _entry(turn: Turn, at: str) -> dict[str, str]:
    return {"speaker": turn.speaker, "content": turn.text} | ({"at": at} if at else {})


def _size(turn: Turn) -> int:
    return len(json.dumps(_entry(turn, _time(turn)), ensure_ascii=False).encode()) + 2


def _whole(turns: Iterable[Turn]) -> Iterator[Turn]:
    """The turns; one that is too long for any session becomes several."""
    for turn in turns:
        if len(turn.text) <= _PIECE or _size(turn) < MAX_BYTES:
            yield turn
        else:
            yield from (replace(turn, text=text) for text in _pieces(turn.text))


def _gathered(turns: Iterable[Turn]) -> Iterator[Sequence[Turn]]:
    gathered: list[Turn] = []
    room = MAX_BYTES - 2
    for turn in turns:
        size = _size(turn)
        if gathered and (size > room or len(gathered) == MAX_TURNS):
            yield gathered
            gathered, room = [], MAX_BYTES - 2
        gathered.append(turn)
        room -= size
    yield gathered


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces that are not too long, cut where a paragraph, a line or a word ends."""
    while len(text) > _PIECE:
        ends = (text.rfind(mark, _PIECE // 2, _PIECE) for mark in ("\n\n", "\n", " "))
        end = next((end for end in ends if end > 0), _PIECE)
        yield text[:end]
        text = text[end:].lstrip()
    if text:
        yield text
