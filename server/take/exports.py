"""One memory, written in the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

from ...errors import BadInput
from ...storage.branch import Branch
from ...storage.bundle import bundle
from ..progress import progress
from . import archive, records, vault
from .edition import Edition
from .kinds import Kind
from .placing import folder_in_place, in_place

PDF_EXTRA = "a PDF needs the extra for it: pip install 'diffmem[pdf]'"

Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written where; `as_of` is what was known then, `fonts` are tried first in a PDF."""

    kind: Kind
    out: Path
    as_of: str = ""
    force: bool = False
    zone: tzinfo = UTC
    fonts: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written where, of which commit; `note` tells what could not be shown as it is."""

    user: str
    kind: str
    file: str
    commit: str
    bytes: int
    note: str = ""


def export(branch: Branch, wanted: Wanted, *, quiet: bool = False) -> Exported:
    """Write a memory, whole or not at all; unless `quiet`, how far it is shows on standard error.

    Raises:
        UnknownUser, UnknownCommit: there is no such memory, or there was none then.
        BadInput: it cannot be written there, or not in this form.
    """
    kind, out = wanted.kind, wanted.out
    if kind is Kind.BUNDLE and wanted.as_of:
        raise BadInput("a bundle holds the whole history; leave --as-of out, or write another form")
    if kind.is_folder:
        edition = Edition.of(branch, wanted.as_of, wanted.zone)
        with folder_in_place(out, force=wanted.force) as part:
            _written(edition, wanted, part, quiet=quiet)
        size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
        return Exported(branch.user, kind, str(out), edition.snapshot.commit, size)
    with in_place(out, force=wanted.force) as part:
        if kind is Kind.BUNDLE:
            commit, note = bundle(branch, part).tip, ""
        else:
            edition = Edition.of(branch, wanted.as_of, wanted.zone)
            commit, note = edition.snapshot.commit, _written(edition, wanted, part, quiet=quiet)
    return Exported(branch.user, kind, str(out), commit, out.stat().st_size, note)


def _written(edition: Edition, wanted: Wanted, part: Path, *, quiet: bool) -> str:
    total, unit = (
        (records.count(edition), "lines") if wanted.kind is Kind.JSONL else (len(edition.files), "files")
    )
    if quiet:
        return _form(edition, wanted, part, lambda: None)
    with progress("export", None if wanted.kind is Kind.PDF else total, unit) as bar:
        return _form(edition, wanted, part, bar.step)


def _form(edition: Edition, wanted: Wanted, part: Path, step: Step) -> str:
    match wanted.kind:
        case Kind.ZIP:
            archive.write(edition, part, step)
        case Kind.OBSIDIAN:
            vault.write(edition, part, step)
        case Kind.JSONL:
            records.write(edition, part, step)
        case _:
            return _printed(edition, wanted, part, step)
    return ""


def _printed(edition: Edition, wanted: Wanted, part: Path, step: Step) -> str:
    try:
        from . import pdf
    except ImportError as missing:
        raise BadInput(PDF_EXTRA) from missing
    return pdf.write(edition, part, step, wanted.fonts)
