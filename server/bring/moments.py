"""The times that exports give, as moments of one zone."""

import re
from datetime import UTC, datetime, tzinfo

_MILLISECONDS = 1e11
_WORDS_FOR_UTC = re.compile(r"\s*(?:UTC|GMT)$")


def moment(value: object, zone: tzinfo) -> datetime | None:
    """Seconds or milliseconds since 1970, or ISO 8601, as a moment of a zone; None if it is neither."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) > _MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
        if isinstance(value, str) and value[4:5] == "-":
            found = datetime.fromisoformat(_WORDS_FOR_UTC.sub("+00:00", value.strip()))
            return found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)
    except (ValueError, OverflowError, OSError):
        return None
    return None
