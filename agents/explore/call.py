"""One command at work: what it was given, what it says, and the files its operands mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .budget import Refusal, checked
from .globs import fits
from .tokens import Word
from .view import Missing, Outside, View, key


class Told(NamedTuple):
    """What a command answers: its output, its exit code."""

    output: bytes = b""
    code: int = 0


class Input(NamedTuple):
    """A text to work on and the name it was asked for by ("" for what came through the pipe)."""

    name: str
    text: bytes


@dataclass(slots=True)
class Call:
    """A command with its words, the text that comes through the pipe (None if none does), and complaints."""

    view: View
    name: str
    words: Sequence[Word]
    piped: bytes | None = None
    errors: list[str] = field(default_factory=list[str])

    def complain(self, why: object) -> None:
        """Note what went wrong with one operand."""
        self.errors.append(str(why) if isinstance(why, Outside) else f"{self.name}: {why}")

    def inputs(self, operands: Iterable[Word]) -> list[Input]:
        """The texts that operands name; those that are not there are complained about.

        Raises:
            Refusal: there is neither an operand nor a pipe.
        """
        found: list[Input] = []
        given = list(operands)
        for name in self.paths(given) if given else ["-"]:
            try:
                found.append(Input("" if not given else name, self._text(name)))
            except Missing as missing:
                self.complain(missing)
            checked(sum(len(one.text) for one in found))
        return found

    def paths(self, operands: Iterable[Word]) -> list[str]:
        """The paths that operands name, wildcards matched against the tree."""
        return [path for word in operands for path in self._expanded(word)]

    def _text(self, name: str) -> bytes:
        if name != "-":
            return self.view.read(name)
        if self.piped is None:
            raise Refusal(f"{self.name}: needs a file; for example `{self.name} index.md`")
        return self.piped

    def _expanded(self, word: Word) -> list[str]:
        if not word.glob or key(word.text) is None:
            return [word.text]
        return expanded(self.view, word.glob) or [word.text]


def expanded(view: View, glob: str) -> list[str]:
    """The files and folders whose path has the form of a pattern, folder by folder."""
    parts = [part for part in glob.split("/") if part not in ("", ".")]
    found = [""]
    for part in parts:
        found = [
            f"{folder}/{child.name}" if folder else child.name
            for folder in found
            if (below := view.find(folder)) and below.is_folder
            for child in view.children(folder)
            if fits(child.name, part) and (not child.name.startswith(".") or part.startswith((".", "\\.")))
        ]
        view.budget.tick()
    start = "./" if glob.startswith("./") else ""
    return [f"{start}{path}" for path in found]


def lines_of(text: bytes) -> list[bytes]:
    """The lines of a text without their ends."""
    lines = text.split(b"\n")
    return lines[:-1] if not lines[-1] else lines


def text_of(lines: Iterable[bytes]) -> bytes:
    """Lines as a text."""
    return b"".join(line + b"\n" for line in lines)


def raw(text: str) -> bytes:
    """A name or message as bytes."""
    return text.encode("utf-8", "surrogateescape")
