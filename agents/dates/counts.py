"""Counts of time: two weeks, a year and a half, 2-3 days, a couple of months."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from .periods import Period, a_day, around, move, plus_days
from .vocabulary import CLOCK, MONTHS, NUMBERS, SEASONS, TENS, UNITS, WEEKDAYS, bag
from .words import Words

VAGUE = {"few": (2, 4), "several": (3, 7), "many": (0, 0)}
# "Days ago", "weeks ago": longer than one, shorter than the next unit; "years ago" says too little.
BARE = {"days": (2, 6), "weeks": (2, 7), "months": (2, 11)}
HUNDREDS = {"hundred": 100, "thousand": 1000}
ADVERBS = bag("about around almost nearly roughly over exactly just maybe like some approximately only")
PARTS = {
    "decade": ("year", 10.0),
    "century": ("year", 100.0),
    "year": ("month", 12.0),
    "quarter": ("month", 3.0),
    "month": ("day", 30.4),
    "fortnight": ("day", 14.0),
    "week": ("day", 7.0),
}
RANGE = re.compile(r"(\d{1,3})[–-](\d{1,3})")
DECIMAL = re.compile(r"\d{1,3}\.\d{1,2}")


@dataclass(frozen=True, slots=True)
class Count:
    """So many units of time and where its words end; `named` is the place of a name counted instead."""

    low: float
    high: float
    unit: str
    end: int
    named: int | None = None


def count(w: Words, i: int) -> Count | None:
    """The count of time that begins here."""
    word = w.words[i]
    if word in ADVERBS:
        i = i + 1
    elif word in ("more", "less") and w.words[i + 1] == "than":
        i = i + 2
    if bare := BARE.get(w.words[i]):
        return Count(*bare, UNITS[w.words[i]], i + 1)
    if UNITS.get(w.words[i]) and w.words[i + 1] == "ago" and not w.words[i].endswith("s"):
        return Count(1, 1, UNITS[w.words[i]], i + 1)
    number = _number(w, i)
    if number is None:
        return None
    low, high, j = number
    if w.words[j : j + 3] == ["and", "a", "half"]:
        low, high, j = low + 0.5, high + 0.5, j + 3
    unit = UNITS.get(w.words[j], "")
    if not unit:
        return Count(low, high, "", j + 1, j) if _is_plural_name(w.words[j]) else None
    return _longer(w, Count(low, high, unit, j + 1))


def _longer(w: Words, many: Count) -> Count:
    j = many.end
    if w.words[j : j + 3] == ["and", "a", "half"]:
        return Count(many.low + 0.5, many.high + 0.5, many.unit, j + 3)
    if w.words[j] == "or" and w.words[j + 1] in ("two", "so"):
        return Count(many.low, max(many.high, 2) if w.words[j + 1] == "two" else many.high, many.unit, j + 2)
    if w.words[j] == "and" and many.unit in PARTS and (more := _number(w, j + 1)):
        small, parts = PARTS[many.unit]
        if UNITS.get(w.words[more[2]]) == small:
            return Count(many.low * parts + more[0], many.high * parts + more[1], small, more[2] + 1)
    return many


def _number(w: Words, i: int) -> tuple[float, float, int] | None:
    word, after = w.words[i], w.words[i + 1]
    if word in ("a", "an", "couple", "another"):
        j = i + 1 if word in ("a", "an") else i
        if w.words[j] == "couple":
            return 2, 2, w.skip(j + 1, "of")
        if w.words[j] in VAGUE and w.words[j] != "many":
            return *VAGUE[w.words[j]], j + 1
        many = HUNDREDS.get(w.words[j], 12 if w.words[j] == "dozen" else 0)
        return (many, many, j + 1) if many else (1, 1, j)
    if word in ("few", "several"):
        return *VAGUE[word], i + 1
    if word == "half" and after in ("a", "an"):
        return 0.5, 0.5, i + 2
    if match := RANGE.fullmatch(word):
        return int(match[1]), max(int(match[1]), int(match[2])), i + 1
    one = _plain(w, i)
    if one is None:
        return None
    if w.words[one[1]] in ("or", "to", "-", "–") and (two := _plain(w, one[1] + 1)) and two[0] > one[0]:
        return one[0], two[0], two[1]
    return one[0], one[0], w.skip(one[1], "+", "more", "full", "whole", "long", "short")


def _plain(w: Words, i: int) -> tuple[float, int] | None:
    word = w.words[i]
    if (number := w.integer(i)) is not None:
        return number, i + 1
    if DECIMAL.fullmatch(word) and not w.glued(i):
        return float(word), i + 1
    if word not in NUMBERS:
        return None
    if w.words[i + 1] in HUNDREDS:
        return NUMBERS[word] * HUNDREDS[w.words[i + 1]], i + 2
    j = w.skip(i + 1, "-")
    if word in TENS and 0 < NUMBERS.get(w.words[j], 0) < 10:
        return NUMBERS[word] + NUMBERS[w.words[j]], j + 1
    return NUMBERS[word], i + 1


def _is_plural_name(word: str) -> bool:
    return word.endswith("s") and (word[:-1] in WEEKDAYS or word[:-1] in SEASONS or word[:-1] in MONTHS)


def apart(w: Words, many: Count, step: int) -> Period | None:
    """A count away from now: a day for days and weeks, else the month or the year."""
    if many.unit in CLOCK:
        return a_day(_by_clock(w, many.unit, many.high * step))
    unit, low, high = many.unit, int(many.low), int(many.high)
    if many.low != low and unit in PARTS:
        unit, parts = PARTS[unit]
        low, high = int(many.low * parts), int(many.high * parts)
    one, two = move(unit, w.said, low * step), move(unit, w.said, high * step)
    first, last = min(one, two), max(one, two)
    if unit == "day" and many.unit == "day" and low == high:
        return a_day(first)
    if unit in ("day", "week", "fortnight"):
        return Period(first, last, "day" if first == last else "span")
    unit = "year" if unit in ("decade", "century") else unit
    return Period(around(unit, first).first, around(unit, last).last, unit if low == high else "span")


def _by_clock(w: Words, unit: str, many: float) -> date:
    seconds = CLOCK[unit] * max(min(many, 1e6), -1e6)
    if w.moment is None:
        return plus_days(w.said, int(seconds / 86400))
    try:
        return (w.moment + timedelta(seconds=seconds)).date()
    except OverflowError:
        return w.said


def moved(many: Count, day: date, step: int) -> date:
    """The day a count of units before or after a day."""
    unit, low = many.unit, int(many.low)
    if unit in CLOCK:
        return day
    if many.low != low and unit in PARTS:
        unit, parts = PARTS[unit]
        low = int(many.low * parts)
    return move(unit, day, low * step)
