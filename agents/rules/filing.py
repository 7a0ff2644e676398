"""Statements into files: entities, timeline and index, for one session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...ontologies import entity, slug, timeline
from ...ontologies.entity import Entity
from ...ontologies.frontmatter import FrontMatterError
from ...ontologies.session import SessionFile
from ...ontologies.statement import Statement
from ...ontologies.wikilink import Link
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue
from ..indexing import indexed
from .changes import Values
from .people import Subject

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology

OWN = "Statements"
TOLD = "Mentioned by others"
# Front matter is for reading at a glance; the statements themselves name the rest.
_MOST_LISTED = 50


@dataclass(slots=True)
class _Folder:
    """What is to be added to one subject's file."""

    subject: Subject
    path: str
    own: list[Statement] = field(default_factory=list[Statement])
    told: list[Statement] = field(default_factory=list[Statement])
    related: dict[str, None] = field(default_factory=dict[str, None])
    themes: dict[str, None] = field(default_factory=dict[str, None])


class Cabinet:
    """Collects the statements of a session by subject, then writes the files they belong to."""

    def __init__(
        self, snapshot: Snapshot, catalogue: Catalogue, ontology: Ontology, session: SessionFile
    ) -> None:
        self._snapshot = snapshot
        self._catalogue = catalogue
        self.ontology = ontology
        self._session = session
        self._folders: dict[str, _Folder] = {}
        self._taken: set[str] = set()

    @property
    def subjects(self) -> list[Subject]:
        """Those something is filed under, in the order they came up."""
        return [folder.subject for folder in self._folders.values()]

    def links(self) -> list[Link]:
        """The same as links to their files."""
        return [Link(folder.path, folder.subject.name) for folder in self._folders.values()]

    def file(self, subject: Subject, statement: Statement, *, own: bool) -> None:
        """Put a statement under a subject: its own words, or what others say of it."""
        folder = self._folder(subject)
        (folder.own if own else folder.told).append(statement)

    def relate(self, subject: Subject, other: Subject) -> None:
        """Note that a statement names both."""
        if subject.key != other.key:
            self._folder(subject).related.setdefault(other.name)

    def cue(self, subject: Subject, theme: str) -> None:
        """Note what a subject speaks of."""
        self._folder(subject).themes.setdefault(theme)

    def written(self, aliases: Mapping[str, set[str]], entry: timeline.Entry) -> dict[str, str | bytes]:
        """The new content of every file the session changes."""
        write: dict[str, str] = {}
        for folder in self._folders.values():
            filed = self._filed(folder, sorted(aliases.get(folder.subject.key, ())))
            write[folder.path] = filed.render()
        pages = indexed(self._snapshot, self._catalogue, write, self._session.date[:10])
        if self.ontology.timeline:
            month = timeline.path_for(self._session.date)
            write[month] = timeline.with_entry(self._snapshot.text(month), entry)
        return write | pages

    def _folder(self, subject: Subject) -> _Folder:
        if subject.key not in self._folders:
            self._folders[subject.key] = _Folder(subject, subject.path or self._new_path(subject))
        return self._folders[subject.key]

    def _new_path(self, subject: Subject) -> str:
        path = new_path(subject.name, self.ontology.home_of(subject.kind), self._is_taken)
        self._taken.add(path)
        return path

    def _is_taken(self, path: str) -> bool:
        return path in self._taken or self._snapshot.blob(path) is not None

    def _filed(self, folder: _Folder, aliases: list[str]) -> Entity:
        day = self._session.date[:10]
        text = self._snapshot.text(folder.path)
        found = (
            entity.parse(text)
            if text
            else entity.new(folder.subject.name, folder.subject.kind, created=day, role=folder.subject.role)
        )
        found = _with_own(found, folder.own).with_statements(TOLD, folder.told)
        told: dict[str, str | list[str]] = {"updated": max(day, str(found.fields.get("updated", "")))}
        for key, new in (("aliases", aliases), ("cues", folder.themes), ("related", folder.related)):
            known = found.listed(key)
            if set(new) - set(known):
                told[key] = list(dict.fromkeys([*known, *new]))[:_MOST_LISTED]
        try:
            return found.with_fields(told)
        except FrontMatterError:
            # A person's front matter that cannot be read stays as they wrote it.
            return found


def new_path(name: str, folder: str, is_taken: Callable[[str], bool]) -> str:
    """Where the file of a new entity goes, if nothing lies there yet."""
    stem = slug.free(slug.stem(name), lambda stem: is_taken(f"{folder}/{stem}.md"))
    return f"{folder}/{stem}.md"


def _with_own(found: Entity, statements: list[Statement]) -> Entity:
    """A subject's own new words; what no longer holds once they do stands below what replaced it."""
    values = Values(found.lines())
    plain: list[Statement] = []
    for statement in statements:
        old = values.replaced_by(statement)
        if old is None or old.mark is None:
            plain.append(statement)
            values.add(statement)
        else:
            found = found.with_statements(OWN, plain).with_replaced(old.mark, statement, until=statement.when)
            values = Values(found.lines())
            plain = []
    return found.with_statements(OWN, plain)
