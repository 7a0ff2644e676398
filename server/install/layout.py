"""How a text is laid out: its line ends and its indentation."""

import json
import re
from dataclasses import dataclass
from typing import Any, Self

_INDENTED = re.compile(r"\n([ \t]+)\S")


@dataclass(frozen=True, slots=True)
class Layout:
    """A line end and one step of indentation."""

    eol: str
    unit: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The layout of a text; two blanks where it shows none."""
        found = _INDENTED.search(text)
        return cls("\r\n" if "\r\n" in text else "\n", found[1] if found else "  ")

    def indent_at(self, text: str, at: int) -> str:
        """The blanks that begin the line of a character."""
        line = text[text.rfind("\n", 0, at) + 1 : at]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def json(self, value: Any, indent: str) -> str:
        """A value as JSON whose further lines are indented like the first one."""
        told = json.dumps(value, ensure_ascii=False, indent=self.unit)
        return told.replace("\n", f"{self.eol}{indent}")
