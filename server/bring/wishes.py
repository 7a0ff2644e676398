"""What somebody wants of an import beyond where to find it."""

from dataclasses import dataclass
from datetime import UTC, tzinfo


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to read what a source leaves open.

    `zone` is what its times mean without one; `date_order` ("dmy", "mdy", "ymd" or "" to find out),
    `silence` (hours that end a session; 0: midnight does) and `me` (the user's name there) are for chats.
    """

    zone: tzinfo = UTC
    date_order: str = ""
    silence: float = 0.0
    me: str = ""
