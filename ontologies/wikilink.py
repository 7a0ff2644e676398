"""Wikilinks that lead where they say, whatever the names in them."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from .statement import one_line

_LINK = re.compile(r"\[\[([^\[\]|\n]+)(?:\|([^\[\]|\n]*))?\]\]")
_PLAIN = str.maketrans("[]|", "()/")
# A path keeps its true spelling; what would end the link early is written as in a URL.
_IN_PATH = re.compile(r"[\x00-\x1f\x7f\[\]|#^\x85\u2028\u2029]|%(?=[0-9A-Fa-f]{2})|^\s|\s$")


class Link(NamedTuple):
    """A path in the memory and the name shown for it."""

    path: str
    name: str

    def __str__(self) -> str:
        return link(self.path, self.name)


def plain(text: str) -> str:
    """Give `text` as one line in which no link can begin or end."""
    return one_line(text).translate(_PLAIN)


def link(path: str, name: str) -> str:
    """Write `[[path|name]]`."""
    shown = plain(name)
    return f"[[{_IN_PATH.sub(_quoted, path)}|{shown}]]" if shown else f"[[{_IN_PATH.sub(_quoted, path)}]]"


def links(text: str) -> Iterator[Link]:
    """Find the links in `text`, in order."""
    for found in _LINK.finditer(text):
        yield Link(unquote(found[1]), found[2] or "")


def _quoted(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())
