"""The terminal: UTF-8 on every system, colours where they are wanted."""

import io
import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def utf8() -> None:
    """Write UTF-8 whatever the system's own encoding is; what cannot be encoded is shown escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


class Console:
    """Says things to a person, or as JSON to a program."""

    def __init__(self, out: TextIO, *, colours: bool) -> None:
        self._out = out
        self._colours = colours

    @classmethod
    def here(cls, no_color: str = "") -> "Console":
        """Standard output; coloured if it is a terminal and nobody forbade it."""
        return cls(sys.stdout, colours=sys.stdout.isatty() and not no_color)

    def say(self, *lines: str) -> None:
        """Write lines."""
        for line in lines:
            self._out.write(f"{line}\n")
        self._out.flush()

    def json(self, value: Any) -> None:
        """Write a value as one JSON document."""
        self.say(json.dumps(value, ensure_ascii=False, indent=2))

    def ask(self, question: str) -> None:
        """Write a question and leave the line open for its answer."""
        self._out.write(question)
        self._out.flush()

    def answer(self, value: Any, lines: Iterable[str], *, as_json: bool) -> None:
        """Write an answer for a program, or laid out for a person."""
        if as_json:
            self.json(value)
        else:
            self.say(*lines)

    def paint(self, text: str, *styles: str) -> str:
        """A text in colour, if there are colours."""
        if not self._colours or not text:
            return text
        codes = ";".join(_CODES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"


def visible(text: str) -> str:
    """A text whose control characters show, so that stored words cannot drive the terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
