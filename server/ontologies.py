"""The verb of the command line that shows, checks and begins ontologies."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..ontologies import checking, loader
from .console import Console, visible

if TYPE_CHECKING:
    from ..ontologies.schema import EntityType, Ontology
    from .settings import Settings

Verb = Callable[[str, str], argparse.ArgumentParser]


def arguments(verb: Verb, common: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the verb and what can be asked of it."""
    made = verb("ontology", "what kinds of things memories hold: list, show, check, new")
    asked = made.add_subparsers(dest="ontology_verb", metavar="WHAT", required=True)

    def what(name: str, told: str) -> argparse.ArgumentParser:
        one = asked.add_parser(name, help=told, description=f"{told[:1].upper()}{told[1:]}.")
        common(one)
        return one

    what("list", "list the ontologies that come with it")
    what("show", "show the types of one").add_argument("name", help="a name, or a folder with a schema.json")
    what("check", "check a folder; code 1 if it cannot be used").add_argument("folder", metavar="DIR")
    new = what("new", "write a folder to begin one of your own with")
    new.add_argument("folder", metavar="DIR")
    new.add_argument("--name", default="", help="what it is called; by default as its folder")


def ontology(asked: argparse.Namespace, settings: Settings) -> int:
    """List, show, check or begin ontologies."""
    console = Console.here(settings.no_color)
    as_json = getattr(asked, "json", False)
    told, lines, code = _ASKED[asked.ontology_verb](asked, console)
    console.answer(told, lines, as_json=as_json)
    return code


_Answer = tuple[Any, Iterable[str], int]


def _list(asked: argparse.Namespace, console: Console) -> _Answer:
    found = [loader.load(name) for name in loader.available()]
    width = max(len(each.name) for each in found)
    lines = [f"{console.paint(each.name.ljust(width), 'bold')}  {each.description}" for each in found]
    return [{"name": each.name, "description": each.description} for each in found], lines, 0


def _show(asked: argparse.Namespace, console: Console) -> _Answer:
    found = loader.load(asked.name)
    return (
        found.model_dump(mode="json", exclude={"guide", "themes", "synonyms"}),
        _laid_out(found, console),
        0,
    )


def _check(asked: argparse.Namespace, console: Console) -> _Answer:
    found = checking.checked(asked.folder)
    lines = [visible(str(each)) for each in found] or [f"{asked.folder}: all is well"]
    return [asdict(each) for each in found], lines, 1 if any(each.wrong for each in found) else 0


def _new(asked: argparse.Namespace, console: Console) -> _Answer:
    folder = Path(asked.folder).expanduser().absolute()
    name = asked.name or folder.name.lower().replace("-", "_")
    made = [str(path) for path in checking.new(folder, name)]
    use = f"edit them, then: DIFFMEM_ONTOLOGY={folder}"
    return {"folder": str(folder), "files": made}, [*map(visible, made), visible(use)], 0


_ASKED: dict[str, Callable[[argparse.Namespace, Console], _Answer]] = {
    "list": _list,
    "show": _show,
    "check": _check,
    "new": _new,
}


def _laid_out(found: Ontology, console: Console) -> Iterable[str]:
    yield f"{console.paint(visible(found.name), 'bold')}: {visible(found.description)}"
    switches = {"timeline": found.timeline, "profile": found.profile, "follow-ups": found.followups}
    yield ", ".join(f"{name} {'on' if on else 'off'}" for name, on in switches.items())
    for kind in found.types:
        yield from _of_type(kind, found, console)


def _of_type(kind: EntityType, found: Ontology, console: Console) -> Iterable[str]:
    yield ""
    yield f"{console.paint(kind.name, 'bold')}  {console.paint(f'{kind.folder}/', 'dim')}"
    yield f"  {visible(kind.description)}"
    yield f"  status: {', '.join(found.statuses_of(kind.name)) or 'any'}"
    if kind.fields:
        yield f"  fields: {', '.join(kind.fields)}"
