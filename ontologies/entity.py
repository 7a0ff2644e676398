"""An entity file as data: front matter, one H1, sections of statements."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import cast

from ..errors import NotFound
from . import frontmatter
from .frontmatter import FrontMatterError, Value
from .sections import Section, clean_title, end_of_text, heading, in_code, scan
from .statement import Mark, Statement, ended, keep_lines, mark_at_end, one_line, parse_line, sort_key

KEYS = ("type", "name", "aliases", "role", "status", "cues", "related", "created", "updated")

# What Markdown or Obsidian would take for something else than letters of a name.
_MARKUP = re.compile(
    r"[\\`*\[\]<>^$]|(?<![^\W_])_|_(?![^\W_])|(?<!\S)#|[~=]{2,}|%{2,}|&(?=#?\w+;)", re.UNICODE
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


class UnknownMark(NotFound):
    """No line of the file bears this mark."""

    def __init__(self, mark: Mark) -> None:
        super().__init__(f"no line of this file bears the mark ^{mark}")
        self.mark = mark


@dataclass(frozen=True, slots=True)
class Entity:
    """One memory file: the raw front matter and the raw lines after it."""

    front: str
    body: tuple[str, ...]

    def render(self) -> str:
        """Return the file, byte for byte what was parsed where nothing was edited."""
        return self.front + "".join(self.body)

    @property
    def fields(self) -> dict[str, Value]:
        """The front matter; empty where there is none that can be read."""
        try:
            return frontmatter.parse(self.front)
        except FrontMatterError:
            return {}

    @property
    def name(self) -> str:
        """The true name: of the front matter, else the H1, else ""."""
        name = self.fields.get("name")
        return name if isinstance(name, str) and name else self._h1()

    @property
    def type(self) -> str:
        """The entity type, or ""."""
        kind = self.fields.get("type")
        return kind if isinstance(kind, str) else ""

    @property
    def aliases(self) -> tuple[str, ...]:
        """The other names."""
        return self.listed("aliases")

    def listed(self, key: str) -> tuple[str, ...]:
        """Return a field as a list; a single line of text counts as its parts between commas."""
        value = self.fields.get(key, "")
        items = value.split(",") if isinstance(value, str) else value
        return tuple(item for item in map(one_line, items) if item)

    @property
    def semantic_index(self) -> dict[str, object]:
        """The JSON after a trailing `## SEMANTIC INDEX`, as older files have it; else empty."""
        text = "".join(self.body[end_of_text(self.body) + 1 :])
        try:
            found: object = json.loads(text[text.find("{") : text.rfind("}") + 1] or "{}")
        except (ValueError, RecursionError):
            return {}
        return cast("dict[str, object]", found) if isinstance(found, dict) else {}

    @property
    def sections(self) -> tuple[Section, ...]:
        """The titled parts in order, and between them loose text under the title ""."""
        return tuple(scan(self.body, self._offset))

    def statements(self) -> Iterator[tuple[int, Statement]]:
        """Yield each statement with its line number in the file, from 1."""
        for index, statement in self._statements():
            yield self._offset + index + 1, statement

    def free_mark(self, session_key: str, turn: int) -> Mark:
        """Return the mark for one more statement of this turn: the letter after the last one in the file."""
        here = (mark_at_end(line) for line in self.body)
        same = [mark for mark in here if mark and (mark.session_key, mark.turn) == (session_key, turn)]
        if not same:
            return Mark(session_key, turn)
        return max(same, key=lambda mark: (len(mark.letter), mark.letter)).next()

    def with_statements(self, section_title: str, statements: Iterable[Statement]) -> "Entity":
        """Add statements under a title, in the order of their dates.

        A mark that the file has already gets the next letter; a statement that the file has already, with the
        same date, words and turn, is not added again.
        """
        new = self._new_among(statements)
        if not new:
            return self
        title = clean_title(section_title)
        entity = self._with_section(title)
        part = next(part for part in entity.sections if part.title.casefold() == title.casefold())
        return entity._filled(part, new)

    def with_replaced(self, old: Mark, new: Statement, until: str) -> "Entity":
        """Put `new` in the place of the statement marked `old`, which stays below it as what held until then.

        What was already replaced is history: `new` is then added beside what holds now.

        Raises:
            UnknownMark: no statement bears `old`.
        """
        found = next((at for at in self._statements() if at[1].mark == old), None)
        if found is None:
            raise UnknownMark(old)
        index, statement = found
        line = self._offset + index + 1
        part = next(part for part in self.sections if part.first_line <= line <= part.last_line)
        marked = self._marked(new)
        if statement.former:
            return self if self._has(new) else self._inserted(part, marked, ())
        stop = self._group_end(index)
        past = replace(statement, when=ended(statement.when, until), former=True)
        below = (past.line() + self._line_end, *self.body[index + 1 : stop])
        rest = replace(self, body=self.body[:index] + self.body[stop:])
        shrunk = replace(part, last_line=part.last_line - (stop - index))
        return rest._inserted(shrunk, marked, below)

    def with_fields(self, fields: Mapping[str, str | Sequence[str]]) -> "Entity":
        """Set front matter fields; other lines stay as they are.

        Raises:
            FrontMatterError: there is front matter and it cannot be read.
        """
        return parse(frontmatter.updated(self.render(), fields))

    def without_marks(self, marks: Collection[Mark]) -> "Entity":
        """Drop the statements that bear one of `marks`; what the last of them had replaced holds again."""
        body = list(self.body)
        heirless = False
        for index, statement in self._statements():
            dropped = statement.mark in marks
            if dropped:
                body[index] = ""
            if not statement.former:
                heirless = dropped
            elif heirless and not dropped:
                start = statement.when.partition("/")[0]
                body[index] = replace(statement, when=start, former=False).line() + self._line_end
                heirless = False
        return replace(self, body=tuple(line for line in body if line))

    @property
    def _offset(self) -> int:
        return self.front.count("\n")

    @property
    def _line_end(self) -> str:
        first = self.front.partition("\n")[0] if self.front else next(iter(self.body), "").rstrip("\n")
        return "\r\n" if first.endswith("\r") else "\n"

    def _h1(self) -> str:
        code = in_code(self.body)
        heads = (heading(line) for index, line in enumerate(self.body) if index not in code)
        written = next((head[1] for head in heads if head and head[0] == 1), "")
        return one_line(_ESCAPED.sub(r"\1", written))

    def _statements(self) -> Iterator[tuple[int, Statement]]:
        code = in_code(self.body)
        for index, line in enumerate(self.body):
            statement = None if index in code else parse_line(line)
            if statement:
                yield index, statement

    def _has(self, new: Statement) -> bool:
        return any(_identity(old) == _identity(new) for _, old in self._statements())

    def _marked(self, statement: Statement) -> Statement:
        if statement.mark and statement.mark in {mark_at_end(line) for line in self.body}:
            return replace(statement, mark=self.free_mark(statement.mark.session_key, statement.mark.turn))
        return statement

    def _with_section(self, title: str) -> "Entity":
        if any(part.title.casefold() == title.casefold() for part in self.sections):
            return self
        at, end = end_of_text(self.body), self._line_end
        before = list(self.body[:at])
        if before and not before[-1].endswith("\n"):
            before[-1] += end
        if before and before[-1].strip():
            before.append(end)
        after = [end] if at < len(self.body) else []
        new = (f"### {title}{end}", f"/END {title}{end}")
        front = self.front + end if self.front and not self.front.endswith("\n") else self.front
        return Entity(front, (*before, *new, *after, *self.body[at:]))

    def _group_end(self, index: int) -> int:
        """Return the index after a statement and all that is indented below it."""
        below = (at for at in range(index + 1, len(self.body)) if not _hangs(self.body[at]))
        return next(below, len(self.body))

    def _inserted(self, part: Section, statement: Statement, below: Sequence[str]) -> "Entity":
        at = self._places(part)(statement.when)
        body = list(self.body)
        if at and not body[at - 1].endswith("\n"):
            body[at - 1] += self._line_end
        new = [statement.line() + self._line_end, *below]
        new[:-1] = [line if line.endswith("\n") else line + self._line_end for line in new[:-1]]
        if at < len(body) and not new[-1].endswith("\n"):
            new[-1] += self._line_end
        return replace(self, body=(*body[:at], *new, *body[at:]))

    def _new_among(self, statements: Iterable[Statement]) -> list[Statement]:
        """Return those that the file lacks, each with a mark of its own."""
        known = {_identity(old) for _, old in self._statements()}
        marks = sorted(mark for line in self.body if (mark := mark_at_end(line)))
        taken = set(marks)
        last = {
            (mark.session_key, mark.turn): mark for mark in sorted(marks, key=lambda mark: len(mark.letter))
        }
        new: list[Statement] = []
        for statement in statements:
            if _identity(statement) in known:
                continue
            known.add(_identity(statement))
            mark = statement.mark
            if mark:
                mark = last[_turn_of(mark)].next() if mark in taken else mark
                taken.add(mark)
                last[_turn_of(mark)] = mark
            new.append(replace(statement, mark=mark))
        return new

    def _filled(self, part: Section, new: Sequence[Statement]) -> "Entity":
        """Put each of `new` before the first line of `part` that is later, all in one pass."""
        place = self._places(part)
        spots: dict[int, _Spot] = {}
        for statement in new:
            spots.setdefault(place(statement.when), _Spot()).add(statement)
        lines: list[str] = []
        for index in range(len(self.body) + 1):
            for statement in spots[index].statements if index in spots else ():
                if lines and not lines[-1].endswith("\n"):
                    lines[-1] += self._line_end
                lines.append(statement.line() + self._line_end)
            lines += self.body[index : index + 1]
        return replace(self, body=tuple(lines))

    def _places(self, part: Section) -> Callable[[str], int]:
        """Return what finds the line of `part` before which a date belongs: the first that is later."""
        first, stop = part.first_line - 1 - self._offset, part.last_line - self._offset
        heads = [at for at in self._statements() if first <= at[0] < stop and not at[1].former]
        end = self._group_end(heads[-1][0]) if heads else stop - 1 if part.closed else stop
        latest = _latest(old for _, old in heads)

        def place(when: str) -> int:
            key = sort_key(when)
            at = len(heads) if key is None else bisect_right(latest, key)
            return heads[at][0] if at < len(heads) else end

        return place


def _identity(statement: Statement) -> tuple[str, str, tuple[str, int] | None]:
    return statement.when, statement.text, _turn_of(statement.mark) if statement.mark else None


def _turn_of(mark: Mark) -> tuple[str, int]:
    return mark.session_key, mark.turn


def _latest(statements: Iterable[Statement]) -> list[tuple[int, ...]]:
    """Return the latest date up to each statement; unknown dates are later than nothing."""
    return list(accumulate((sort_key(statement.when) or () for statement in statements), max))


@dataclass(slots=True)
class _Spot:
    """New statements for one place, kept in the order of their dates."""

    statements: list[Statement] = field(default_factory=list[Statement])
    latest: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])

    def add(self, new: Statement) -> None:
        key = sort_key(new.when)
        at = len(self.statements) if key is None else bisect_right(self.latest, key)
        self.statements.insert(at, new)
        before = self.latest[at - 1] if at else ()
        self.latest[at:] = [max(before, latest) for latest in _latest(self.statements[at:])]


def parse(text: str) -> Entity:
    """Read a file; any text at all is one, and renders back byte for byte."""
    front, rest = frontmatter.split(text)
    return Entity(front, tuple(keep_lines(rest)))


def new(
    name: str,
    type: str,
    *,
    created: str,
    aliases: Sequence[str] = (),
    role: str = "",
    status: str = "",
    cues: Sequence[str] = (),
    related: Sequence[str] = (),
    updated: str = "",
) -> Entity:
    """Begin an entity file: front matter in the common order, and its name as H1."""
    name = one_line(name)
    values = (type, name, aliases, role, status, cues, related, created, updated)
    fields = {
        key: one_line(value) if isinstance(value, str) else [one_line(item) for item in value]
        for key, value in zip(KEYS, values, strict=True)
        if value
    }
    return parse(frontmatter.render(fields) + f"\n# {h1(name)}\n")


def h1(name: str) -> str:
    """Write `name` so that nothing in it acts as Markdown or as a link."""
    return _MARKUP.sub(lambda found: "".join(f"\\{char}" for char in found[0]), one_line(name))


def _hangs(line: str) -> bool:
    return line.startswith((" ", "\t")) and bool(line.strip()) and heading(line) is None
