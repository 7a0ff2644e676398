"""The ontologies that come with the package, or a folder of one's own."""

from __future__ import annotations

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

_HERE = files(__package__ or "diffmem.ontologies")
_SCHEMA = "schema.json"
_GUIDE = "repo_guide.md"


@cache
def load(name_or_path: str = DEFAULT) -> Ontology:
    """Read an ontology: a name out of `available()`, a folder with a `schema.json`, or such a file.

    Raises:
        BadOntology: there is none, or it does not say what it must.
    """
    # Importing pydantic costs more than reading a memory does.
    from pydantic import ValidationError

    from .schema import Ontology

    found = source(name_or_path)
    try:
        ontology = Ontology.model_validate_json(_read(found / _SCHEMA), strict=False)
    except ValidationError as wrong:
        raise BadOntology(str(found / _SCHEMA), _why(wrong)) from wrong
    if ontology.guide or not (found / _GUIDE).is_file():
        return ontology
    return ontology.model_copy(update={"guide": _read(found / _GUIDE)})


def available() -> tuple[str, ...]:
    """Return the names of the ontologies that come with the package."""
    folders = (folder for folder in _HERE.iterdir() if folder.is_dir())
    return tuple(sorted(folder.name for folder in folders if (folder / _SCHEMA).is_file()))


def guide(ontology: Ontology) -> str:
    """Return the page that tells a reader what lies where."""
    return ontology.guide or _read(_HERE / DEFAULT / _GUIDE)


def source(name_or_path: str) -> Traversable:
    """Return the folder of an ontology.

    Raises:
        BadOntology: there is none.
    """
    if name_or_path in available():
        return _HERE / name_or_path
    path = Path(name_or_path).expanduser()
    folder = path.parent if path.name == _SCHEMA else path
    if not (folder / _SCHEMA).is_file():
        known = ", ".join(available())
        raise BadOntology(name_or_path, f"no such file; give {known}, or a folder with a {_SCHEMA}")
    return folder


def _read(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        raise BadOntology(str(file), f"cannot be read: {broken}") from broken


def _why(wrong: ValidationError) -> str:
    told = (
        f"{'.'.join(map(str, error['loc'])) or 'the whole'}: {error['msg']}"
        for error in wrong.errors(include_url=False)
    )
    return "; ".join(told)
