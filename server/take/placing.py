"""An export comes into its place whole or not at all."""

import json
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from ...errors import BadInput

MANIFEST = ".diffmem-export.json"
"""In an exported folder: what was written there, so that it can be written anew and nothing else goes."""


@contextmanager
def in_place(out: Path, *, force: bool) -> Generator[Path]:
    """A path beside `out` for a new file, which takes its place on the way out.

    Raises:
        BadInput: `out` is there already and may not be replaced, or cannot be a file.
    """
    _refuse(out, force=force)
    if out.is_dir():
        raise BadInput(f"{out} is a folder; give the name of a file")
    part = _beside(out)
    try:
        yield part
        _refuse(out, force=force)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def folder_in_place(out: Path, *, force: bool) -> Generator[Path]:
    """The same for a folder; what others have put into an earlier export stays there.

    Raises:
        BadInput: `out` is there already and may not be replaced, or holds no earlier export.
    """
    ours = _written_before(out, force=force)
    part = _beside(out)
    part.mkdir()
    try:
        yield part
        if out.exists():
            _keep(out, part, ours)
            gone = _beside(out)
            out.rename(gone)
            part.rename(out)
            shutil.rmtree(gone, ignore_errors=True)
        else:
            part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _refuse(out: Path, *, force: bool) -> None:
    if not out.parent.is_dir():
        raise BadInput(f"there is no folder {out.parent}")
    if not force and out.exists():
        raise BadInput(f"{out} is there already; --force replaces it")


def _written_before(out: Path, *, force: bool) -> frozenset[str]:
    """The files of the export that lies in a folder; none where it is empty or not there."""
    if not out.parent.is_dir():
        raise BadInput(f"there is no folder {out.parent}")
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return frozenset()
    _refuse(out, force=force)
    try:
        told: Any = json.loads((out / MANIFEST).read_text("utf-8"))
        return frozenset(cast("list[str]", told["files"])) | {MANIFEST}
    except (OSError, ValueError, LookupError, TypeError):
        raise BadInput(f"{out} holds other things than an export; give a new or an empty folder") from None


def _keep(out: Path, part: Path, ours: frozenset[str]) -> None:
    """Move what is not of the earlier export, and is not in the new one, over to that."""
    for file in sorted(out.rglob("*")):
        path = file.relative_to(out)
        there = part / path
        if (file.is_file() or file.is_symlink()) and path.as_posix() not in ours and not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, there, follow_symlinks=False)


def _beside(out: Path) -> Path:
    return out.with_name(f".{out.name[:80]}.{secrets.token_hex(6)}.part")
