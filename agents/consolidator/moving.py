"""Lines on their way out of one file into others, each with its mark."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ...ontologies import entity
from ...ontologies.entity import Entity
from ...ontologies.index import IndexLine
from ...ontologies.sections import heading
from ...ontologies.statement import Statement
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue, normal
from ..rules.filing import OWN, TOLD, new_path
from ..rules.themes import themes
from . import links
from .bodies import LOOSE, Group, Identity, groups, identity, joined, without_empty
from .draft import Draft
from .merging import CannotMerge
from .subjects import Subjects
from .survey import Task

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology

LEAST_FOR_A_THEME = 3
"""How many lines a new file of a theme begins with at least."""
_FULL = 0.9
"""How much of the cap is filled: links that come later must not make a file too long again."""
_PLAIN_TITLES = frozenset({OWN.casefold(), TOLD.casefold(), LOOSE.casefold(), ""})

Placed = Mapping[Identity, str]
Told = tuple[str, tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class Move:
    """A group of lines, where it stands in the body, and the section it is to go to."""

    places: tuple[int, ...]
    group: Group
    title: str


@dataclass(slots=True)
class Moving:
    """One long file, and the files that lines of it go to."""

    draft: Draft
    path: str
    source: Entity
    task: Task
    catalogue: Catalogue
    excess: int
    targets: list[str] = field(default_factory=list[str])
    moved: int = 0
    there: int = 0
    _new: dict[str, str] = field(default_factory=dict[str, str])
    _gone: set[int] = field(default_factory=set[int])

    @classmethod
    def of(cls, snapshot: Snapshot, path: str, task: Task) -> "Moving":
        """Begin with a file as it is."""
        text = snapshot.text(path)
        excess = len(text) - _room(task)
        return cls(Draft(snapshot), path, entity.parse(text), task, Catalogue.of(snapshot), excess)

    def size(self, target: str) -> int:
        """How long a file is; new ones are not yet."""
        return len(self.draft.text(target))

    def wanted(self, placed: Placed) -> dict[str, list[Move]]:
        """What could go to which file; `placed` names the files of some statements."""
        subjects = Subjects(self.catalogue, self.path)
        found: dict[str, list[Move]] = {}
        by_theme: dict[str, list[Move]] = {}
        for title, places, group in movable(self.source):
            other = subjects.titled(title)
            move = Move(tuple(places), group, title)
            statement = group.heads
            told = placed.get(identity(statement)) if statement else None
            if other is None and statement:
                other = self.catalogue.find(told) if told else subjects.of(statement.text)
            if other and other.path != self.path:
                found.setdefault(other.path, []).append(replace(move, title=TOLD if statement else title))
            elif statement and (theme := told or _theme(title, statement.text, self.task.ontology)):
                by_theme.setdefault(normal(theme), []).append(move)
        for theme, moves in by_theme.items():
            target = self._theme_file(theme, len(moves))
            if target:
                found.setdefault(target, []).extend(moves)
        return found

    def move(self, target: str, moves: Iterable[Move]) -> None:
        """Move what still has to go, as long as the target has room."""
        known = set(_all_told(entity.parse(self.draft.text(target))))
        room = _room(self.task) - self.size(target)
        chosen: list[Move] = []
        for move in moves:
            length = sum(map(len, move.group.lines))
            more = 0 if _stands(move.group, known) else length
            if self.excess > 0 and more <= max(0, room) and self._gone.isdisjoint(move.places):
                chosen.append(move)
                room, self.excess = room - more, self.excess - length
        if not chosen:
            return
        file = entity.parse(self.draft.text(target)) if self.draft.has(target) else self._begun(target)
        self.draft.write(target, self._with(file, target, chosen, known).render())
        self._gone |= {at for move in chosen for at in move.places}
        self.moved += sum(len(move.group.lines) for move in chosen)
        self.targets.append(target)

    def finish(self) -> None:
        """Take out of the file what has gone, and sections in which nothing is left."""
        if self._gone:
            body = [line for at, line in enumerate(self.source.body) if at not in self._gone]
            titles = {part.title for part in self.source.sections if not _is_empty(part.text)}
            kept = tuple(without_empty(body, titles))
            self.draft.write(self.path, replace(self.source, body=kept).render())

    def _with(self, file: Entity, target: str, moves: Sequence[Move], known: Set[Told]) -> Entity:
        """A file with the lines that it has not got; who said them aside."""
        by_title: dict[str, list[str]] = {}
        for move in moves:
            if _stands(move.group, known):
                self.there += 1
            else:
                lines = (line if line.endswith("\n") else line + "\n" for line in move.group.lines)
                by_title.setdefault(move.title or LOOSE, []).extend(lines)
        parts = (f"### {title}\n{''.join(lines)}/END {title}\n" for title, lines in by_title.items())
        new = entity.parse("\n".join(parts))
        made = joined(file, new)
        self.there += made.same
        result = replace(file, body=tuple(made.body))
        said = {identity(statement) for _, statement in result.statements()}
        lost = next((each.text for _, each in new.statements() if identity(each) not in said), "")
        if lost:
            raise CannotMerge(target, self.path, f"a line would be lost: {lost[:120]}")
        return result

    def _theme_file(self, theme: str, lines: int) -> str:
        """The file of a theme, one to be made if there is enough to say, else ""."""
        line = self.catalogue.find(theme)
        contexts = self.task.ontology.contexts
        if line:
            return line.path if line.type == contexts and line.path != self.path else ""
        kind = self.task.ontology.type(contexts)
        if lines < LEAST_FOR_A_THEME or kind is None:
            return ""
        path = new_path(theme, kind.folder, lambda path: self.draft.has(path) or path in self._new)
        self._new[path] = theme
        return path

    def _begun(self, target: str) -> Entity:
        name = self._new[target].capitalize()
        day = self.draft.snapshot.time.date().isoformat()
        owner = self.catalogue.at(self.path)
        related = (owner.name,) if owner else ()
        self.draft.index(IndexLine(target, name, self.task.ontology.contexts, edits=1, last=day))
        return entity.new(name, self.task.ontology.contexts, created=day, related=related, updated=day)


def movable(source: Entity) -> Iterator[tuple[str, list[int], Group]]:
    """The groups of lines that may leave a file, with the title above them and their places in its body:
    not what is always loaded, no headings, no end marks."""
    offset = source.front.count("\n")
    for part in source.sections:
        if part.always_load:
            continue
        start = at = part.first_line - 1 - offset + bool(part.title)
        for group in groups(source.body[start : part.last_line - offset - part.closed]):
            while source.body[at] != group.lines[0]:
                at += 1
            if not any(heading(line) for line in group.lines):
                yield part.title, list(range(at, at + len(group.lines))), group
            at += len(group.lines)


def _room(task: Task) -> int:
    """How many characters a file may come to have."""
    return int(4 * task.soft_cap_tokens * _FULL)


def _theme(title: str, text: str, ontology: "Ontology") -> str:
    """The theme of a statement: the title it stands under, or else what its words are about."""
    if title.casefold() not in _PLAIN_TITLES:
        return title
    return next(iter(themes(text, ontology)), "")


def _told(statement: Statement) -> Told | None:
    mark = statement.mark
    return (statement.when, (mark.session_key, mark.turn), links.unlinked(statement.text)) if mark else None


def _all_told(file: Entity) -> Iterator[Told]:
    """What a file says of each turn, also without the name of who said it before."""
    for _, statement in file.statements():
        told = _told(statement)
        if told:
            yield told
            yield (*told[:2], told[2].partition(": ")[2])


def _stands(group: Group, known: Set[Told]) -> bool:
    """Whether a single statement stands in the other file already."""
    told = _told(group.heads) if group.heads and len(group.lines) == 1 else None
    return told is not None and told in known


def _is_empty(text: str) -> bool:
    return not any(line.strip() for line in text.splitlines()[1:] if not line.startswith("/END"))
