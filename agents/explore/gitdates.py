"""The times people give to `--since` and `--until`."""

import re
from datetime import datetime, timedelta

from .budget import Refusal

_UNITS = {
    "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2629746, "year": 31556952,
}  # fmt: skip
_AGO = re.compile(r"(\d{1,6}|an?|one|last)[ ._-]?(second|minute|hour|day|week|month|year)s?(?:[ ._-]ago)?")
_DATE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?"
)
_MONTH = re.compile(r"(\d{4})-(\d\d)")


def moment(spelled: str, now: datetime) -> float:
    """A time from a date or words such as "2 weeks ago", in seconds.

    Raises:
        Refusal: it is neither.
    """
    text = spelled.strip().strip("'\"").lower()
    named = {"now": 0, "today": 0, "yesterday": 1, "noon": 0, "midnight": 0}
    if text in named:
        start = now if text == "now" else now.replace(hour=0, minute=0, second=0, microsecond=0)
        return (start - timedelta(days=named[text])).timestamp()
    try:
        if found := _AGO.fullmatch(text):
            count = int(found[1]) if found[1].isdigit() else 1
            return now.timestamp() - count * _UNITS[found[2]]
        if found := _DATE.fullmatch(text.replace("z", "Z").replace("t", "T")):
            return _dated(found, now)
        if found := _MONTH.fullmatch(text):
            return datetime(int(found[1]), int(found[2]), 1, tzinfo=now.tzinfo).timestamp()
        if text.isdigit() and len(text) >= 9:
            return float(min(int(text), 2**40))
    except (ValueError, OverflowError):
        pass
    raise Refusal(f"git: {spelled[:40]!r} is not a time; give 2026-03-01, '2 weeks ago' or yesterday", 128)


def _dated(found: re.Match[str], now: datetime) -> float:
    hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
    zone = datetime.fromisoformat(f"2000-01-01T00:00:00{found[7]}").tzinfo if found[7] else now.tzinfo
    return datetime(
        int(found[1]), int(found[2]), int(found[3]), hour, minute, second, tzinfo=zone
    ).timestamp()
