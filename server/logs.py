"""The log on standard error, as text or as lines of JSON; never a word of a memory in either."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from .settings import Settings

_OURS = "diffmem"
FIELDS = ("method", "route", "status", "milliseconds")
"""What a line may tell besides, where it is about a request."""


def begin(settings: Settings) -> None:
    """Have this process log as the settings say; the libraries below it tell warnings only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.log_format == "json" else _Text("diffmem: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(settings.log_level.upper())


class _Text(logging.Formatter):
    """One line for people, and where a fault came from below it."""

    def formatException(self, ei: Any) -> str:
        """Where a fault came from; what it says may quote a memory, so that is left out."""
        return "\n".join(f"  {place}" for place in _places(ei[1]))


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as JSON."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {name: vars(record)[name] for name in FIELDS if name in vars(record)}
        if record.exc_info and record.exc_info[1]:
            told["fault"] = _places(record.exc_info[1])
        return json.dumps(told)


def _places(error: BaseException | None) -> list[str]:
    """The kind of a fault and where it came from, innermost last, its causes after it."""
    found: list[str] = []
    while error is not None:
        found.append(type(error).__qualname__)
        frames = traceback.extract_tb(error.__traceback__)
        found += [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        error = error.__cause__
    return found
