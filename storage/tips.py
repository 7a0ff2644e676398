"""The last commits of a branch by their ids, noted as they came: where to look when the newest is damaged.

The reference is the truth, this is a help: it is not synced, and what cannot be noted is not missed.
"""

import contextlib
import os
import re
from collections.abc import Collection
from pathlib import Path

_NAME = "tips"
_ID = re.compile(r"[0-9a-f]{40}")
_LINE = 41
_KEPT = 64
_MOST = 256


def note(notes: Path, commit: str) -> None:
    """Remember a commit as the newest."""
    file = notes / _NAME
    with contextlib.suppress(OSError):
        notes.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A line of its own, whatever a crash has left of the one before.
            os.write(descriptor, f"{commit}\n".encode())
            full = os.fstat(descriptor).st_size > _MOST * _LINE
        finally:
            os.close(descriptor)
        if full:
            _write(file, noted(notes)[:_KEPT])


def noted(notes: Path) -> list[str]:
    """The commits that are remembered, newest first."""
    try:
        lines = notes.joinpath(_NAME).read_text("ascii", "replace").splitlines()
    except OSError:
        return []
    return list(dict.fromkeys(line for line in reversed(lines) if _ID.fullmatch(line)))


def retain(notes: Path, commits: Collection[str]) -> None:
    """Forget all but these commits; for when a history was rewritten."""
    if notes.joinpath(_NAME).exists():
        _write(notes / _NAME, [one for one in noted(notes) if one in commits])
    notes.joinpath(f"{_NAME}.tmp").unlink(missing_ok=True)


def _write(file: Path, newest_first: list[str]) -> None:
    part = file.with_name(f"{_NAME}.tmp")
    part.write_text("".join(f"{one}\n" for one in reversed(newest_first)), "ascii")
    part.replace(file)
