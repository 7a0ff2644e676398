"""Conversations from a file: JSON, JSONL, a bundle of sessions with questions, or plain text."""

import json
import lzma
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ..errors import BadContent


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation as `remember` takes it."""

    id: str
    date: str
    content: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """Sessions in their order, and what may be asked about them."""

    sessions: tuple[Session, ...]
    questions: tuple[str, ...] = ()


def load(file: Path) -> Transcript:
    """Read a file of conversations.

    Raises:
        BadContent: it holds none.
        OSError: it cannot be read.
    """
    raw = file.read_bytes()
    try:
        text = (lzma.decompress(raw) if file.suffix == ".xz" else raw).decode("utf-8-sig")
    except (lzma.LZMAError, UnicodeDecodeError) as error:
        raise BadContent(f"{file} is neither UTF-8 text nor an xz file of it") from error
    transcript = parse(text, file.name.removesuffix(".xz"))
    if not transcript.sessions:
        raise BadContent(f"{file} holds no conversation")
    return transcript


def parse(text: str, name: str = "session") -> Transcript:
    """Read conversations from text; what is no JSON is one conversation called `name`."""
    documents = _documents(text)
    if documents is None:
        return Transcript((Session(name, "", text),) if text.strip() else ())
    if documents and isinstance(documents[0].get("sessions"), list):
        return _bundle(documents[0])
    return Transcript(tuple(_session(entry, at) for at, entry in enumerate(documents, 1)))


def _documents(text: str) -> Sequence[Mapping[str, Any]] | None:
    """The JSON objects of a text: one a line, or all in one document; None if it is no JSON."""
    try:
        whole: Any = json.loads(text)
    except ValueError:
        return _lines(text)
    entries = cast(list[Any], whole) if isinstance(whole, list) else [whole]
    if not all(isinstance(entry, dict) for entry in entries):
        return None
    found = cast(list[Mapping[str, Any]], entries)
    # An array of turns is one conversation, not many.
    if found and all({"role", "speaker"} & entry.keys() for entry in found):
        return [{"turns": found}]
    return found


def _lines(text: str) -> Sequence[Mapping[str, Any]] | None:
    found: list[Mapping[str, Any]] = []
    for line in filter(str.strip, text.split("\n")):
        try:
            entry: Any = json.loads(line)
        except ValueError:
            return None
        if not isinstance(entry, dict):
            return None
        found.append(cast(dict[str, Any], entry))
    return found or None


def _bundle(bundle: Mapping[str, Any]) -> Transcript:
    sessions = tuple(_session(entry, at) for at, entry in enumerate(bundle["sessions"], 1))
    return Transcript(sessions, tuple(_questions(bundle.get("questions") or ())))


def _questions(given: Sequence[str | Mapping[str, Any]]) -> Iterator[str]:
    for one in given:
        yield one if isinstance(one, str) else str(one.get("question", ""))


def _session(entry: Mapping[str, Any], number: int) -> Session:
    given = next((entry[name] for name in ("turns", "messages", "content", "text") if name in entry), None)
    if given is None:
        raise BadContent(f"conversation {number} has none of: content, turns, messages")
    identity = next(
        (entry[name] for name in ("session_id", "sid", "id") if name in entry), f"session-{number}"
    )
    content = given if isinstance(given, str) else json.dumps(_turns(given), ensure_ascii=False)
    return Session(str(identity), str(entry.get("date") or entry.get("session_date") or ""), content)


def _turns(given: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Turns under the names that `remember` knows."""
    return [
        {
            "speaker": str(turn.get("speaker") or turn.get("role") or ""),
            "content": str(turn.get("content") or turn.get("text") or ""),
            **({"at": str(turn["at"])} if turn.get("at") else {}),
        }
        for turn in given
    ]
