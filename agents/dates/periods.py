"""Stretches of the calendar, and the arithmetic between them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

SEASON_MONTH = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from `first` to `last`, and the unit they were named in."""

    first: date
    last: date
    unit: str = "day"

    def touches(self, day: date) -> bool:
        """Say whether the day lies inside."""
        return self.first <= day <= self.last


def plus_days(day: date, count: int) -> date:
    """Move by days, stopping at the ends of the calendar."""
    return date.fromordinal(min(max(day.toordinal() + count, 1), date.max.toordinal()))


def plus_months(day: date, count: int) -> date:
    """Move by months, to the last day of the month where it has no such day."""
    months = min(max(day.year * 12 + day.month - 1 + count, 12), 9999 * 12 + 11)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, _length(year, month + 1)))


def _length(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def a_day(day: date) -> Period:
    """One day as a period."""
    return Period(day, day)


def exact(year: int, month: int, day: int) -> Period | None:
    """One day of the calendar, or nothing where there is none such."""
    if 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= _length(year, month):
        return a_day(date(year, month, day))
    return None


def month_of(year: int, month: int) -> Period:
    """One month."""
    year = min(max(year, 1), 9999)
    return Period(date(year, month, 1), date(year, month, _length(year, month)), "month")


def years(first: int, last: int, unit: str = "year") -> Period:
    """Whole years, both included."""
    low, high = min(max(first, 1), 9999), min(max(last, 1), 9999)
    return Period(date(low, 1, 1), date(high, 12, 31), unit)


def season_of(name: str, year: int) -> Period:
    """A northern season; winter belongs to the year it begins in."""
    first = date(min(max(year, 1), 9999), SEASON_MONTH[name], 1)
    last = plus_months(first, 2)
    return Period(first, last.replace(day=_length(last.year, last.month)), "season")


def around(unit: str, day: date) -> Period:
    """The calendar unit that contains the day."""
    if unit == "week":
        monday = plus_days(day, -day.weekday())
        return Period(monday, plus_days(monday, 6), unit)
    if unit == "weekend":
        saturday = plus_days(day, 5 - day.weekday())
        return Period(saturday, plus_days(saturday, 1), unit)
    if unit == "month":
        return month_of(day.year, day.month)
    if unit == "quarter":
        start = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        return Period(start, around("month", plus_months(start, 2)).last, unit)
    size = {"year": 1, "decade": 10, "century": 100}.get(unit)
    if size is None:
        return a_day(day)
    return years(day.year // size * size, day.year // size * size + size - 1, unit)


def move(unit: str, day: date, count: int) -> date:
    """The day some units later; negative counts go back."""
    count = min(max(count, -200_000), 200_000)
    if unit in ("day", "week", "weekend", "fortnight"):
        return plus_days(day, count * {"day": 1, "fortnight": 14}.get(unit, 7))
    months = {"month": 1, "quarter": 3, "season": 12, "year": 12, "decade": 120, "century": 1200}
    return plus_months(day, count * months[unit])


def shifted(unit: str, day: date, count: int) -> Period:
    """The calendar unit some units before or after the one that contains the day."""
    return around(unit, move(unit, day, count))


def weekday_near(day: date, weekday: int, step: int) -> Period:
    """The nearest such weekday strictly before (`step` -1) or after (+1) the day."""
    gap = (weekday - day.weekday()) * step % 7 or 7
    return a_day(plus_days(day, gap * step))


def nth_weekday(within: Period, weekday: int, nth: int) -> Period | None:
    """The n-th such weekday inside a period; -1 is the last one."""
    if nth < 0:
        found = plus_days(within.last, -((within.last.weekday() - weekday) % 7))
    else:
        found = plus_days(within.first, (weekday - within.first.weekday()) % 7 + 7 * (nth - 1))
    return a_day(found) if within.touches(found) else None


def nearest(make: Callable[[int], Period | None], said: date, tense: int, lean: int = 999) -> Period | None:
    """Choose the year of what comes once a year; in a past tense the coming must be `lean` times nearer."""
    known = _yearly(make, said)
    now = [period for period in known if period.touches(said)]
    if now:
        return now[0]
    past = [period for period in known if period.last < said]
    coming = [period for period in known if period.first > said]
    if not past or not coming:
        return (past or coming or [None])[-1]
    back, ahead = said - past[-1].last, coming[0].first - said
    if tense > 0 or ahead * (3 if tense == 0 else lean) < back:
        return coming[0]
    return past[-1]


def beside(make: Callable[[int], Period | None], said: date, count: int) -> Period | None:
    """Something that comes once a year, `count` times before or after now; the current one is not counted."""
    known = _yearly(make, said, abs(count))
    row = [p for p in known if p.last < said][::-1] if count < 0 else [p for p in known if p.first > said]
    return row[abs(count) - 1] if 0 < abs(count) <= len(row) else None


def _yearly(make: Callable[[int], Period | None], said: date, reach: int = 1) -> list[Period]:
    span: Iterable[int] = range(max(said.year - reach - 1, 1), min(said.year + reach + 2, 10_000))
    found = [period for year in span if (period := make(year))]
    if found:
        return found
    span = range(max(said.year - 8, 1), min(said.year + 9, 10_000))
    return [period for year in span if (period := make(year))]


def fraction(whole: Period, low: float, high: float) -> Period:
    """A share of a period, in the grain one would name it in: years, months or days."""
    days = (whole.last - whole.first).days + 1
    if days < 60:
        first, last = floor(days * low), ceil(days * high) - 1
        return Period(plus_days(whole.first, first), plus_days(whole.first, last), "span")
    grain = 12 if days > 3000 else 1
    months = (whole.last.year - whole.first.year) * 12 + whole.last.month - whole.first.month + 1
    pieces = months / grain
    first = plus_months(whole.first, floor(pieces * low) * grain)
    last = plus_months(whole.first, ceil(pieces * high) * grain - 1)
    return Period(first, around("month", last).last, "span")


def easter(year: int) -> date:
    """Easter Sunday of the western churches (Butcher's rule)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)
