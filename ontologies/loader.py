"""The ontologies that come with the package, or a folder of one's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadOntology

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from pydantic import ValidationError

    from .schema import Ontology

DEFAULT = "personal"
SCHEMA = "schema.json"
GUIDE = "repo_guide.md"

_HERE = files(__package__ or "diffmem.ontologies")


@dataclass(frozen=True, slots=True)
class Loaded:
    """An ontology, and the keys of its file that say nothing to us."""

    ontology: Ontology
    unread: tuple[str, ...] = ()


@cache
def load(name_or_path: str = DEFAULT) -> Ontology:
    """Read an ontology: a name out of `available()`, a folder with a `schema.json`, or such a file.

    Raises:
        BadOntology: there is none, or it does not say what it must.
    """
    return read(source(name_or_path)).ontology


def read(folder: Traversable) -> Loaded:
    """Read the ontology in a folder, of our own shape or of the older one.

    Raises:
        BadOntology: it does not say what it must.
    """
    # Importing pydantic costs more than reading a memory does.
    from pydantic import ValidationError

    from .schema import Ontology
    from .seedshape import is_older, translated

    schema = folder / SCHEMA
    told: object = _json(schema)
    unread: tuple[str, ...] = ()
    if is_older(told):
        told, unread = translated(told, folder.name)
    try:
        ontology = Ontology.model_validate_json(json.dumps(told), strict=False)
    except ValidationError as wrong:
        raise BadOntology(str(schema), _why(wrong)) from wrong
    if not ontology.guide and (folder / GUIDE).is_file():
        ontology = ontology.model_copy(update={"guide": text(folder / GUIDE)})
    return Loaded(ontology, unread)


def available() -> tuple[str, ...]:
    """Return the names of the ontologies that come with the package."""
    folders = (folder for folder in _HERE.iterdir() if folder.is_dir())
    return tuple(sorted(folder.name for folder in folders if (folder / SCHEMA).is_file()))


def guide(ontology: Ontology) -> str:
    """Return the page that tells a reader what lies where."""
    return ontology.guide or text(_HERE / DEFAULT / GUIDE)


def source(name_or_path: str) -> Traversable:
    """Return the folder of an ontology.

    Raises:
        BadOntology: there is none.
    """
    if name_or_path in available():
        return _HERE / name_or_path
    path = Path(name_or_path).expanduser()
    folder = path.parent if path.name == SCHEMA else path
    if not (folder / SCHEMA).is_file():
        known = ", ".join(available())
        raise BadOntology(name_or_path, f"no such file; give {known}, or a folder with a {SCHEMA}")
    return folder


def text(file: Traversable) -> str:
    """Return what a file of an ontology holds.

    Raises:
        BadOntology: it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        raise BadOntology(str(file), f"cannot be read: {broken}") from broken


def _json(file: Traversable) -> object:
    try:
        return json.loads(text(file))
    except (ValueError, RecursionError) as broken:
        raise BadOntology(str(file), f"is not JSON: {broken}") from broken


def _why(wrong: ValidationError) -> str:
    told = (
        f"{'.'.join(map(str, error['loc'])) or 'the whole'}: {error['msg'].removeprefix('Value error, ')}"
        for error in wrong.errors(include_url=False)
    )
    return "; ".join(told)
