"""Whom a line of somebody's file tells of: the name it begins with, or the title above it."""

import re

from ...ontologies.index import IndexLine
from ..catalogue import Catalogue, normal
from . import links
from .link import Names

_WORD = re.compile(r"\w(?:(?:-|['’](?!s\b))?\w)*")
_FIRST_WORDS = 8


class Subjects:
    """The other files of a memory, as the lines of one file may be about them."""

    def __init__(self, catalogue: Catalogue, path: str) -> None:
        self._catalogue = catalogue
        own = catalogue.at(path)
        self._path = path
        self._own = {normal(name) for name in (own.name, *own.aliases)} if own else set[str]()
        self._names = Names.of(catalogue)

    def titled(self, title: str) -> IndexLine | None:
        """The one other file that a section bears the name of."""
        line = self._catalogue.find(title) if title else None
        return line if line and line.path != self._path and normal(title) not in self._own else None

    def of(self, text: str) -> IndexLine | None:
        """The other file that a statement begins with the name of, who says it aside."""
        plain = links.unlinked(text)
        speaker, colon, rest = plain.partition(": ")
        if colon and (normal(speaker) in self._own or self._catalogue.find(speaker)):
            plain = rest
        words = list(_WORD.finditer(plain))[:_FIRST_WORDS]
        found = self._names.at(words, 0) if words else None
        return found[1] if found and found[1].path != self._path else None
