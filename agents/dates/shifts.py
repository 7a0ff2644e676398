"""Dates next to now: last week, this summer, next Friday, the past two months."""

from datetime import date

from .counts import Count, count, moved
from .names import again, named, this_one
from .numbers import Found, at
from .periods import Period, a_day, around, plus_days, plus_months, shifted, weekday_near
from .vocabulary import (
    AT,
    CLOCK,
    DAYPARTS,
    GOES_ON,
    HOLIDAY_STARTS,
    MONTHS,
    OPENERS,
    SEASONS,
    UNITS,
    WEEKDAYS,
    bag,
)
from .words import Words

BACK = bag("last past previous preceding prior")
ON = bag("next coming upcoming following")
SPANNING = bag("in within over for during throughout")
NOW = bag("this current")
CALENDAR = bag("week weekend month quarter year decade century")


def next_to_now(w: Words, i: int) -> Found | None:
    """A phrase that begins with last, past, previous, this, next, coming or following."""
    j = i + 1 if w.words[i] in ("the", "these", "those") else i
    if w.words[j] == "this" and w.words[j + 1] in BACK | ON:
        j = j + 1
    word = w.words[j]
    if word not in BACK and word not in ON and word not in NOW:
        return _turned(w, i)
    # "The next quarter" was weighed with its article already.
    if j == i and w.words[i - 1] == "the":
        return None
    if again_told := _same_time(w, j):
        return again_told
    step = -1 if word in BACK else 1 if word in ON else 0
    if word in ("coming", "upcoming") and w.words[j + 1] == "weekend":
        step = 0
    many = count(w, j + 1)
    # "Can last 2 days" is a verb.
    if (many and w.words[many.end] == "of") or w.words[j + 2] == "of":
        # "The last week of school" hangs on something that is no date.
        return None
    if many and step and many.unit and (j > i or w.words[i - 1] in OPENERS | AT):
        return at(_rolling(w, many, step), many.end)
    unit = UNITS.get(w.words[j + 1])
    if unit in CLOCK or unit == "day" or w.words[j + 1] in DAYPARTS:
        return _part_of_day(w, i, j, step)
    if unit:
        return _unit(w, i, j, unit, step)
    return _name(w, j, step)


def _turned(w: Words, i: int) -> Found | None:
    """Tuesday last."""
    if w.words[i] in WEEKDAYS and w.words[i + 1] == "last" and w.words[i + 2] in GOES_ON:
        return (
            at(weekday_near(w.said, WEEKDAYS[w.words[i]], -1), i + 2) if w.words[i + 2] not in UNITS else None
        )
    if w.words[i] in ("same", "around") and w.words[i + 1] in ("time", "this"):
        return _same_time(w, i) or _same_time(w, i + 1)
    return None


def _same_time(w: Words, i: int) -> Found | None:
    """This time last year: the month around it; this day last year: the day."""
    kind = w.words[i + 1]
    if w.words[i] not in ("this", "same") or kind not in ("time", "day") or w.words[i + 3] != "year":
        return None
    step = {"last": -12, "next": 12}.get(w.words[i + 2])
    if step is None:
        return None
    day = plus_months(w.said, step)
    return around("month" if kind == "time" else "day", day), i + 4


def _rolling(w: Words, many: Count, step: int) -> Period:
    far = moved(Count(many.high, many.high, many.unit, many.end), w.said, step)
    return Period(min(far, w.said), max(far, w.said), "span")


def _part_of_day(w: Words, i: int, j: int, step: int) -> Found | None:
    kind, end = w.words[j + 1], j + 2
    if kind in DAYPARTS:
        if j > i or step > 0:
            return _from_anchor(w, "day", step, end)
        known = {
            -1: ("night", "evening", "afternoon", "morning"),
            0: ("morning", "afternoon", "evening", "night"),
        }
        return (a_day(plus_days(w.said, step)), end) if kind in known[step] else None
    if kind == "day" and step:
        if w.words[j] == "past" and j > i:
            return Period(plus_days(w.said, -1), w.said, "span"), end
        return _from_anchor(w, "day", step, end)
    if (
        UNITS.get(kind) == "hour"
        and w.words[j] in ("past", "last")
        and w.words[i - 1] in ("in", "within", "over")
    ):
        return a_day(w.said), end
    return None


