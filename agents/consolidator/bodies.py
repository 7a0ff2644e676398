"""The text of two files as one: sections of the same title joined, statements in the order of their dates."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from ...ontologies.entity import Entity
from ...ontologies.sections import Section, end_of_text, heading, in_code, scan
from ...ontologies.statement import Mark, Statement, mark_at_end, parse_line, sort_key

LOOSE = "Notes"
_FENCES = ("```", "~~~")

Identity = tuple[str, str, bool, tuple[str, int] | None]


@dataclass(slots=True)
class Group:
    """Lines that stay together: a statement with what hangs below it, or a stretch of prose (no key)."""

    lines: list[str]
    heads: Statement | None = None


@dataclass(slots=True)
class Joined:
    """The lines of a body; `same` counts lines that both files had and that stand once, `marks` maps marks
    of the second file to what they are called in the first."""

    body: list[str]
    same: int = 0
    marks: dict[Mark, Mark] = field(default_factory=dict[Mark, Mark])


def identity(statement: Statement) -> Identity:
    """What makes two statements the same, whatever letter their marks have."""
    mark = statement.mark
    return (
        statement.when,
        statement.text,
        statement.former,
        (mark.session_key, mark.turn) if mark else None,
    )


def groups(lines: Sequence[str]) -> list[Group]:
    """Part the lines of a section; blank lines between statements are dropped, those in prose kept."""
    code = in_code(lines)
    found: list[Group] = []
    for at, line in enumerate(lines):
        statement = None if at in code else parse_line(line)
        last = found[-1] if found else None
        if statement and (not statement.former or last is None or last.heads is None):
            found.append(Group([line], statement))
        elif last and (last.heads is None or (at not in code and _hangs(line))):
            last.lines.append(line)
        elif line.strip():
            found.append(Group([line]))
    return found


def joined(first: Entity, second: Entity, title: Callable[[str], str] = str) -> Joined:
    """Add everything the second body says to the first; `title` names the section each part goes to."""
    made = Joined(list(first.body))
    end = "\r\n" if any(line.endswith("\r\n") for line in first.body[:3]) else "\n"
    lines = _with_own_marks(first, second, made, end)
    offset = second.front.count("\n")
    for part in second.sections:
        own = lines[part.first_line - 1 - offset : part.last_line - offset]
        _add(first, made, _Part.of(part, [line for line in own if line is not None], title), end)
    rest = lines[end_of_text(second.body) :]
    if rest:
        index = [line for line in rest if line is not None]
        said = any(parse_line(line) for line in index)
        own = index[1:] if said else _fenced(index, "json", end)
        _append(made, [f"### {LOOSE}{end}", *own, f"/END {LOOSE}{end}"], end)
    return made


def without_empty(body: Sequence[str], titles: Collection[str]) -> list[str]:
    """A body without those sections of some titles in which nothing stands."""
    kept: list[str] = list(body)
    for part in reversed(list(scan(kept, 0))):
        lines = kept[part.first_line - 1 : part.last_line]
        if part.title in titles and not any(line.strip() for line in lines[1 : len(lines) - part.closed]):
            stop = part.last_line
            while stop < len(kept) and not kept[stop].strip():
                stop += 1
            del kept[part.first_line - 1 : stop]
    return kept


def fenced(text: str, kind: str) -> list[str]:
    """Text as a block of code, without line ends."""
    return [line.rstrip("\n") for line in _fenced(text.splitlines(keepends=True), kind, "\n")]


def _fenced(lines: Sequence[str], kind: str, end: str) -> list[str]:
    fence = "`" * max(3, 1 + max((len(line) - len(line.lstrip("`")) for line in lines), default=0))
    return [f"{fence}{kind}{end}", *(_ended(line, end) for line in lines), f"{fence}{end}"]


@dataclass(frozen=True, slots=True)
class _Part:
    """A section to be added: where it goes, its lines as they stand, and those within its frame."""

    title: str
    raw: list[str]
    inner: list[str]
    plain: bool

    @classmethod
    def of(cls, part: Section, lines: list[str], title: Callable[[str], str]) -> "_Part":
        head = bool(part.title and lines and heading(lines[0]))
        inner = lines[head : len(lines) - (part.closed and bool(lines))]
        fences = any(line.lstrip().startswith(_FENCES) for line in inner)
        headed = any(heading(line) for line in inner)
        return cls(title(part.title) or LOOSE, lines, inner, not (part.always_load or fences or headed))


def _add(first: Entity, made: Joined, part: _Part, end: str) -> None:
    if not any(line.strip() for line in part.inner):
        return
    if not part.plain:
        own = (
            part.raw
            if heading(part.raw[0])
            else [f"### {part.title}{end}", *part.raw, f"/END {part.title}{end}"]
        )
        _append(made, own, end)
        return
    here = replace(first, body=tuple(made.body))
    same = (s for s in here.sections if s.title.casefold() == part.title.casefold() and not s.always_load)
    section = next(same, None)
    if section is None or not _open_to(section):
        _append(made, [f"### {part.title}{end}", *part.inner, f"/END {part.title}{end}"], end)
        return
    start, stop = (at - here.front.count("\n") for at in (section.first_line - 1, section.last_line))
    head, foot = bool(section.title), section.closed
    own = made.body[start + head : stop - foot]
    made.body[start + head : stop - foot] = _by_date(own, groups(part.inner), end)


def _open_to(section: Section) -> bool:
    return not any(line.lstrip().startswith(_FENCES) for line in section.text.splitlines())


def _by_date(own: Sequence[str], new: Sequence[Group], end: str) -> list[str]:
    """Lines of a section with new groups in their places: statements by date, prose at the end."""
    held = _split(own)
    heads = [at for at, group in enumerate(held) if group.heads]
    dated = (held[at].heads for at in heads)
    latest = list(accumulate((sort_key(one.when) or () for one in dated if one), max))
    before: dict[int, list[Group]] = {}
    prose: list[str] = []
    for group in new:
        if group.heads is None:
            prose += group.lines
            continue
        key = sort_key(group.heads.when)
        place = len(heads) if key is None else bisect_right(latest, key)
        spot = heads[place] if place < len(heads) else heads[-1] + 1 if heads else len(held)
        before.setdefault(spot, []).append(group)
    lines: list[str] = []
    for at in range(len(held) + 1):
        fresh = sorted(
            before.get(at, ()), key=lambda group: sort_key(group.heads.when if group.heads else "") or ()
        )
        for group in [*fresh, *held[at : at + 1]]:
            lines += [_ended(line, end) for line in group.lines]
    if prose and any(line.strip() for line in prose):
        gap = [end] if lines and lines[-1].strip() else []
        lines += [*gap, *(_ended(line, end) for line in prose)]
    return lines


def _split(lines: Sequence[str]) -> list[Group]:
    """As `groups`, but with every line of the section in one of them."""
    found: list[Group] = []
    for at, line in enumerate(lines):
        statement = parse_line(line)
        if statement and (not statement.former or not found or found[-1].heads is None):
            found.append(Group([line], statement))
        elif found and found[-1].heads and not _hangs(line):
            found.append(Group([line]))
        elif found:
            found[-1].lines.append(line)
        else:
            found.append(Group(list(lines[at : at + 1])))
    return found


def _with_own_marks(first: Entity, second: Entity, made: Joined, end: str) -> list[str | None]:
    """The lines of the second body with marks that the first has not; None for what it has already."""
    known = {identity(statement) for _, statement in first.statements()}
    taken = {mark for line in (*first.body, *second.body) if (mark := mark_at_end(line))}
    own = {mark for line in first.body if (mark := mark_at_end(line))}
    code = in_code(second.body)
    lines: list[str | None] = [_ended(line, end) for line in second.body]
    statements = {at: parse_line(line) for at, line in enumerate(second.body) if at not in code}
    for run in _runs(second.body, statements):
        told = [statements[at] for at in run]
        if all(each is not None and identity(each) in known for each in told):
            made.same += len(run)
            made.marks.update(_same_marks(first, told))
            for at in run:
                lines[at] = None
            continue
        for at in run:
            mark = mark_at_end(second.body[at])
            line = lines[at]
            if mark and mark in own and line is not None:
                new = mark.next()
                while new in taken:
                    new = new.next()
                taken.add(new)
                made.marks[mark] = new
                lines[at] = line.rstrip()[: -len(str(mark))] + str(new) + end
    return lines


def _runs(body: Sequence[str], statements: dict[int, Statement | None]) -> list[list[int]]:
    """The indexes of each statement with what hangs below it."""
    runs: list[list[int]] = []
    for at, line in enumerate(body):
        statement = statements.get(at)
        if _hangs(line) and runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        elif statement:
            runs.append([at])
    return runs


def _same_marks(first: Entity, told: Iterable[Statement | None]) -> dict[Mark, Mark]:
    wanted = {identity(each): each.mark for each in told if each and each.mark}
    return {
        mark: statement.mark
        for _, statement in first.statements()
        if statement.mark and (mark := wanted.get(identity(statement)))
    }


def _append(made: Joined, lines: Sequence[str], end: str) -> None:
    """Put lines at the end of the text, before the index of older files."""
    at = end_of_text(made.body)
    before = made.body[:at]
    if before:
        before[-1] = _ended(before[-1], end)
        if before[-1].strip():
            before.append(end)
    after = [end, *made.body[at:]] if at < len(made.body) else []
    made.body = [*before, *(_ended(line, end) for line in lines), *after]


def _hangs(line: str) -> bool:
    return line.startswith((" ", "\t")) and bool(line.strip())


def _ended(line: str, end: str) -> str:
    return line.rstrip("\r\n") + end
