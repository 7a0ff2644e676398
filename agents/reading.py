"""A memory file as the pieces that recall can find."""

from collections.abc import Iterator, Mapping

from ..errors import BadInput
from ..ontologies import entity, session, timeline, transcript, wikilink
from ..ontologies.statement import Statement
from ..storage.names import SessionId, session_key
from .scout.units import Unit

_LONGEST_WAS = 160
_UNSEARCHED = ("index/", "index.md", "repo_guide.md", "diffmem.yaml")


def is_searched(path: str) -> bool:
    """Whether a file holds anything of its own: generated pages repeat what others say."""
    return path.endswith((".md", ".txt")) and not path.startswith((*_UNSEARCHED, "timeline/"))


def units(path: str, text: str) -> tuple[Unit, ...]:
    """The turns of a session, the entries of a timeline, the statements and sections of all else."""
    if path.startswith("sessions/"):
        return tuple(_turns(path, text))
    if path.startswith("timeline/"):
        return tuple(_entries(path, text))
    return tuple(_statements(path, text))


def _turns(path: str, text: str) -> Iterator[Unit]:
    try:
        file = session.parse(text)
    except BadInput:
        # A file people put among the sessions is read like any other.
        yield from _statements(path, text)
        return
    key = session_key(SessionId(file.session_id))
    above = file.first_line - 1
    for turn in transcript.turns(file.text):
        yield Unit(
            kind="turn",
            path=path,
            first_line=turn.first_line + above,
            last_line=turn.last_line + above,
            text=turn.text,
            speaker=turn.speaker,
            date=turn.at or file.date,
            session_key=key,
            session_id=file.session_id,
            turns=(turn.number,),
            learned=file.received,
        )


def _entries(path: str, text: str) -> Iterator[Unit]:
    for entry in timeline.parse(text):
        names = ", ".join(link.name for link in entry.entities)
        told = (entry.event, ", ".join(entry.topics), names)
        yield Unit(
            kind="timeline",
            path=path,
            first_line=entry.first_line,
            last_line=entry.last_line,
            text="; ".join(part for part in told if part),
            date=entry.date,
            session_key=session_key(SessionId(entry.session_id)),
            session_id=entry.session_id,
        )


def _statements(path: str, text: str) -> Iterator[Unit]:
    file = entity.parse(text)
    subject = file.name or path.rsplit("/", 1)[-1].removesuffix(".md")
    stated = dict(file.statements())
    was = _replaced(stated)
    for line, statement in stated.items():
        mark = statement.mark
        yield Unit(
            kind="statement",
            path=path,
            first_line=line,
            last_line=line,
            text=plain(statement.text),
            date="" if statement.when == "-" else statement.when,
            session_key=mark.session_key if mark else "",
            turns=(mark.turn,) if mark else (),
            subject=subject,
            former=statement.former,
            was=was.get(line, ""),
        )
    for section in file.sections:
        lines = section.text.split("\n")
        loose = [
            (section.first_line + at, line.strip())
            for at, line in enumerate(lines)
            if section.first_line + at not in stated and _says_something(line)
        ]
        if loose:
            words = "\n".join(plain(line) for _, line in loose)
            yield Unit("section", path, loose[0][0], loose[-1][0], words, subject=subject)


def _replaced(stated: Mapping[int, Statement]) -> dict[int, str]:
    """By line, what the statement there replaced last: `"..." until 2026-03-02`."""
    told: dict[int, str] = {}
    head = 0
    for line, statement in stated.items():
        if not statement.former:
            head = line
        elif head and head not in told:
            words = plain(statement.text)
            shown = words if len(words) <= _LONGEST_WAS else f"{words[: _LONGEST_WAS - 1]}…"
            until = statement.when.partition("/")[2] or stated[head].when.partition("/")[0]
            told[head] = f'"{shown}" until {until}'
    return told


def plain(text: str) -> str:
    """A text with its links as the names they show."""
    if "[[" not in text:
        return text
    for link in wikilink.links(text):
        text = text.replace(str(link), link.name or link.path)
    return text


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(
        ("#", "/END", "[ALWAYS_LOAD]", "[/ALWAYS_LOAD]")
    )
