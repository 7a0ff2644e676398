"""When a token ends, as people write it: `90d`, `12h`, `2027-01-01`, `never`."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from ...errors import BadInput

_SPAN = re.compile(r"([1-9][0-9]{0,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}


def expiry(raw: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment a token ends, in UTC; None for `never`. A date ends with its first second in `zone`.

    Raises:
        BadInput: it cannot be read, or lies in the past.
    """
    if raw == "never":
        return None
    end = _end(raw, now, zone)
    if end is None:
        raise BadInput(f"{raw[:60]!r} is no expiry; give 90d, 12h, 4w, a date such as 2027-01-01, or never")
    if end <= now:
        raise BadInput(f"{raw[:60]!r} lies in the past; a token must end later than now")
    return end


def _end(raw: str, now: datetime, zone: tzinfo) -> datetime | None:
    try:
        if span := _SPAN.fullmatch(raw):
            return now + timedelta(hours=int(span[1]) * _HOURS[span[2]])
        moment = datetime.fromisoformat(raw)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
