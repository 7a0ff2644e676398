"""Samples of what other programs export, and how tests read them."""

import zipfile
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from diffmem.server.bring.conversation import Conversation, Skipped
from diffmem.server.bring.gathering import Gathered, gathered
from diffmem.server.bring.sources import AUTO
from diffmem.server.bring.wishes import Wishes

SAMPLES = Path(__file__).parent / "bring" / "samples"


def read(*paths: Path, source: str = AUTO, wishes: Wishes | None = None) -> Gathered:
    """What is found at some paths; times are those of UTC."""
    return gathered(paths, source, wishes or Wishes(UTC), None, lambda: None)


def found(*paths: Path, source: str = AUTO, wishes: Wishes | None = None) -> tuple[Conversation, ...]:
    """The conversations that are found."""
    return read(*paths, source=source, wishes=wishes).conversations


def skipped(*paths: Path) -> tuple[Skipped, ...]:
    """What is left out."""
    return read(*paths).skipped


def said(conversation: Conversation) -> list[tuple[str, str]]:
    """Who says what."""
    return [(turn.speaker, turn.text) for turn in conversation.turns]


def zipped(folder: Path, into: Path, only: Sequence[str] = ()) -> Path:
    """A zip of the files of a folder."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and (not only or file.name in only):
                archive.write(file, file.relative_to(folder).as_posix())
    return into
