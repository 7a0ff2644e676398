"""The explore verb of the command line: one command line, or a small prompt that remembers what was typed."""

import argparse
import contextlib
import sys
from typing import TYPE_CHECKING

import anyio

from . import build
from .console import Console
from .settings import Settings

if TYPE_CHECKING:
    from ..agents.explore.explore import Explored
    from ..memory import Memory

_GREETING = """\
Read-only commands over the memory: cat head tail grep ls find wc sort uniq cut sed -n; git log diff show
blame grep shortlog rev-list; with | && || ;  End with Ctrl-D."""


def explore(asked: argparse.Namespace, settings: Settings) -> int:
    """Look around the files of a memory with read-only commands."""
    memory = build.memory(settings)
    if asked.command:
        done = _done(memory, settings, " ".join(asked.command), asked.as_of)
        return _shown(done, as_json=getattr(asked, "json", False), console=Console.here(settings.no_color))
    if sys.stdin.isatty():
        return _prompt(memory, settings, asked.as_of)
    code = 0
    for line in sys.stdin:
        if line.strip():
            code = _plain(_done(memory, settings, line.strip(), asked.as_of))
    return code


def _prompt(memory: "Memory", settings: Settings, as_of: str) -> int:
    # Arrow keys and history come from readline where there is one.
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # pyright: ignore[reportUnusedImport]
    sys.stderr.write(f"{_GREETING}\nWalls: {anyio.run(memory.walls)}.\n")
    while True:
        try:
            line = input("memory> ")
        except EOFError:
            sys.stderr.write("\n")
            return 0
        if line.strip() in ("exit", "quit"):
            return 0
        if line.strip():
            _plain(_done(memory, settings, line, as_of))


def _done(memory: "Memory", settings: Settings, command: str, as_of: str) -> "Explored":
    return anyio.run(memory.explore, settings.user, command, as_of)


def _shown(done: "Explored", *, as_json: bool, console: Console) -> int:
    if as_json:
        console.json({"output": done.output, "exit_code": done.exit_code, "elapsed_ms": done.elapsed_ms})
        return done.exit_code
    return _plain(done)


def _plain(done: "Explored") -> int:
    end = "" if not done.output or done.output.endswith("\n") else "\n"
    sys.stdout.write(f"{done.output}{end}")
    sys.stdout.flush()
    return done.exit_code
