"""A JSON array of turns, as chat programs export it."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, cast

from ..errors import BadContent
from .statement import one_line

MAX_TURNS = 20_000

_SPEAKER = ("speaker", "name", "role")
_WORDS = ("content", "text")
_TIME = ("at", "timestamp")
_SHAPE = 'give each turn as {"role": "user", "content": "words"}'


class Message(NamedTuple):
    """One turn of the array."""

    speaker: str
    text: str
    at: str


def messages(content: str) -> tuple[Message, ...] | None:
    """Read the array; None if `content` is not JSON, for then it is plain text.

    A turn whose content is null, as of a model that only called a tool, says nothing and is left out.

    Raises:
        BadContent: the array is not a list of turns.
    """
    bare = content.removeprefix("\ufeff").strip()
    if not bare.startswith("["):
        return None
    try:
        found = cast("list[object]", json.loads(bare))
    except (ValueError, RecursionError):
        return None
    if len(found) > MAX_TURNS:
        raise BadContent(
            f"the JSON array has {len(found):,} turns and the limit is {MAX_TURNS:,}; "
            "split it into several sessions"
        )
    read = tuple(_message(number, entry) for number, entry in enumerate(found, 1))
    spoken = tuple(message for message in read if message)
    if not any(message.text.strip() for message in spoken):
        raise BadContent("the JSON array holds no words; " + _SHAPE)
    return spoken


def _message(number: int, entry: object) -> Message | None:
    if not isinstance(entry, dict):
        raise _malformed(number, f"is no object but {json.dumps(entry)[:40]}")
    turn = cast("Mapping[str, object]", entry)
    speaker = next((value for key in _SPEAKER if (value := turn.get(key))), None)
    if not isinstance(speaker, str) or not one_line(speaker):
        raise _malformed(number, "does not say who speaks")
    _whole(number, speaker)
    key = next((key for key in _WORDS if key in turn), None)
    if key is None:
        raise _malformed(number, "has no content")
    text = _words(number, turn[key])
    return None if text is None else Message(speaker, text, _at(number, turn))


def _words(number: int, content: object) -> str | None:
    if content is None:
        return None
    parts = list(_parts(number, content))
    if not parts:
        return None
    text = "\n".join(parts).replace("\r\n", "\n").replace("\r", "\n")
    _whole(number, text)
    return text


def _whole(number: int, text: str) -> None:
    if "\0" in text:
        raise _malformed(number, "holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as broken:
        raise _malformed(number, "holds half a character (a lone surrogate)") from broken


def _parts(number: int, content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    if not isinstance(content, list):
        raise _malformed(number, "has content that is neither text nor a list of parts")
    for part in cast("list[object]", content):
        text = cast("Mapping[str, object]", part).get("text") if isinstance(part, dict) else part
        if isinstance(text, str):
            yield text


def _at(number: int, turn: Mapping[str, object]) -> str:
    value = next((found for key in _TIME if (found := turn.get(key)) not in (None, "")), None)
    if value is None:
        return ""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC).isoformat()
        if isinstance(value, str):
            return _read_time(value.strip())
    except (ValueError, OverflowError, OSError):
        pass
    raise _malformed(number, f"has the time {json.dumps(value)[:40]}, which is not RFC 3339")


def _read_time(raw: str) -> str:
    datetime.fromisoformat(raw)
    return raw if raw[4:5] == "-" else datetime.fromisoformat(raw).isoformat()


def _malformed(number: int, why: str) -> BadContent:
    return BadContent(f"turn {number} of the JSON array {why}; {_SHAPE}")
