"""Long work that shows how far it is: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

_LINE_SECONDS = 5.0


class Progress(Protocol):
    """Told of each step done."""

    def step(self, count: int = 1) -> None:
        """Say that so many more steps are done."""
        ...


@contextmanager
def progress(what: str, total: int | None = None, unit: str = "") -> Generator[Progress]:
    """Show on standard error how many of `total` steps are done, while this is entered."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(desc=what, total=total, unit=f" {unit}".rstrip() or "it", file=sys.stderr) as bar:
            yield _Bar(bar.update)
        return
    lines = _Lines(what, total, unit)
    yield lines
    lines.end()


class _Bar:
    def __init__(self, update: "_Update") -> None:
        self._update = update

    def step(self, count: int = 1) -> None:
        self._update(count)


class _Update(Protocol):
    def __call__(self, n: float) -> object: ...


class _Lines:
    """A line now and then, for a log; short work says nothing before its end."""

    def __init__(self, what: str, total: int | None, unit: str) -> None:
        self._what, self._unit = what, f" {unit}".rstrip()
        self._of = "" if total is None else f" of {total}"
        self._done = 0
        self._told = time.monotonic()

    def step(self, count: int = 1) -> None:
        self._done += count
        if time.monotonic() - self._told >= _LINE_SECONDS:
            self._told = time.monotonic()
            self._tell()

    def end(self) -> None:
        self._tell()

    def _tell(self) -> None:
        sys.stderr.write(f"{self._what}: {self._done}{self._of}{self._unit}\n")
        sys.stderr.flush()
