"""What was said in a session, by whom, without what was only repeated out of the memory."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...ontologies.session import SessionFile
from ...ontologies.statement import one_line
from ...ontologies.transcript import Turn
from ..explore.display import safe
from ..rules.people import Cast

# How recall shows what it found: a source, then its turns; a filed line with its mark; the lines of an index.
_SOURCE = re.compile(r"\bsessions/(?:\d{4}/\d{2}/)?\d{4}-\d{2}-\d{2}[ _][a-z0-9]{8}\b")
_MARKED = re.compile(r"\^[a-z0-9]{8}-\d{1,7}[a-z]{0,4}\b")
_RECALLED_TURN = re.compile(r'\s*(?:"text":\s*")?\[\d{1,7}\]\s')
_INDEXED = re.compile(r"\s*- \[\[[^\]]+\]\].* \d+ edits?\b")


@dataclass(frozen=True, slots=True)
class Said:
    """A turn, or a piece of a long one: `speaker` is the real name, `stated` False for an assistant."""

    number: int
    speaker: str
    text: str
    moment: datetime
    stated: bool = True

    @property
    def line(self) -> str:
        """The turn as a model is shown it."""
        body = self.text.replace("\n", "\n  ")
        return f"[{self.number}] {self.speaker}{'' if self.stated else ' (assistant)'}: {body}"


@dataclass(frozen=True, slots=True)
class Person:
    """Whose memory it is: the name they are shown under, the file of their profile, all their names."""

    name: str
    path: str
    names: tuple[str, ...]


def said_in(session: SessionFile, cast: Cast, owner: Person) -> tuple[Said, ...]:
    """Every turn of a session, the owner under their own name."""
    return tuple(_said(turn, session, cast, owner) for turn in session.turns())


def own_words(text: str) -> str:
    """A turn without the lines that recall or the memory's files gave it."""
    kept: list[str] = []
    quoting = False
    for line in text.split("\n"):
        if _SOURCE.search(line):
            quoting = True
        elif quoting and _RECALLED_TURN.match(line):
            pass
        elif not (_MARKED.search(line) or _INDEXED.match(line)):
            # A recalled turn may run on in lines that are set in.
            quoting = quoting and line.startswith("  ")
            if not quoting:
                kept.append(line)
    return "\n".join(kept).strip()


def visible(text: str) -> str:
    """One line without characters that nobody sees."""
    bare = one_line(text)
    return bare if safe(bare) == bare else one_line("".join(c for c in bare if safe(c) == c))


def parts(said: Sequence[Said], room: int) -> Iterator[list[Said]]:
    """The turns in portions of at most `room` characters; a turn longer than that comes in pieces."""
    part: list[Said] = []
    used = 0
    for piece in _pieces(said, room):
        size = len(piece.line) + 1
        if part and used + size > room:
            yield part
            part, used = [], 0
        part.append(piece)
        used += size
    if part:
        yield part


def _pieces(said: Iterable[Said], room: int) -> Iterator[Said]:
    for one in said:
        text = one.text
        most = max(room // 2, 200)
        while len(one.line) - len(one.text) + len(text) > room and len(text) > most:
            cut = max(text.rfind(end, most // 2, most) + len(end) for end in ("\n", ". ", " "))
            cut = cut if cut > most // 2 else most
            yield replace(one, text=text[:cut].strip())
            text = text[cut:]
        yield replace(one, text=text.strip())


def _said(turn: Turn, session: SessionFile, cast: Cast, owner: Person) -> Said:
    subject = cast.speaker(turn)
    moment = datetime.fromisoformat(turn.at or session.date)
    if subject is None:
        return Said(turn.number, visible(turn.speaker) or "assistant", own_words(turn.text), moment, False)
    name = owner.name if subject.path == owner.path else subject.name
    return Said(turn.number, visible(name), own_words(turn.text), moment)
