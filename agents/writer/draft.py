"""The second question to a model: where each fact goes in its file, and what the session was about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...ontologies.prompts import Prompt
from ...ontologies.statement import Statement
from ..explorer.quoting import quoted
from ..providers.provider import Message
from ..rules.filing import OWN
from . import wording
from .answers import Draft, Edit, FileEdits, Repairs
from .editing import Change, located
from .files import Files, Target
from .grounding import Evidence
from .heard import Said
from .identify import Fact, Held, shown
from .roll import OWNER
from .selection import file_lines, shares

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology


@dataclass(frozen=True, slots=True)
class Places:
    """Where every fact goes, and what else a model said of each file."""

    changes: dict[str, list[Change]]
    fields: Mapping[str, FileEdits]


def refs(facts: Iterable[Fact]) -> dict[str, Target]:
    """The files that facts belong to, by the refs a model is given for them."""
    named: dict[str, Target] = {}
    for target in {fact.target.path: fact.target for fact in facts}.values():
        named[OWNER if target.ref == OWNER else f"e{len(named) + 1}"] = target
    return named


def question(
    prompt: Prompt,
    files: Files,
    part: Sequence[Said],
    facts: Sequence[Fact],
    evidence: Evidence,
    room: int,
    key: str,
) -> list[Message]:
    """What a model is asked; the files take about `room` characters together."""
    named = refs(facts)
    by_path = {target.path: ref for ref, target in named.items()}
    told = "\n".join(_told(fact, by_path[fact.target.path]) for fact in facts)
    blocks = [quoted("conversation", shown(part), key), quoted("facts", told, key)]
    old = {ref: target for ref, target in named.items() if files.text(target.path)}
    new = [f"{ref}: {target.name} ({target.type})" for ref, target in named.items() if ref not in old]
    if new:
        blocks.append(quoted("files that are still empty", "\n".join(new), key))
    granted = shares([len(files.text(target.path)) for target in old.values()], room)
    for (ref, target), most in zip(old.items(), granted, strict=True):
        meant = [
            f"{fact.statement.text} {fact.replaces}" for fact in facts if fact.target.path == target.path
        ]
        lines = file_lines(files.file(target), meant, evidence, most)
        blocks.append(quoted(f"file {ref}, {target.path}", lines, key))
    return [
        Message("system", prompt.text(status=_status(files.ontology))),
        Message("user", "\n\n".join(blocks)),
    ]


def places(answer: Draft, facts: Sequence[Fact], files: Files, evidence: Evidence) -> Places:
    """Each fact in its own file once: as the model has it, where the model's edit is one for that file."""
    named = refs(facts)
    given: dict[tuple[str, int], Edit] = {}
    fields: dict[str, FileEdits] = {}
    for one in answer.files:
        target = named.get(one.file)
        if target:
            fields.setdefault(target.path, one)
            for edit in one.edits:
                given.setdefault((target.path, edit.fact), edit)
    changes: defaultdict[str, list[Change]] = defaultdict(list)
    for fact in facts:
        change = _change(fact, given.get((fact.target.path, fact.number)), files, evidence)
        if change:
            changes[fact.target.path].append(change)
    return Places(dict(changes), fields)


def misses(found: Places, files: Mapping[str, Target], source: Files) -> list[tuple[str, int]]:
    """The edits whose line is not in their file, as path and place among its changes."""
    return [
        (path, at)
        for path, changes in found.changes.items()
        for at, change in enumerate(changes)
        if change.do != "add" and located(source.file(files[path]), change.line) is None
    ]


def repair(
    prompt: Prompt,
    found: Places,
    missed: Sequence[tuple[str, int]],
    targets: Mapping[str, Target],
    files: Files,
    evidence: Evidence,
    room: int,
    key: str,
) -> list[Message]:
    """The question for the lines that edits missed, with the files as they stand."""
    told = [
        f"{number}. {found.changes[path][at].do} in {path}: {wording.visible(found.changes[path][at].line)}"
        for number, (path, at) in enumerate(missed, 1)
    ]
    blocks = [quoted("edits that missed", "\n".join(told), key)]
    paths = list(dict.fromkeys(path for path, _ in missed))
    granted = shares([len(files.text(path)) for path in paths], room)
    for path, most in zip(paths, granted, strict=True):
        meant = [change.line for change in found.changes[path]]
        lines = file_lines(files.file(targets[path]), meant, evidence, most)
        blocks.append(quoted(f"file {path}", lines, key))
    return [Message("system", prompt.text()), Message("user", "\n\n".join(blocks))]


def repaired(found: Places, missed: Sequence[tuple[str, int]], answer: Repairs) -> Places:
    """The changes with the lines that were meant; where there is none, the fact is added."""
    lines = {one.number: one.line for one in answer.edits}
    changes = {path: list(kept) for path, kept in found.changes.items()}
    for number, (path, at) in enumerate(missed, 1):
        changes[path][at] = replace(changes[path][at], line=lines.get(number, ""))
    return Places(changes, found.fields)


def _change(fact: Fact, edit: Edit | None, files: Files, evidence: Evidence) -> Change | None:
    if edit is None:
        return Change(fact.statement, "replace" if fact.replaces else "add", OWN, fact.replaces)
    if edit.do == "skip" and Held(files, fact.target, evidence).covers(fact.statement.text):
        return None
    section = wording.title(edit.section) or OWN
    statement = _better(fact, edit.statement, files, evidence)
    if edit.do in ("replace", "insert"):
        return Change(statement, edit.do, section, edit.line or fact.replaces)
    return Change(statement, "add", section)


def _better(fact: Fact, words: str, files: Files, evidence: Evidence) -> Statement:
    """The model's second words for a fact, if the turn it cites bears them out as well."""
    mark = fact.statement.mark
    better = wording.statement(words, fact.speaker, files.owner.name) if words.strip() else ""
    if not better or mark is None:
        return fact.statement
    names = [fact.target.name, *fact.target.names, *files.owner.names]
    if evidence.place(better, mark.turn, names) != mark.turn:
        return fact.statement
    return replace(fact.statement, text=better)


def _told(fact: Fact, ref: str) -> str:
    old = f" (in the place of: {wording.visible(fact.replaces)})" if fact.replaces else ""
    return f"{fact.number}. {ref}: {fact.statement.when} | {fact.statement.text}{old}"


def _status(ontology: Ontology) -> str:
    return ", ".join(ontology.status) or "none"


def counted(facts: Sequence[Fact], room: int) -> Iterator[Fact]:
    """As many facts as `room` characters hold."""
    for fact in facts:
        room -= len(fact.statement.text) + len(fact.replaces) + 40
        if room < 0:
            return
        yield fact
