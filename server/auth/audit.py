"""The record of every change: who, what, on whose memory, which commit, when; never a word of a memory."""

import json
import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from ...errors import DiffMemError
from ...storage.faults import faults
from ...storage.lock import locked

IDS = frozenset({"consolidation", "job", "receipt", "request", "session"})
"""What may be noted besides: ids, and nothing that people wrote."""

ERASED = "(erased)"
"""Who once had a name here."""

_LONGEST = 200
_LOCK_SECONDS = 10.0
_log = logging.getLogger(__name__)


class Audit:
    """Appends one line of JSON for each change; the file may be moved away at any time."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now

    def record(self, who: str, verb: str, user: str, commit: str, **ids: str) -> None:
        """Note a change that was made; `who` is the name of a principal.

        Raises:
            ValueError: something else than an id is to be noted.
        """
        if strange := ids.keys() - IDS:
            raise ValueError(
                f"the audit log takes no {', '.join(sorted(strange))}; only {', '.join(sorted(IDS))}"
            )
        told = {
            "at": self._now().isoformat(timespec="milliseconds"),
            "who": who,
            "verb": verb,
            "user": user,
            "commit": commit,
        }
        kept = {name: value[:_LONGEST] for name, value in (told | ids).items() if value}
        try:
            self._append(f"{json.dumps(kept)}\n".encode())
        except (OSError, DiffMemError) as error:
            # The change is made and must be acknowledged; that it was not noted is said where logs are read.
            _log.error("not noted in the audit log: %s (%s)", json.dumps(kept), error)

    def forget(self, user: str) -> None:
        """Name somebody no more in what was noted, now that all of their memory was erased.

        Raises:
            StoreError: the log could not be written anew; it is as it was.
        """
        with self._alone(), faults(self._path.parent, f"{self._path.name} still names who was erased"):
            if not self._path.exists():
                return
            lines = self._path.read_text("utf-8").splitlines(keepends=True)
            fresh = self._path.with_suffix(".new")
            fresh.touch(0o600)
            fresh.write_text("".join(_without(user, line) for line in lines), "utf-8")
            fresh.replace(self._path)

    def _append(self, line: bytes) -> None:
        with self._alone():
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)

    def _alone(self) -> AbstractContextManager[None]:
        # A line written while the log is written anew would be lost.
        return locked(self._path.with_name(f".{self._path.name}.lock"), _LOCK_SECONDS)


def _without(user: str, line: str) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        # Cut off by a crash, or written by somebody else.
        return line if user not in line else ""
    if user not in told.values():
        return line
    return f"{json.dumps({name: ERASED if value == user else value for name, value in told.items()})}\n"
