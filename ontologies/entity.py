"""An entity file as data: front matter, one H1, sections of statements."""

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from ..errors import NotFound
from . import frontmatter
from .body import Spot, group_end, like, marked_by, places, stated
from .frontmatter import FrontMatterError, Value
from .sections import Section, clean_title, end_of_text, heading, in_code, scan, unlisted
from .statement import Mark, Statement, ended, keep_lines, mark_at_end, one_line

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
    _others: Sequence[int] | None = field(default=None, init=False, repr=False, compare=False)

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
        text = "".join(self.body[end_of_text(self.body, self._unlisted) + 1 :])
        try:
            found: object = json.loads(text[text.find("{") : text.rfind("}") + 1] or "{}")
        except (ValueError, RecursionError):
            return {}
        return cast("dict[str, object]", found) if isinstance(found, dict) else {}

    @property
    def sections(self) -> tuple[Section, ...]:
        """The titled parts in order, and between them loose text under the title ""."""
        return tuple(scan(self.body, self._offset, self._unlisted))

    def lines(self) -> Sequence[str]:
        """The lines of the text that stand in no code fence."""
        text, code = self.body[: end_of_text(self.body, self._unlisted)], self._in_code
        return [line for at, line in enumerate(text) if at not in code] if code else text

    def statements(self) -> Iterator[tuple[int, Statement]]:
        """Yield each statement with its line number in the file, from 1."""
        for index, statement in stated(self.body, self._in_code):
            yield self._offset + index + 1, statement

    def free_mark(self, session_key: str, turn: int) -> Mark:
        """Return the mark for one more statement of this turn: the letter after the last one in the file."""
        here = (mark_at_end(self.body[at]) for at in marked_by(self.body, [session_key]))
        same = [mark for mark in here if mark and (mark.session_key, mark.turn) == (session_key, turn)]
        if not same:
            return Mark(session_key, turn)
        return max(same, key=lambda mark: (len(mark.letter), mark.letter)).next()

    def with_statements(self, section_title: str, statements: Iterable[Statement]) -> "Entity":
        """Add statements under a title, in the order of their dates.

        A mark that the file has already gets the next letter; a statement that the file has already, with the
        same date, words and turn, is not added again.
        """
        new = self._new_among(list(statements))
        if not new:
            return self
        title = clean_title(section_title)
        part = self._section(title)
        if part:
            return self._filled(part, new)
        entity = self._with_section(title)
        part = entity._section(title)
        assert part is not None
        return entity._filled(part, new)

    def with_replaced(self, old: Mark, new: Statement, until: str) -> "Entity":
        """Put `new` in the place of the statement marked `old`, which stays below it as what held until then.

        What was already replaced is history: `new` is then added beside what holds now.

        Raises:
            UnknownMark: no statement of the text bears `old`.
        """
        bearing = stated(self.body, self._in_code, marked_by(self.body, [old.session_key]))
        found = next((at for at in bearing if at[1].mark == old), None)
        if found is None:
            raise UnknownMark(old)
        index, statement = found
        line = self._offset + index + 1
        part = next((part for part in self.sections if part.first_line <= line <= part.last_line), None)
        if part is None:
            raise UnknownMark(old)
        marked = self._marked(new)
        if statement.former:
            return self if self._has(new) else self._inserted(part, marked, ())
        stop = group_end(self.body, index)
        past = replace(statement, when=ended(statement.when, until), former=True)
        below = (past.line() + self._line_end, *self.body[index + 1 : stop])
        rest = self._spliced(index, stop - index, ())
        shrunk = replace(part, last_line=part.last_line - (stop - index))
        return rest._inserted(shrunk, marked, below)

    def with_fields(self, fields: Mapping[str, str | Sequence[str]]) -> "Entity":
        """Set front matter fields; other lines stay as they are.

        Raises:
            FrontMatterError: there is front matter and it cannot be read.
        """
        alone = self.front, ""
        if self.front.endswith("\n") and frontmatter.split(self.front) == alone:
            return replace(self, front=frontmatter.updated(self.front, fields))
        return parse(frontmatter.updated(self.render(), fields))

    def without_marks(self, marks: Collection[Mark]) -> "Entity":
        """Drop the statements that bear one of `marks`; what the last of them had replaced holds again."""
        body = list(self.body)
        heirless = False
        for index, statement in stated(self.body, self._in_code):
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
    def _unlisted(self) -> Sequence[int]:
        if self._others is None:
            self._know(unlisted(self.body))
        return self._others or ()

    def _know(self, others: Sequence[int]) -> None:
        object.__setattr__(self, "_others", others)

    @property
    def _in_code(self) -> frozenset[int]:
        return in_code(self.body, self._unlisted)

    def _spliced(self, at: int, cut: int, new: Sequence[str]) -> "Entity":
        """Put lines in the place of `cut` others; what is known of all the rest is kept."""
        spliced = replace(self, body=(*self.body[:at], *new, *self.body[at + cut :]))
        known, more = self._unlisted, len(new) - cut
        before, after = bisect_left(known, at), bisect_left(known, at + cut)
        spliced._know(
            [
                *known[:before],
                *(at + other for other in unlisted(new)),
                *(old + more for old in known[after:]),
            ]
        )
        return spliced

    @property
    def _offset(self) -> int:
        return self.front.count("\n")

    @property
    def _line_end(self) -> str:
        first = self.front.partition("\n")[0] if self.front else next(iter(self.body), "").rstrip("\n")
        return "\r\n" if first.endswith("\r") else "\n"

    def _h1(self) -> str:
        code = self._in_code
        heads = (heading(line) for index, line in enumerate(self.body) if index not in code)
        written = next((head[1] for head in heads if head and head[0] == 1), "")
        return one_line(_ESCAPED.sub(r"\1", written))

    def _has(self, new: Statement) -> bool:
        return any(
            _identity(old) == _identity(new)
            for _, old in stated(self.body, self._in_code, like(self.body, [new]))
        )

    def _marked(self, statement: Statement) -> Statement:
        mark = statement.mark
        if mark and any(
            mark_at_end(self.body[at]) == mark for at in marked_by(self.body, [mark.session_key])
        ):
            return replace(statement, mark=self.free_mark(mark.session_key, mark.turn))
        return statement

    def _section(self, title: str) -> Section | None:
        wanted = title.casefold()
        return next((part for part in self.sections if part.title.casefold() == wanted), None)

    def _with_section(self, title: str) -> "Entity":
        at, end = end_of_text(self.body, self._unlisted), self._line_end
        before = list(self.body[:at])
        if before and not before[-1].endswith("\n"):
            before[-1] += end
        if before and before[-1].strip():
            before.append(end)
        after = [end] if at < len(self.body) else []
        new = (f"### {title}{end}", f"/END {title}{end}")
        front = self.front + end if self.front and not self.front.endswith("\n") else self.front
        return Entity(front, (*before, *new, *after, *self.body[at:]))

    def _inserted(self, part: Section, statement: Statement, below: Sequence[str]) -> "Entity":
        at = self._places(part, [statement])(statement.when)
        before, end = self.body[at - 1 : at] if at else (), self._line_end
        new = [*before, statement.line() + end, *below]
        new[:-1] = [line if line.endswith("\n") else line + end for line in new[:-1]]
        if at < len(self.body) and not new[-1].endswith("\n"):
            new[-1] += end
        return self._spliced(at - len(before), len(before), new)

    def _new_among(self, given: Sequence[Statement]) -> list[Statement]:
        """Return those that the file lacks, each with a mark of its own."""
        alike = like(self.body, given)
        known = {_identity(old) for _, old in stated(self.body, self._in_code, alike)}
        marks = sorted(mark for at in alike if (mark := mark_at_end(self.body[at])))
        taken = set(marks)
        last = {
            (mark.session_key, mark.turn): mark for mark in sorted(marks, key=lambda mark: len(mark.letter))
        }
        new: list[Statement] = []
        for statement in given:
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
        place, end = self._places(part, new), self._line_end
        spots: dict[int, Spot] = {}
        for statement in new:
            spots.setdefault(place(statement.when), Spot()).add(statement)
        filled = self
        for index in sorted(spots, reverse=True):
            before = filled.body[index - 1 : index] if index else ()
            ended = [line if line.endswith("\n") else line + end for line in before]
            lines = [statement.line() + end for statement in spots[index].statements]
            filled = filled._spliced(index - len(ended), len(ended), [*ended, *lines])
        return filled

    def _places(self, part: Section, new: Iterable[Statement]) -> Callable[[str], int]:
        first, stop = part.first_line - 1 - self._offset, part.last_line - self._offset
        return places(self.body, self._unlisted, first, stop, stop - 1 if part.closed else stop, new)


def _identity(statement: Statement) -> tuple[str, str, tuple[str, int] | None]:
    return statement.when, statement.text, _turn_of(statement.mark) if statement.mark else None


def _turn_of(mark: Mark) -> tuple[str, int]:
    return mark.session_key, mark.turn


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