def _from_anchor(w: Words, unit: str, step: int, end: int) -> Found | None:
    """The next day, the previous night: told from the date before it, or from nothing."""
    return (shifted(unit, w.anchor, step), end) if w.anchor else None


def _unit(w: Words, i: int, j: int, unit: str, step: int) -> Found | None:
    word, end = w.words[j], j + 2
    if unit not in CALENDAR or w.hyphen(end):
        return None
    if word in ("following", "previous", "preceding") and w.anchor is not None:
        return shifted(unit, w.anchor, step), end
    if unit == "weekend":
        found = _weekend(w, j, step), end
    elif unit != "century" and (word == "past" or (w.words[i] == "the" and word in ("last", "next"))):
        if word == "next" and w.words[i - 1] not in SPANNING:
            told = _from_anchor(w, unit, step, end)
            return told or (None if w.tense(i, end) < 0 else (shifted(unit, w.said, step), end))
        found = _rolling(w, Count(1, 1, unit, end), step), end
    else:
        found = shifted(unit, w.said, step), end
    return _inside(w, found[0], unit, end) or found


def _weekend(w: Words, j: int, step: int) -> Period:
    # On the first days of a week, "this weekend" with a past tense is the one just gone.
    if not step and w.said.weekday() < 3 and w.tense(j, j + 2) < 0:
        step = -1
    return shifted("weekend", w.said, step)


def _inside(w: Words, whole: Period, unit: str, end: int) -> Found | None:
    """Last week Tuesday, last year in June, next week on Monday."""
    j = w.skip(end, "on", "in", "at", "around")
    word = w.words[j]
    if unit == "week" and word in WEEKDAYS:
        return a_day(plus_days(whole.first, WEEKDAYS[word])), j + 1
    if unit != "year" or whole.first.day != 1 or whole.first.month != 1:
        return None
    named_in = j > end and w.words[w.skip(j, "the")] in (*MONTHS, *SEASONS, *HOLIDAY_STARTS)
    if named_in or (word in MONTHS and w.capital(j)):
        return _in_year(w, w.skip(j, "the"), whole.first.year)
    return None


def _in_year(w: Words, j: int, year: int) -> Found | None:
    # The calendar of that year decides, whatever the words around it say.
    w.year, kept = year, w.year
    try:
        return named(w, j)
    finally:
        w.year = kept


def _name(w: Words, j: int, step: int) -> Found | None:
    """Last June, next Friday, this Christmas."""
    word, name = w.words[j], w.words[j + 1]
    known = name in WEEKDAYS or name in SEASONS
    if (
        name in ("sun", "sat", "may", "march", "mar", "wed", "mon")
        and not w.capital(j + 1)
        and word not in ("last",)
    ):
        return None
    if name in ("fall", "spring") and w.words[j + 2] not in GOES_ON and word != "last":
        return None
    if step == 0:
        found = this_one(w, j + 1)
    elif name in WEEKDAYS and step > 0:
        found = _next_weekday(w, j, WEEKDAYS[name])
    else:
        found = _anchored(w, j, step) or again(w, j + 1, step)
    if found is None:
        return None
    end = found[1]
    return found[0], end + 1 if known and w.words[end] in DAYPARTS else end


def _anchored(w: Words, j: int, step: int) -> Found | None:
    weekday = WEEKDAYS.get(w.words[j + 1])
    if weekday is None or w.anchor is None or w.words[j] not in ("previous", "following", "preceding"):
        return None
    return weekday_near(w.anchor, weekday, step), j + 2


def _next_weekday(w: Words, j: int, weekday: int) -> Found:
    if w.words[j] == "following":
        return weekday_near(w.anchor or w.said, weekday, 1), j + 2
    if w.words[j] in ("coming", "upcoming"):
        return weekday_near(w.said, weekday, 1), j + 2
    monday: date = plus_days(around("week", w.said).first, 7)
    return a_day(plus_days(monday, weekday)), j + 2
