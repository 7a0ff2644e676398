"""A change of somebody's file: shown as a difference, written whole, with the old file kept beside it."""

import difflib
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...errors import BadInput, Refused

_BOM = "\ufeff"
_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class Change:
    """A file with its text before and after; `before` is None where there is no file yet."""

    path: Path
    before: str | None
    after: str
    private: bool = False

    @property
    def is_none(self) -> bool:
        """Whether there is nothing to do."""
        return (self.before or "") == self.after

    def difference(self) -> list[str]:
        """The change as a unified diff, line by line."""
        old, new = (self.before or "").splitlines(), self.after.splitlines()
        names = (str(self.path) if self.before is not None else "(no file yet)", str(self.path))
        return list(difflib.unified_diff(old, new, *names, lineterm="", n=_CONTEXT))

    def write(self) -> Path | None:
        """Write the file; answers where the old one is kept, if there was one. An empty file goes away.

        Raises:
            Refused: somebody else has changed the file since it was read.
        """
        # Some keep their settings elsewhere and link to them; the link stays.
        target = self.path.resolve()
        if read(target) != self.before:
            raise Refused(f"{self.path} was changed by another program meanwhile; try again")
        target.parent.mkdir(parents=True, exist_ok=True)
        kept = _kept(target) if self.before is not None else None
        if not self.after:
            target.unlink(missing_ok=True)
            return kept
        mode = target.stat().st_mode & 0o777 if kept else 0o644
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            _put(part, self.after, mode & 0o600 if self.private else mode)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return kept


def read(path: Path) -> str | None:
    """The text of a file, with its byte order mark if it has one; None if there is no file.

    Raises:
        BadInput: it is not UTF-8 text.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as wrong:
        raise BadInput(f"{path} is not UTF-8 text (byte {wrong.start})") from None


def parted(text: str) -> tuple[str, str]:
    """A text as its byte order mark and the rest."""
    return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)


def _kept(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"{path.name}.{stamp}{suffix}.bak" for suffix in ("", *(f"-{n}" for n in range(2, 100))))
    backup = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    _put(backup, path.read_bytes().decode("utf-8"), path.stat().st_mode & 0o777)
    return backup


def _put(path: Path, text: str, mode: int) -> None:
    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    with open(path, "xb", opener=opener) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)
