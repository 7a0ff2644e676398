"""Whose an answer is and when it was given."""

from datetime import datetime
from typing import Any

from .answers import Metadata
from .endpoint import Call


def stamped(call: Call[Any, Any]) -> str:
    """This moment as RFC 3339."""
    return rfc3339(call.service.now())


def rfc3339(moment: datetime) -> str:
    """A moment to the millisecond."""
    return moment.isoformat(timespec="milliseconds")


def metadata(call: Call[Any, Any], job_id: str | None = None) -> Metadata:
    """What goes with every answer about a memory."""
    return Metadata(user_id=call.user, timestamp=stamped(call), job_id=job_id)
