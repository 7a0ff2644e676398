"""A folder of one's own as an ontology: what is wrong with it, and one to begin with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from ..errors import BadInput, BadOntology
from . import loader
from .prompts import prompt

if TYPE_CHECKING:
    from .schema import Ontology

_PROMPTS = "prompts"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is the matter with a file of an ontology; `wrong` if it cannot be used like that."""

    path: str
    what: str
    wrong: bool = True

    def __str__(self) -> str:
        return f"{'error' if self.wrong else 'warning'}: {self.path}: {self.what}"


def checked(folder: str | Path) -> tuple[Finding, ...]:
    """Look at everything in the folder of an ontology; nothing found means that it can be used."""
    try:
        source = Path(str(loader.source(str(folder))))
        loaded = loader.read(source)
    except BadOntology as wrong:
        return (Finding(wrong.path, str(wrong).removeprefix(f"ontology file {wrong.path}: ")),)
    schema = str(source / loader.SCHEMA)
    found = [Finding(schema, f"{key}: unknown key, passed over", wrong=False) for key in loaded.unread]
    found += [Finding(schema, what, wrong=False) for what in _doubts(loaded.ontology)]
    return (*found, *_guide(source, loaded.ontology), *_prompts(source))


def new(folder: str | Path, name: str) -> tuple[Path, ...]:
    """Write an ontology to begin with; the files made.

    Raises:
        BadInput: the name will not do, or there is something in the folder already.
    """
    if not _NAME.fullmatch(name) or name in loader.available():
        raise BadInput(
            f"{name[:60]!r} cannot name an ontology; give a word in small letters that is not taken"
        )
    home = Path(folder)
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BadInput(f"{home} is not empty; give a folder that is not there yet")
    common = loader.source(loader.DEFAULT)
    told: dict[str, object] = json.loads(loader.text(common / loader.SCHEMA))
    told |= {"name": name, "description": "What this memory is about, in one line."}
    (home / _PROMPTS).mkdir(parents=True)
    made = {
        home / loader.SCHEMA: json.dumps(told, ensure_ascii=False, indent=2) + "\n",
        home / loader.GUIDE: loader.text(common / loader.GUIDE),
    }
    for path, content in made.items():
        path.write_text(content, encoding="utf-8", newline="\n")
    return tuple(made)


def _doubts(ontology: Ontology) -> list[str]:
    """What can be used and is hardly meant."""
    told = [f"types.{kind.name}: no description; models are shown it" for kind in ontology.types]
    found = [what for what, kind in zip(told, ontology.types, strict=True) if not kind.description]
    if ontology.playing("person") is ontology.playing("default"):
        found.append(f"no type plays person: people are filed as {ontology.person}")
    return found


def _guide(source: Path, ontology: Ontology) -> list[Finding]:
    file = source / loader.GUIDE
    if not file.is_file():
        return [Finding(str(file), "not there: readers get the common one", wrong=False)]
    missing = [kind.folder for kind in ontology.types if kind.folder.rpartition("/")[2] not in ontology.guide]
    return [Finding(str(file), f"does not mention {folder}", wrong=False) for folder in missing]


def _prompts(source: Path) -> list[Finding]:
    """Prompts that nobody asks for, and places that nobody fills."""
    common = {file.name for file in (loader.source(loader.DEFAULT) / _PROMPTS).iterdir()}
    found: list[Finding] = []
    folder = source / _PROMPTS
    for file in sorted(folder.glob("*.md")) if folder.is_dir() else ():
        if file.name not in common:
            told = ", ".join(sorted(common))
            found.append(Finding(str(file), f"nobody asks for it; there are: {told}", wrong=False))
            continue
        try:
            own, given = (_places(str(each), file.stem) for each in (source, loader.DEFAULT))
        except BadOntology as wrong:
            found.append(Finding(str(file), str(wrong)))
            continue
        found += [Finding(str(file), f"nothing fills ${{{place}}}") for place in sorted(own - given)]
    return found


def _places(ontology: str, name: str) -> set[str]:
    template = Template(prompt(ontology, name).template)
    if not template.is_valid():
        raise BadOntology(name, "a lone $; write a dollar as $$")
    return set(template.get_identifiers())
