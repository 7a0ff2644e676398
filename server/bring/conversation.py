"""What a source has to give: conversations, and what of it could not be read."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from .values import clean

_LONGEST_NAME = 100
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said in one go, and when, if the source tells."""

    speaker: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as its source has it: of whom ("" for the user), of which kind there, the sentence, when.

    `when` is an event date as statements have it; "" leaves it to the words and their date.
    """

    entity: str
    kind: str
    statement: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation or note, of which one session is made, or several where it is long.

    It is either `turns` or plain `text`; `started` has a zone; `place` says where it was found, `origin`
    what its session tells of where it comes from, if not source and title.
    """

    id: str
    source: str
    title: str
    started: datetime
    place: str
    turns: tuple[Turn, ...] = ()
    text: str = ""
    facts: tuple[Told, ...] = ()
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is not imported, and why."""

    place: str
    why: str
    id: str = ""


Found = Conversation | Skipped


def session_name(source: str, raw: str) -> str:
    """The session id for what a source calls `raw`: the same each time, and fit to be one."""
    seen = "".join("_" if unicodedata.category(c) in _UNSEEN else c for c in clean(raw)).strip()
    if seen == raw and len(seen) <= _LONGEST_NAME:
        return f"{source}-{seen}"
    digest = hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{source}-{seen[:_LONGEST_NAME]}-{digest}"


def spoken(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The turns that say something, each a text that can be stored."""
    return tuple(_spoken(turns))


def titled(raw: object, turns: Iterable[Turn] = ()) -> str:
    """A title on one line; without one, the first words that are said."""
    said = raw if isinstance(raw, str) and raw.strip() else next((turn.text for turn in turns), "")
    words = " ".join(clean(said[:1_000]).split())
    return words if len(words) <= _LONGEST_TITLE else f"{words[:_LONGEST_TITLE].rstrip()} ..."


def _spoken(turns: Iterable[Turn]) -> Iterator[Turn]:
    for turn in turns:
        words = clean(turn.text).replace("\r\n", "\n").strip("\n")
        if words.strip():
            yield Turn(" ".join(clean(turn.speaker).split()) or "user", words, turn.at)
