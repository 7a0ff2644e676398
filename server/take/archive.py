"""The files of a memory as they are, in one zip archive."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from .edition import Edition

_MODE = 0o644 << 16
_UNIX = 3


def write(edition: Edition, file: Path, step: Callable[[], None]) -> None:
    """Write the tree of a commit; the same commit gives the same bytes, whenever it is asked.

    The comment of the archive is the commit, as `git archive` has it.
    """
    when = edition.snapshot.time.timetuple()[:6]
    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = edition.snapshot.commit.encode()
        for path, blob in edition.files:
            entry = zipfile.ZipInfo(path, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = _MODE
            archive.writestr(entry, edition.snapshot.content(blob))
            step()
