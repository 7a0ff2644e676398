"""The files of a memory with the changes that wait to be committed, and where new ones go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...ontologies import entity, timeline
from ...ontologies.entity import Entity
from ...ontologies.frontmatter import FrontMatterError
from ...ontologies.index import IndexLine
from ...storage.snapshot import Snapshot
from ..catalogue import ENTITIES, Catalogue, normal
from ..indexing import indexed
from ..rules.filing import new_path
from .heard import Person

if TYPE_CHECKING:
    from ...ontologies.schema import Ontology

_MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Target:
    """An entity that something is filed under; `ref` is what a model calls it."""

    ref: str
    path: str
    name: str
    type: str
    role: str = ""
    names: tuple[str, ...] = ()

    def bears(self, name: str) -> bool:
        """Whether it is called so."""
        return normal(name) in {normal(known) for known in (self.name, *self.names)}


class Files:
    """A snapshot's entity files, changed in memory; nothing else can be changed through it."""

    def __init__(self, snapshot: Snapshot, ontology: Ontology, owner: Person, day: str) -> None:
        self.snapshot = snapshot
        self.ontology = ontology
        self.owner = owner
        self.day = day
        self.changed: dict[str, str] = {}
        self._first = self._now = Catalogue.of(snapshot)
        self._stale = False
        self._new: dict[str, Target] = {}

    @property
    def catalogue(self) -> Catalogue:
        """Everybody with a file, those of this session included."""
        if self._stale:
            told = {path: _line(path, text, self._first.at(path)) for path, text in self.changed.items()}
            self._now, self._stale = self._first.with_lines(told), False
        return self._now

    def is_filed_under(self, path: str) -> bool:
        """Whether a path is one that statements may go to: the profile and the entities."""
        return path == self.owner.path or (path.startswith(f"{ENTITIES}/") and path.endswith(".md"))

    def known(self, name: str, path: str = "") -> IndexLine | None:
        """The entity of a name; of a path only if it bears that name."""
        catalogue = self.catalogue
        line = catalogue.at(path) if path else None
        if line and normal(name) not in {normal(known) for known in (line.name, *line.aliases)}:
            line = None
        line = line or catalogue.find(name)
        return line if line and self.is_filed_under(line.path) else None

    def begun(self, name: str, kind: str, role: str = "") -> Target:
        """A new entity and the path its file will have; the same one for the same name."""
        known = self._new.get(normal(name))
        if known:
            return known
        found = self.ontology.type(kind) or self.ontology.type(self.ontology.contexts)
        assert found is not None
        path = new_path(name, found.folder, self._is_taken)
        self._new[normal(name)] = Target("", path, name, found.name, role)
        return self._new[normal(name)]

    def text(self, path: str) -> str:
        """A file as it will be; "" if there is none."""
        return self.changed[path] if path in self.changed else self.snapshot.text(path)

    def file(self, target: Target) -> Entity:
        """The file of an entity as it will be; a new one has its front matter and its name."""
        text = self.text(target.path)
        if text:
            return entity.parse(text)
        return entity.new(target.name, target.type, created=self.day, role=target.role)

    def put(self, path: str, file: Entity) -> None:
        """Change a file."""
        assert self.is_filed_under(path)
        text = file.render()
        if text != self.text(path):
            self.changed[path] = text
            self._stale = True

    def written(self, entry: timeline.Entry) -> dict[str, str | bytes]:
        """The new content of every file, the index pages and the month of the timeline included."""
        pages = indexed(self.snapshot, self._first, self.changed, self.day)
        month = timeline.path_for(self.day)
        return {**self.changed, month: timeline.with_entry(self.snapshot.text(month), entry), **pages}

    def _is_taken(self, path: str) -> bool:
        taken = {target.path for target in self._new.values()}
        return path in taken or path in self.changed or self.snapshot.blob(path) is not None


def with_fields(
    file: Entity, day: str, told: Mapping[str, str], lists: Mapping[str, Iterable[str]]
) -> Entity:
    """A file with fields set and lists grown; front matter that cannot be read stays as it is."""
    fields: dict[str, str | list[str]] = {key: value for key, value in told.items() if value}
    fields["updated"] = max(day, str(file.fields.get("updated", "")))
    for key, new in lists.items():
        known = file.listed(key)
        borne = {normal(value) for value in known}
        fresh = [value for value in dict.fromkeys(new) if normal(value) not in borne]
        if fresh:
            fields[key] = [*known, *fresh][: max(_MOST_LISTED, len(known))]
    try:
        return file.with_fields(fields)
    except FrontMatterError:
        return file


def _line(path: str, text: str, old: IndexLine | None) -> IndexLine:
    file = entity.parse(text)
    edits, last = (old.edits, old.last) if old else (0, "")
    role, name = str(file.fields.get("role", "")), file.name or path.rsplit("/", 1)[-1].removesuffix(".md")
    return IndexLine(path, name, file.type, role, file.aliases, file.listed("cues"), edits, last)
