"""The verb of the command line that takes a memory away in a form people use."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ...errors import BadInput
from ..console import Console, visible
from .kinds import STANDARD_OUTPUT, Kind, kind_of

if TYPE_CHECKING:
    from ..settings import Settings
    from .exports import Exported, Wanted

Verb = Callable[[str, str], argparse.ArgumentParser]


def arguments(verb: Verb, common: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the verb and what can be asked of it."""
    made = verb("export", "write the memory as a bundle, a zip, an Obsidian vault, lines of JSON or a PDF")
    made.add_argument(
        "out", metavar="OUT", help="a file, or a folder for Obsidian; - writes to standard output"
    )
    made.add_argument(
        "--as", dest="kind", default="", choices=[*Kind], help="the form; by default OUT's suffix tells it"
    )
    made.add_argument("--as-of", default="", help="what was known then: a commit, a date or a time")
    made.add_argument("--force", action="store_true", help="replace what is there")
    made.add_argument(
        "--font",
        action="append",
        default=[],
        metavar="FILE",
        help="tried first for what FiraGO lacks in a PDF",
    )


def export(asked: argparse.Namespace, settings: Settings) -> int:
    """Write the memory in the form that was asked for."""
    from ...storage.names import user_id
    from .. import build
    from .exports import Wanted
    from .exports import export as written

    wanted = Wanted(
        kind_of(asked.kind, asked.out),
        Path(asked.out).expanduser().absolute(),
        asked.as_of,
        asked.force,
        settings.zone,
        [Path(font) for font in asked.font],
    )
    branch = build.memory(settings).desk.store.branch(user_id(settings.user))
    as_json = bool(getattr(asked, "json", False))
    if asked.out == STANDARD_OUTPUT:
        _refuse(wanted.kind, as_json=as_json)
        return _to_standard_output(wanted, lambda there: written(branch, there))
    done = written(branch, wanted)
    Console.here(settings.no_color).answer(
        asdict(done), [visible(line) for line in _told(done)], as_json=as_json
    )
    return 0


def _refuse(kind: Kind, *, as_json: bool) -> None:
    if kind.is_folder:
        raise BadInput("a vault is a folder; give a name for it")
    if as_json:
        raise BadInput("standard output cannot hold both the memory and --json; give a file")
    if sys.stdout.isatty() and not kind.is_text:
        raise BadInput("this is nothing for a terminal; give a file, or send it to another program")


def _to_standard_output(wanted: Wanted, written: Callable[[Wanted], Exported]) -> int:
    with TemporaryDirectory(prefix="diffmem-export-") as folder:
        file = Path(folder) / "memory"
        done = written(replace(wanted, out=file))
        with file.open("rb") as found:
            shutil.copyfileobj(found, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    sys.stderr.writelines(f"diffmem: {line}\n" for line in _told(replace(done, file="standard output")))
    return 0


def _told(done: Exported) -> list[str]:
    first = f"{done.file} holds {done.user} at {done.commit[:12]} ({done.kind}, {done.bytes:,} bytes)"
    return [first, *([done.note] if done.note else [])]
