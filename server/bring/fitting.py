"""The facts of a source, fitted to what kinds of things a memory holds."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from ...agents import facts as filing
from ...agents.facts import Fact
from ...errors import BadInput
from ...ontologies.schema import Ontology
from .conversation import Told

_LONGEST = 400
_LONGEST_NAME = 120
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


def fitted(told: Sequence[Told], ontology: Ontology, owner: str, said: datetime) -> list[Fact]:
    """The facts that can be filed; what cannot stays in the words of its session."""
    found = [fact for each in told for fact in _facts(each, ontology, owner) if _files(fact, ontology, said)]
    return found[: filing.MOST_FACTS]


def _facts(told: Told, ontology: Ontology, owner: str) -> Iterator[Fact]:
    entity = told.entity or owner
    kind = _kind(told.kind, ontology) if told.entity else ontology.person
    for statement in _lines(told.statement):
        if 0 < len(entity) <= _LONGEST_NAME:
            yield Fact(entity=entity, type=kind, statement=statement, when=told.when)


def _kind(raw: str, ontology: Ontology) -> str:
    """The type of that name, or else the one that whatever has no other is of."""
    name = "_".join(re.findall(r"\w+", raw.casefold()))
    return (ontology.type(name) or ontology.playing("default")).name


def _lines(statement: str) -> Iterator[str]:
    """A statement as it can be filed: a long one by its sentences, but for those still too long."""
    whole = " ".join(statement.split())
    parts = [whole] if len(whole) <= _LONGEST else _SENTENCE.split(whole)
    yield from (part for part in parts if part and len(part) <= _LONGEST)


def _files(fact: Fact, ontology: Ontology, said: datetime) -> bool:
    try:
        filing.checked([fact], ontology, said)
    except BadInput:
        return False
    return True
