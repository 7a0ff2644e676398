"""Short rules that have a host call the memory by itself, in the files hosts read them from."""

import re
from importlib import resources
from pathlib import Path

from ...errors import BadInput
from .change import Change, read
from .place import Place

_BEGIN, _END = "<!-- diffmem: begin -->", "<!-- diffmem: end -->"
_BLOCK = re.compile(rf"\n*{re.escape(_BEGIN)}.*?{re.escape(_END)}\n?", re.DOTALL)
_CURSOR = """\
---
description: Recall and remember with DiffMem
alwaysApply: true
---
"""

KINDS = ("claude", "agents", "cursor")
"""Whose rules: CLAUDE.md and AGENTS.md of the project, or a rule file of Cursor."""


def text() -> str:
    """The rules themselves."""
    return resources.files(__package__ or "").joinpath("rules.md").read_text("utf-8")


def put(kind: str, place: Place) -> Change:
    """The change that puts the rules into a project's file, or brings them up to date.

    Raises:
        BadInput: there is no such kind.
    """
    path = _file(kind, place)
    before = read(path)
    if kind == "cursor":
        return Change(path, before, _CURSOR + text())
    block = f"{_BEGIN}\n{text().rstrip()}\n{_END}\n"
    old = before or ""
    if _BEGIN in old and (found := _BLOCK.search(old)):
        lead = "\n" * (len(found[0]) - len(found[0].lstrip("\n")))
        return Change(path, before, old[: found.start()] + lead + block + old[found.end() :])
    return Change(path, before, f"{old.rstrip()}\n\n{block}" if old.strip() else block)


def taken_out(kind: str, place: Place) -> Change:
    """The change that takes the rules out of a project's file.

    Raises:
        BadInput: there is no such kind.
    """
    path = _file(kind, place)
    before = read(path)
    if kind == "cursor":
        return Change(path, before, "")
    rest = _BLOCK.sub("\n", before or "")
    return Change(path, before, rest if rest.strip() else "")


def _file(kind: str, place: Place) -> Path:
    files = {
        "claude": place.project / "CLAUDE.md",
        "agents": place.project / "AGENTS.md",
        "cursor": place.project / ".cursor" / "rules" / "diffmem.mdc",
    }
    if kind not in files:
        raise BadInput(f"rules are for {', '.join(KINDS)}; give one: diffmem install rules claude")
    return files[kind]
