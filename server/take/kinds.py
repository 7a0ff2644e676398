"""The forms a memory can be taken away in, and how a file's name tells which."""

from enum import StrEnum
from pathlib import PurePath

from ...errors import BadInput

STANDARD_OUTPUT = "-"


class Kind(StrEnum):
    """A form of export."""

    BUNDLE = "bundle"
    ZIP = "zip"
    OBSIDIAN = "obsidian"
    JSONL = "jsonl"
    PDF = "pdf"

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder and not one file."""
        return self is Kind.OBSIDIAN

    @property
    def is_text(self) -> bool:
        """Whether it can be shown on a terminal."""
        return self is Kind.JSONL


_BY_SUFFIX = {
    ".bundle": Kind.BUNDLE,
    ".zip": Kind.ZIP,
    ".jsonl": Kind.JSONL,
    ".ndjson": Kind.JSONL,
    ".pdf": Kind.PDF,
    "": Kind.OBSIDIAN,
}


def kind_of(named: str, out: str) -> Kind:
    """The kind that was asked for, or that the name of the file tells; a name without a suffix is a folder.

    Raises:
        BadInput: neither says it.
    """
    if named:
        return Kind(named)
    known = _BY_SUFFIX.get(PurePath(out).suffix.lower()) if out != STANDARD_OUTPUT else None
    if known is None:
        raise BadInput(f"{out[:200]!r} does not say what to write; give --as {', '.join(Kind)}")
    return known
