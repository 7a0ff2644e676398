"""The record of every change: who, what, on whose memory, which commit, when; never a word of a memory."""

import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from .principal import Principal

IDS = frozenset({"consolidation", "job", "receipt", "request", "session"})
"""What may be noted besides: ids, and nothing that people wrote."""

_LONGEST = 200
_log = logging.getLogger(__name__)


class Audit:
    """Appends one line of JSON for each change; the file may be moved away at any time."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now

    def record(self, principal: Principal, verb: str, user: str, commit: str, **ids: str) -> None:
        """Note a change that was made.

        Raises:
            ValueError: something else than an id is to be noted.
        """
        if strange := ids.keys() - IDS:
            raise ValueError(
                f"the audit log takes no {', '.join(sorted(strange))}; only {', '.join(sorted(IDS))}"
            )
        told = {
            "at": self._now().isoformat(timespec="milliseconds"),
            "who": principal.name,
            "verb": verb,
            "user": user,
            "commit": commit,
        }
        kept = {name: value[:_LONGEST] for name, value in (told | ids).items() if value}
        try:
            self._append(f"{json.dumps(kept)}\n".encode())
        except OSError as error:
            # The change is made and must be acknowledged; that it was not noted is said where logs are read.
            _log.error("not noted in the audit log: %s (%s)", json.dumps(kept), error.strerror)

    def _append(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # One write, so that lines of several processes do not mix.
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
