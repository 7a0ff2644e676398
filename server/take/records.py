"""A memory as lines of JSON; `jsonl.schema.json` beside this module says what each may hold."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...agents.places import is_entity
from ...agents.reading import plain
from ...agents.retrospect import section_of_line
from ...ontologies.entity import KEYS, Entity
from ...ontologies.statement import UNKNOWN, Statement
from .edition import Dated, Edition, Filed, Said

FORMAT = "diffmem-jsonl"
VERSION = 1
_LISTS = frozenset({"aliases", "cues", "related"})

Record = Mapping[str, Any]


def write(edition: Edition, file: Path, step: Callable[[], None]) -> None:
    """Write the header, then a line for each session, entity, entry of the timeline and other file."""
    with file.open("w", encoding="utf-8", newline="\n") as out:
        for record in records(edition):
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            step()


def records(edition: Edition) -> Iterator[Record]:
    """The lines in their order, the header first."""
    yield _header(edition)
    yield from map(_session, edition.sessions)
    for filed in edition.entities:
        yield _entity(edition, filed)
    yield from map(_entry, edition.entries)
    for path in edition.rest:
        yield _other(edition, path)


def count(edition: Edition) -> int:
    """About how many lines there will be, before any entity is read."""
    entities = sum(1 for file in edition.files if is_entity(file.path))
    return 1 + 2 * len(edition.sessions) + entities + len(edition.rest)


def schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    found: dict[str, Any] = json.loads(
        (files(__package__ or "diffmem.server.take") / "jsonl.schema.json").read_text("utf-8")
    )
    return found


def _header(edition: Edition) -> Record:
    return {
        "kind": "header",
        "format": FORMAT,
        "version": VERSION,
        "user": edition.user,
        "ontology": edition.ontology,
        "commit": edition.snapshot.commit,
        "committed": edition.snapshot.time.isoformat(timespec="seconds"),
        "sessions": len(edition.sessions),
    }


def _session(said: Said) -> Record:
    file = said.file
    return {
        "kind": "session",
        "session_id": file.session_id,
        "session_date": file.date,
        "source": file.source,
        "received": file.received,
        "key": said.key,
        "path": said.path,
        "content": file.text,
        "turns": [
            {"turn": turn.number, "speaker": turn.speaker, "text": turn.text, "at": turn.at}
            for turn in file.turns()
        ],
    }


def _entity(edition: Edition, filed: Filed) -> Record:
    text = filed.entity.render()
    section = section_of_line(text)
    return {
        "kind": "entity",
        "path": filed.path,
        **_facts(filed.entity),
        "statements": [
            _statement(edition, statement, section(line)) for line, statement in filed.entity.statements()
        ],
        "text": text,
    }


def _facts(entity: Entity) -> Record:
    told = {key: entity.listed(key) if key in _LISTS else entity.fields.get(key, "") for key in KEYS}
    plainly = {key: list(value) if key in _LISTS else value for key, value in told.items()}
    return plainly | {"type": entity.type, "name": entity.name}


def _statement(edition: Edition, statement: Statement, section: str) -> Record:
    mark = statement.mark
    said = edition.by_key.get(mark.session_key) if mark else None
    return {
        "date": "" if statement.when == UNKNOWN else statement.when,
        "text": plain(statement.text),
        "section": section,
        "session_id": said.file.session_id if said else "",
        "turn": mark.turn if mark else None,
        "mark": str(mark) if mark else "",
        "former": statement.former,
    }


def _entry(dated: Dated) -> Record:
    entry = dated.entry
    return {
        "kind": "timeline",
        "date": entry.date,
        "session_id": entry.session_id,
        "event": plain(entry.event),
        "topics": list(entry.topics),
        "entities": [{"path": link.path, "name": link.name} for link in entry.entities],
        "context": entry.context,
        "path": dated.path,
    }


def _other(edition: Edition, path: str) -> Record:
    content = edition.snapshot.read_bytes(path)
    try:
        return {"kind": "file", "path": path, "text": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"kind": "file", "path": path, "base64": base64.b64encode(content).decode()}
