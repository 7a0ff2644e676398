"""The first question to a model: whom a session is about, and what it tells of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ...ontologies.prompts import Prompt
from ...ontologies.statement import Mark, Statement
from ..explorer.quoting import quoted
from ..providers.provider import Message
from . import wording
from .answers import Identified
from .files import Files, Target
from .grounding import Evidence
from .heard import Person, Said
from .roll import OWNER, Roll
from .selection import index_lines

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology

# English only; other languages are held to the words alone.
_OF_ONESELF = re.compile(r"\bI\b")
_OF_ANOTHER = re.compile(r"\b(?:he|she|they|his|hers?|him|their|them|you|your)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement that the session bears out, and under whom it goes; `replaces` are words of an old one."""

    number: int
    target: Target
    statement: Statement
    speaker: str
    replaces: str = ""


def question(
    prompt: Prompt, files: Files, part: Sequence[Said], owner: Person, room: int, key: str
) -> list[Message]:
    """What a model is asked; the index takes at most `room` characters, `key` is for the fences."""
    index = index_lines(files.catalogue, part, owner.path, files.day, room)
    blocks = [
        quoted("this memory", about(owner, files.day), key),
        quoted("index", index, key),
        quoted("conversation", shown(part), key),
    ]
    return [
        Message("system", prompt.text(types=types(files.ontology))),
        Message("user", "\n\n".join(blocks)),
    ]


def about(owner: Person, day: str) -> str:
    """Whose memory it is and when the session was."""
    also = ", ".join(name for name in owner.names if name != owner.name)
    return f"owner: {owner.name}{f' (also {also})' if also else ''}, ref {OWNER}\nsession: {day}"


def shown(part: Iterable[Said]) -> str:
    """Turns as a model is shown them."""
    return "\n".join(one.line for one in part if one.text)


def types(ontology: Ontology) -> str:
    """The entity types, a line each."""
    return "\n".join(f"- {kind.name}: {kind.description}" for kind in ontology.types)


def facts(
    answer: Identified,
    roll: Roll,
    evidence: Evidence,
    files: Files,
    part: Sequence[Said],
    key: str,
    today: date,
) -> list[Fact]:
    """What of an answer the session bears out and the memory does not hold yet."""
    roll.admit(answer.entities)
    here = {one.number for one in part}
    found: dict[tuple[str, str, str], Fact] = {}
    for heard in answer.facts:
        names = [target.name for target in roll.named()]
        number = evidence.place(_bare(heard.statement), heard.turn, [*names, *roll.owner.names])
        said = evidence.turn(number) if number else None
        if number is None or said is None or number not in here:
            continue
        words = wording.statement(heard.statement, said.speaker, roll.owner.name)
        when = evidence.when(heard.when.strip(), words, number, today)
        target = roll.meant(heard.entity, words, said.speaker)
        if _is_anothers(target, words, said, evidence, files.ontology.person):
            continue
        if not words or Held(files, target, evidence).holds(words, when, said):
            continue
        fact = Fact(
            len(found) + 1, target, Statement(when, words, Mark(key, number)), said.speaker, heard.replaces
        )
        found.setdefault((target.path, words, when), fact)
    return list(found.values())


def _is_anothers(target: Target, words: str, said: Said, evidence: Evidence, person: str) -> bool:
    """Whether somebody is credited with what another said of themselves."""
    if target.type != person or not said.speaker or target.bears(said.speaker):
        return False
    names = {name for name in (target.name, *target.names) if name}
    if any(re.search(rf"\b{re.escape(name)}\b", said.text, re.IGNORECASE) for name in names):
        return False
    sentence = evidence.sentence(words, said)
    return bool(_OF_ONESELF.search(sentence)) and not _OF_ANOTHER.search(sentence)


@dataclass(frozen=True, slots=True)
class Held:
    """What an entity's file says already."""

    files: Files
    target: Target
    evidence: Evidence

    def holds(self, words: str, when: str, said: Said) -> bool:
        """Whether the file says just this: the same telling words, and no date that makes it another time."""
        told = self._telling(words)
        same = [old for old in self._statements() if self._telling(old.text) == told]
        again = when != said.moment.date().isoformat()
        return bool(told) and any(not again or old.when == when for old in same)

    def covers(self, words: str) -> bool:
        """Whether one line of the file has most of these words."""
        told = self._telling(words)
        lines = self.files.file(self.target).body
        return bool(told) and any(len(told & self._telling(line)) >= 0.8 * len(told) for line in lines)

    def _statements(self) -> Iterator[Statement]:
        return (old for _, old in self.files.file(self.target).statements() if not old.former)

    def _telling(self, text: str) -> frozenset[str]:
        names = " ".join((self.target.name, *self.target.names))
        return self.evidence.terms(text.split(": ", 1)[-1]) - self.evidence.terms(names)


def _bare(statement: str) -> str:
    """A statement without the words that only stand for the owner."""
    return wording.statement(statement, "", "")
