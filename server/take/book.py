"""A memory as a book, before it is laid out: chapters of dated lines, each with where it was said."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from ...agents.catalogue import normal
from ...agents.reading import plain
from ...ontologies import wikilink
from ...ontologies.entity import Entity
from ...ontologies.sections import ALWAYS_LOAD, Section
from ...ontologies.statement import UNKNOWN, Statement, one_line
from ...ontologies.timeline import BETWEEN
from .edition import Dated, Edition, Filed
from .recent import Change, Standing, changes, identity

MONTHS = "timeline/"
_MONTHS = "January February March April May June July August September October November December".split()
_TITLES = {"memories/people": "People", "memories/contexts": "Themes", "": "Notes"}


@dataclass(frozen=True, slots=True)
class Words:
    """Some words of a line; with a `path` they lead to the page of an entity."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing known: when it was so, and the key of the session that said it, cited as `source`."""

    when: str
    words: tuple[Words, ...]
    source: str = ""
    session: str = ""
    former: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of a page."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is known of one entity, or what happened in one month; `told` is a line below its name."""

    path: str
    name: str
    told: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Leaves of one kind."""

    title: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A session as the list at the end has it."""

    key: str
    number: int
    date: str
    session_id: str
    turns: int


@dataclass(frozen=True, slots=True)
class Book:
    """All of it; `first` and `last` are the days of the first and the last session, "" without any."""

    user: str
    name: str
    commit: str
    known: str
    first: str
    last: str
    chapters: tuple[Chapter, ...]
    changes: tuple[Change, ...]
    sessions: tuple[Told, ...]

    @property
    def characters(self) -> frozenset[str]:
        """Every character that stands in it."""
        return frozenset(json.dumps(asdict(self), ensure_ascii=False))

    @property
    def lines(self) -> int:
        """How many lines tell of its entities."""
        return sum(len(part.lines) for leaf in self._leaves for part in leaf.parts)

    @property
    def entities(self) -> int:
        """How many entities it tells of."""
        return len(self._leaves)

    @property
    def _leaves(self) -> list[Leaf]:
        return [
            leaf for chapter in self.chapters for leaf in chapter.leaves if not leaf.path.startswith(MONTHS)
        ]


def book(edition: Edition) -> Book:
    """The book of a memory at a commit."""
    binder = _Binder({said.key: number for number, said in enumerate(edition.sessions, 1)})
    filed = list(edition.entities)
    own = next((one for one in filed if one.path == edition.profile), None)
    days = [said.file.date[:10] for said in edition.sessions]
    profile = (Chapter("Profile", (binder.leaf(own),)),) if own else ()
    months = tuple(binder.months(list(edition.entries), edition))
    return Book(
        user=edition.user,
        name=(own.entity.name if own else "") or edition.user,
        commit=edition.snapshot.commit,
        known=edition.snapshot.time.date().isoformat(),
        first=days[0] if days else "",
        last=days[-1] if days else "",
        chapters=(
            *profile,
            *binder.chapters([one for one in filed if one is not own]),
            *((Chapter("Timeline", months),) if months else ()),
        ),
        changes=tuple(changes(edition.snapshot, _standing(filed))),
        sessions=tuple(
            Told(said.key, number, said.file.date[:10], said.file.session_id, len(said.file.turns()))
            for number, said in enumerate(edition.sessions, 1)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Binder:
    """Makes leaves of files; `numbers` are those of the sessions by key."""

    numbers: Mapping[str, int]

    def chapters(self, filed: list[Filed]) -> Iterator[Chapter]:
        """The entities by their folders, people first, each chapter by name."""
        folders = sorted(
            {_folder(one.path) for one in filed}, key=lambda name: (name != "memories/people", name)
        )
        for folder in folders:
            here = [self.leaf(one) for one in filed if _folder(one.path) == folder]
            leaves = sorted(
                (leaf for leaf in here if leaf.parts), key=lambda leaf: (normal(leaf.name), leaf.path)
            )
            if leaves:
                yield Chapter(_title(folder), tuple(leaves))

    def leaf(self, filed: Filed) -> Leaf:
        """What one file says."""
        file, stated = filed.entity, dict(filed.entity.statements())
        parts = (self._part(section, stated) for section in file.sections)
        return Leaf(
            filed.path,
            file.name or PurePosixPath(filed.path).stem,
            _told(file),
            tuple(part for part in parts if part.lines),
        )

    def months(self, entries: list[Dated], edition: Edition) -> Iterator[Leaf]:
        """The timeline by months, oldest first."""
        keys = {said.file.session_id: said.key for said in edition.sessions}
        for month in sorted({dated.entry.date[:7] for dated in entries}):
            here = [dated for dated in entries if dated.entry.date[:7] == month]
            lines = tuple(line for dated in here for line in self._entry(dated, keys))
            name = f"{_MONTHS[int(month[5:]) - 1]} {month[:4]}"
            yield Leaf(f"{MONTHS}{month}", name, "", (Part("", lines),))

    def _entry(self, dated: Dated, keys: Mapping[str, str]) -> Iterator[Line]:
        entry = dated.entry
        key = keys.get(entry.session_id, "")
        source = str(self.numbers[key]) if key else ""
        events = [event for event in entry.event.split(BETWEEN) if event.strip()] or [entry.context]
        for event in filter(None, events):
            yield Line(entry.date, tuple(_words(event)), source, key)
        about = [Words(link.name or link.path, link.path) for link in entry.entities]
        apart = [part for word in about for part in (Words(", "), word)][1:]
        if apart:
            yield Line(entry.date, (Words("→ "), *apart))

    def _part(self, section: Section, stated: Mapping[int, Statement]) -> Part:
        lines: list[Line] = []
        for number, raw in enumerate(section.text.split("\n"), section.first_line):
            statement = stated.get(number)
            if statement:
                lines.append(self._line(statement))
            elif _is_prose(raw):
                lines.append(Line("", tuple(_words(raw.strip().lstrip("-*+ ")))))
        return Part(section.title, tuple(lines))

    def _line(self, statement: Statement) -> Line:
        mark = statement.mark
        number = self.numbers.get(mark.session_key) if mark else None
        source, key = (f"{number}:{mark.turn}", mark.session_key) if mark and number else ("", "")
        when = "" if statement.when == UNKNOWN else statement.when
        return Line(when, tuple(_words(statement.text)), source, key, statement.former)


def _standing(filed: list[Filed]) -> Standing:
    stated = (identity(statement) for one in filed for _, statement in one.entity.statements())
    names = {one.path: one.entity.name or PurePosixPath(one.path).stem for one in filed}
    return Standing(names, frozenset(stated))


def _words(text: str) -> Iterator[Words]:
    """A text as it is read, its links as words that lead somewhere."""
    rest = one_line(text)
    for link in wikilink.links(rest):
        before, found, after = rest.partition(str(link))
        if found:
            yield Words(before)
            yield Words(link.name or link.path, link.path)
            rest = after
    yield Words(plain(rest))


def _told(file: Entity) -> str:
    fields = [file.fields.get(key, "") for key in ("role", "status")]
    names = [f"also {', '.join(others)}"] if (others := [a for a in file.aliases if a != file.name]) else []
    return " · ".join([one_line(str(field)) for field in fields if field] + names)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _title(folder: str) -> str:
    return _TITLES.get(folder) or folder.rpartition("/")[2].replace("_", " ").replace("-", " ").capitalize()


def _is_prose(line: str) -> bool:
    bare = line.strip()
    return bool(bare) and not bare.startswith(("#", "/END", "/START", ALWAYS_LOAD, "[/ALWAYS_LOAD]", "```"))
