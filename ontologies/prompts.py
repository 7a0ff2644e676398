"""The words an agent begins a conversation with a model with: files of the ontology, or the common ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from string import Template
from typing import TYPE_CHECKING

from ..errors import BadOntology
from . import loader

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_FOLDER = "prompts"
_VERSION = re.compile(r"<!-- version: ([0-9A-Za-z][0-9A-Za-z._-]{0,30}) -->\r?\n")
_NAME = re.compile(r"[a-z][a-z_]{0,40}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt with places to fill; `version` goes into the commits it led to."""

    version: str
    template: str

    def text(self, **values: str) -> str:
        """Fill every place; what is filled in is never read as a place itself.

        Raises:
            BadOntology: the prompt has a place that nobody fills, or a lone $.
        """
        try:
            return Template(self.template).substitute(values)
        except KeyError as missing:
            known = ", ".join(f"${{{name}}}" for name in sorted(values)) or "none at all"
            why = f"nothing fills ${{{missing.args[0]}}}; there are: {known}"
            raise BadOntology(f"prompt {self.version}", why) from None
        except ValueError as broken:
            raise BadOntology(f"prompt {self.version}", f"{broken}; write a dollar as $$") from None


@cache
def prompt(ontology: str, name: str) -> Prompt:
    """Read a prompt of an ontology (a name, or a folder); the common one where it has none of its own.

    Raises:
        BadOntology: its first line does not tell its version, or nobody has a prompt of that name.
    """
    if not _NAME.fullmatch(name):
        raise BadOntology(name[:60], "a prompt's name is a word in small letters")
    own = _folder(ontology) / _FOLDER / f"{name}.md"
    file = own if own.is_file() else _folder(loader.DEFAULT) / _FOLDER / f"{name}.md"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        raise BadOntology(str(file), f"cannot be read: {broken}") from broken
    found = _VERSION.match(text)
    if not found:
        raise BadOntology(str(file), "its first line must be its version, such as <!-- version: 1 -->")
    return Prompt(f"{name}-{found[1]}", text[found.end() :].strip() + "\n")


def _folder(ontology: str) -> Traversable:
    try:
        return loader.source(ontology)
    except BadOntology:
        # A memory made with an ontology that is not on this machine is still read and written.
        return loader.source(loader.DEFAULT)
