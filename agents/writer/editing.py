"""Edits of one entity file: each lands exactly where it was meant to, and nothing is lost by it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...errors import ModelNonsense
from ...ontologies.entity import Entity
from ...ontologies.sections import ALWAYS_LOAD, heading, in_code
from ...ontologies.statement import Mark, Statement, ended, mark_at_end, one_line, parse_line
from ..reading import plain
from ..rules.filing import OWN

NOTE = "↳"
"""What leads the words of a replaced line, where the memory's guide asks for it."""
_MOST_ALWAYS = 2
_LONGEST_ALWAYS = 2_000
_SHORTEST_LINE = 4


class LinesLost(ModelNonsense):
    """A change would drop lines that nobody replaced."""

    def __init__(self, model: str, path: str, lost: Sequence[str]) -> None:
        super().__init__(model, f"its edits would drop from {path[:100]}: {'; '.join(lost)[:180]}")
        self.path = path


@dataclass(frozen=True, slots=True)
class Change:
    """One statement for a file: under a section, in the place of a line, or after one."""

    statement: Statement
    do: Literal["add", "replace", "insert"] = "add"
    section: str = OWN
    line: str = ""


def edited(file: Entity, changes: Iterable[Change], day: str, *, noted: bool = False) -> Entity:
    """A file with all changes; one whose line is not there is added under its section."""
    for change in changes:
        at = located(file, change.line) if change.do != "add" else None
        if at is None:
            file = file.with_statements(change.section or OWN, [change.statement])
        elif change.do == "insert":
            file = _inserted(file, at, change.statement)
        else:
            file = _replaced(file, at, change.statement, day, NOTE if noted else "")
    return file


def located(file: Entity, meant: str) -> int | None:
    """Which line of the body a mark or the words of a line mean; None for none or several."""
    words = one_line(meant)
    mark = Mark.parse(words.rpartition(" ")[2])
    if mark:
        marked = [at for at, _ in _lines(file) if mark_at_end(file.body[at]) == mark]
        if len(marked) == 1:
            return marked[0]
    wanted = _said(f"- {words.lstrip('-*+ ')}")
    if len(wanted) < _SHORTEST_LINE:
        return None
    found = [at for at, said in _lines(file) if said == wanted and not file.body[at].startswith((" ", "\t"))]
    return found[0] if len(found) == 1 else None


def always_loaded(file: Entity, title: str, names: Iterable[str]) -> Entity:
    """Mark a section as one to read whenever the entity matters: a short one that tells of it, few a file."""
    flagged = sum(part.always_load for part in file.sections)
    part = next((part for part in file.sections if part.title.casefold() == title.casefold()), None)
    if part is None or part.always_load or flagged >= _MOST_ALWAYS or len(part.text) > _LONGEST_ALWAYS:
        return file
    if not any(name and name.casefold() in part.text.casefold() for name in names):
        return file
    at = part.first_line - 1 - file.front.count("\n")
    line = file.body[at]
    told = f"{line.rstrip()} {ALWAYS_LOAD}{line[len(line.rstrip()) :]}"
    return replace(file, body=(*file.body[:at], told, *file.body[at + 1 :]))


def lost(before: Entity, after: Entity) -> list[str]:
    """What a file said before and does not say after: words, marks, keys of its front matter."""
    words = Counter(_words(before)) - Counter(_words(after))
    marks = {mark_at_end(line) for line in before.body} - {mark_at_end(line) for line in after.body}
    keys = before.fields.keys() - after.fields.keys()
    items = [
        item
        for key in ("aliases", "cues", "related")
        for item in set(before.listed(key)) - set(after.listed(key))
    ]
    return [*words, *(str(mark) for mark in marks if mark), *sorted(keys), *sorted(items)]


def _lines(file: Entity) -> Iterator[tuple[int, str]]:
    """Every line that says something, by its place in the body, with its bare words."""
    code = in_code(file.body)
    offset = file.front.count("\n") + 1
    inside = {line - offset for part in file.sections for line in range(part.first_line, part.last_line + 1)}
    for at in sorted(inside - code):
        line = file.body[at]
        if line.strip() and heading(line) is None and not line.startswith(("/END", "/START", "[")):
            yield at, _said(line)


def _said(line: str) -> str:
    found = parse_line(line)
    return plain(found.text if found else one_line(line.lstrip().lstrip("-*+").lstrip()))


def _words(file: Entity) -> Iterator[str]:
    for line in file.body:
        words = _said(line.replace(ALWAYS_LOAD, "")).removeprefix(f"{NOTE} ")
        if words:
            yield words


def _inserted(file: Entity, at: int, statement: Statement) -> Entity:
    stop = at + 1
    while stop < len(file.body) and file.body[stop].startswith((" ", "\t")) and file.body[stop].strip():
        stop += 1
    return _with_lines(file, stop, stop, [_free(file, statement).line()])


def _replaced(file: Entity, at: int, new: Statement, day: str, note: str) -> Entity:
    old = parse_line(file.body[at])
    until = new.when if new.when != "-" else day
    if old and old.mark:
        return file.with_replaced(old.mark, new, until)
    words = old.text if old else _said(file.body[at])
    past = Statement(ended(old.when if old else "-", until), f"{note} {words}", former=True)
    return _with_lines(file, at, at + 1, [_free(file, new).line(), past.line()])


def _with_lines(file: Entity, start: int, stop: int, lines: Sequence[str]) -> Entity:
    body = list(file.body)
    end = "\r\n" if any(line.endswith("\r\n") for line in body) else "\n"
    if start and not body[start - 1].endswith("\n"):
        body[start - 1] += end
    return replace(file, body=(*body[:start], *(f"{line}{end}" for line in lines), *body[stop:]))


def _free(file: Entity, statement: Statement) -> Statement:
    mark = statement.mark
    return replace(statement, mark=file.free_mark(mark.session_key, mark.turn)) if mark else statement
