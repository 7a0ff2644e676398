"""Where the files of a memory are not as its ontology has them; told, never mended."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ..ontologies import entity, frontmatter, loader
from ..ontologies.entity import Entity
from ..ontologies.frontmatter import FrontMatterError, Value
from ..ontologies.sections import heading, in_code
from .catalogue import normal
from .consolidator.links import dangling
from .onboarding import ontology_of
from .places import is_entity

if TYPE_CHECKING:
    from ..ontologies.schema import Ontology
    from ..storage.snapshot import Snapshot

HUGE_BYTES = 1_000_000


class Kind(StrEnum):
    """What can be the matter with a file."""

    BYTES = "not UTF-8"
    FRONT_MATTER = "front matter"
    HEADING = "no heading"
    TYPE = "unknown type"
    FOLDER = "wrong folder"
    MISSING = "missing field"
    UNKNOWN = "unknown field"
    STATUS = "status"
    NAME = "shared name"
    LINK = "dangling link"
    LIKE_FOLDER = "named like a folder"
    CASE = "differs in case only"
    HUGE = "huge"


@dataclass(frozen=True, slots=True)
class Finding:
    """A file, what is the matter, and the same in words with the way out."""

    path: str
    kind: Kind
    what: str


def of(snapshot: Snapshot, usual: str = loader.DEFAULT) -> tuple[Finding, ...]:
    """The same for the ontology that the memory names itself; for the `usual` one if it names none."""
    return tuple(findings(snapshot, loader.load(ontology_of(snapshot, usual))))


def findings(snapshot: Snapshot, ontology: Ontology) -> Iterator[Finding]:
    """Everything that is not as it should be, by path; each file stays readable and as it is."""
    files = {file.path: file.blob for file in snapshot.files()}
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    found = [*_alike(files), *_like_folders(files), *_loose(snapshot)]
    for path, blob in files.items():
        if not is_entity(path) or not path.endswith(".md"):
            continue
        content = snapshot.content(blob)
        text = content.decode("utf-8", "replace")
        file = entity.parse(text)
        found += [*_raw(path, content, text), *_entity(path, file, ontology)]
        for name in (file.name, *file.aliases):
            if normal(name):
                names[normal(name)].setdefault(path, name)
    yield from sorted([*found, *_shared(names)], key=lambda each: (each.path, each.kind, each.what))


def _raw(path: str, content: bytes, text: str) -> Iterator[Finding]:
    if len(content) > HUGE_BYTES:
        what = f"it has {len(content):,} bytes; `consolidate` can part it"
        yield Finding(path, Kind.HUGE, what)
    if text.encode() != content:
        yield Finding(path, Kind.BYTES, "some bytes are not UTF-8 text; save it as UTF-8")


def _entity(path: str, file: Entity, ontology: Ontology) -> Iterator[Finding]:
    lines = list(file.body)
    code = in_code(lines)
    heads = (heading(line) for at, line in enumerate(lines) if at not in code)
    if not any(head and head[0] == 1 and head[1] for head in heads):
        yield Finding(path, Kind.HEADING, "no line `# Name` tells whom or what it is about")
    try:
        fields = frontmatter.parse(file.front)
    except FrontMatterError as broken:
        yield Finding(path, Kind.FRONT_MATTER, str(broken))
        return
    kind = file.type or getattr(ontology.type_at(path), "name", "")
    yield from _placed(path, file.type, ontology)
    for key in ontology.required_of(kind):
        if not fields.get(key):
            yield Finding(path, Kind.MISSING, f"no {key} in the front matter")
    for key in fields.keys() - set(ontology.fields_of(kind)):
        yield Finding(path, Kind.UNKNOWN, f"{key[:60]!r} is no field of {kind or 'this ontology'}")
    yield from _status(path, kind, fields, ontology)


def _placed(path: str, told: str, ontology: Ontology) -> Iterator[Finding]:
    kind, here = ontology.type(told), ontology.type_at(path)
    if told and kind is None:
        known = ", ".join(each.name for each in ontology.types)
        yield Finding(path, Kind.TYPE, f"no type is called {told[:60]!r}; there are: {known}")
    if "/" not in path:
        # The profile is of a type and lies in no folder.
        return
    if kind and here is not kind:
        yield Finding(path, Kind.FOLDER, f"a file of type {kind.name} belongs in {kind.folder}")
    elif here is None:
        yield Finding(path, Kind.FOLDER, "no type has this folder")


def _status(path: str, kind: str, fields: Mapping[str, Value], ontology: Ontology) -> Iterator[Finding]:
    told, words = fields.get("status"), ontology.statuses_of(kind)
    if not told or not words or told in words:
        return
    meant = ontology.status_of(kind, told) if isinstance(told, str) else None
    way_out = f"it stands for {meant}" if meant else f"give one of {', '.join(words)}"
    yield Finding(path, Kind.STATUS, f"{str(told)[:60]!r} is not in the list; {way_out}")


def _shared(names: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    for bearers in names.values():
        for path, name in bearers.items() if len(bearers) > 1 else ():
            others = ", ".join(sorted(bearers.keys() - {path})[:5])
            yield Finding(path, Kind.NAME, f"{name[:80]!r} is a name in {others}, too")


def _loose(snapshot: Snapshot) -> Iterator[Finding]:
    for path, target in dict.fromkeys((link.path, link.target) for link in dangling(snapshot)):
        yield Finding(path, Kind.LINK, f"[[{target[:120]}]] leads to no file")


def _alike(files: Mapping[str, str]) -> Iterator[Finding]:
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for path in files:
        alike[unicodedata.normalize("NFC", path).casefold()].append(path)
    for paths in alike.values():
        for path in paths if len(paths) > 1 else ():
            others = ", ".join(other for other in paths if other != path)
            what = f"on many machines {others} is the same file; rename one"
            yield Finding(path, Kind.CASE, what)


def _like_folders(files: Mapping[str, str]) -> Iterator[Finding]:
    folders = {path[:at] for path in files for at, letter in enumerate(path) if letter == "/"}
    for path in files:
        stem = path.removesuffix(".md")
        if is_entity(path) and stem != path and stem in folders:
            yield Finding(path, Kind.LIKE_FOLDER, f"there is a folder {stem}/, too")
