"""The knowledge graph of the reference memory server of MCP: entities and relations, a JSON object a line."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from .conversation import Conversation, Found, Skipped, Told, session_name, titled
from .documents import Document
from .streams import elements, records, safely
from .values import clean, rows, table, text
from .wishes import Wishes

NAME = "server-memory"
_FACTS_A_SESSION = 150
_UNDATED = "-"


def is_one(entry: object) -> bool:
    """Whether a line, or a whole JSON document, is of this kind."""
    told = table(entry)
    return (
        (told.get("type") == "entity" and "observations" in told)
        or (told.get("type") == "relation" and "relationType" in told)
        or ("entities" in told and "relations" in told)
    )


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every entity, a session each, with its observations as facts; and one for how it relates to others."""
    for document in documents:
        if document.name.suffix in (".json", ".jsonl"):
            yield from safely(document, _read(document, wishes))


def _read(document: Document, wishes: Wishes) -> Iterator[Found]:
    entities: list[Mapping[str, object]] = []
    relations: dict[str, list[str]] = defaultdict(list)
    for entry in _entries(document):
        if isinstance(entry, Skipped):
            yield entry
        elif entry.get("relationType"):
            how, other = text(entry["relationType"]), text(entry.get("to"))
            relations[text(entry.get("from"))].append(f"{how} {other}".replace("_", " "))
        elif text(entry.get("name")):
            entities.append(entry)
    for entry in entities:
        yield from _entity(entry, relations[text(entry["name"])], document, wishes)


def _entries(document: Document) -> Iterator[Mapping[str, object] | Skipped]:
    # Older versions call their lines memory.json, and some programs write the whole graph as one object.
    with document.open() as stream:
        head = stream.read(4_096).lstrip()
    if head.startswith(b'{"type"') or b"\n{" in head:
        yield from (line if isinstance(line, Skipped) else table(line) for _, line in records(document))
        return
    for whole in map(table, elements(document)):
        yield from map(table, [*rows(whole.get("entities")), *rows(whole.get("relations"))] or [whole])


def _entity(
    entry: Mapping[str, object], relations: Sequence[str], document: Document, wishes: Wishes
) -> Iterator[Conversation]:
    name, kind = text(entry["name"]), text(entry.get("entityType"))
    heading = f"# {' '.join(clean(name).replace('_', ' ').split())}"
    observations = [clean(text(each)).strip() for each in rows(entry.get("observations"))]
    when = document.modified.astimezone(wishes.zone)
    for suffix, lines in (("", observations), (" relations", relations)):
        told = [" ".join(clean(line).split()) for line in lines if line.strip()]
        for at in range(0, len(told), _FACTS_A_SESSION):
            part = told[at : at + _FACTS_A_SESSION]
            more = f"-{at // _FACTS_A_SESSION + 1}" if at else ""
            yield Conversation(
                session_name(NAME, f"{name}{suffix}{more}"),
                NAME,
                titled(f"{name}{suffix}"),
                when,
                document.place,
                text="\n\n".join([heading, *(f"- {line}" for line in part)]),
                facts=tuple(Told(name.replace("_", " "), kind, line, _UNDATED) for line in part),
            )
