"""JSON read piece by piece, so that a large export never lies in memory whole."""

import io
import json
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager

from ...errors import BadInput
from .conversation import Found, Skipped
from .documents import Document

_CHUNK = 1 << 20
_LARGEST = 200_000_000
_BETWEEN = re.compile(r"[\s,]*")
_ADVICE = "ask for the export once more, or take this piece out"


def elements(document: Document) -> Iterator[object]:
    """The elements of a JSON array, one after the other; of anything else, the whole.

    Raises:
        BadInput: it is no JSON from some place on; what comes before was given.
    """
    with _text(document) as text:
        window = _Window(text, document.place)
        if window.begins("["):
            yield from window.elements()
        else:
            yield window.whole()


def records(document: Document) -> Iterator[tuple[int, object | Skipped]]:
    """The lines of a JSON lines file with their numbers; a line that is no JSON is told as skipped."""
    with _text(document) as text:
        number = 0
        while line := text.readline(_LARGEST):
            number += 1
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                # A program that is still writing, or was stopped, leaves half a line at the end.
                cut = not line.endswith("\n")
                why = "the last line is cut short" if cut else f"no JSON: {error}"
                yield number, Skipped(f"{document.place}, line {number}", why)


def safely(document: Document, found: Iterable[Found]) -> Iterator[Found]:
    """What one file gives; from where it cannot be read on, that is told and the next file comes."""
    try:
        yield from found
    except BadInput as wrong:
        yield Skipped(document.place, str(wrong))


@contextmanager
def _text(document: Document) -> Generator[io.TextIOWrapper]:
    with document.open() as stream, io.TextIOWrapper(stream, "utf-8-sig") as text:
        try:
            yield text
        except UnicodeDecodeError as error:
            raise BadInput(f"{document.place} is not UTF-8 text ({error.reason})") from error


class _Window:
    """The part of a text that is looked at."""

    def __init__(self, text: io.TextIOWrapper, place: str) -> None:
        self._text, self._place = text, place
        self._held, self._at = text.read(_CHUNK), 0
        self._decoder = json.JSONDecoder()

    def begins(self, mark: str) -> bool:
        """Whether the text begins so, after blanks; if so, that is passed."""
        held = self._held.lstrip()
        if not held.startswith(mark):
            return False
        self._at = len(self._held) - len(held) + len(mark)
        return True

    def whole(self) -> object:
        """All of the text as one document."""
        self._held += self._text.read(_LARGEST)
        try:
            return json.loads(self._held)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{self._place} is no JSON ({error}); {_ADVICE}") from None

    def elements(self) -> Iterator[object]:
        """What an array holds, whose bracket was passed."""
        number = 0
        while True:
            self._at = _end(_BETWEEN, self._held, self._at)
            if self._at < len(self._held) and self._held[self._at] == "]":
                return
            value, why, end = None, "", len(self._held)
            try:
                value, end = self._decoder.raw_decode(self._held, self._at)
            except (ValueError, RecursionError) as error:
                why = str(error)
            if end < len(self._held):
                number += 1
                self._at = end
                yield value
            elif not self._more():
                broken = f" is broken ({why})" if self._held[self._at :] else ", the file ends"
                raise BadInput(f"{self._place}: after {number:,} entries the next{broken}; {_ADVICE}")

    def _more(self) -> bool:
        """Look at more; each time twice as much, so that a long element is tried only a few times."""
        left = len(self._held) - self._at
        piece = self._text.read(max(_CHUNK, left)) if left < _LARGEST else ""
        self._held, self._at = self._held[self._at :] + piece, 0
        return bool(piece)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
