"""Counts of time told from now or from another date: two weeks ago, in three days, a week from Friday."""

from .counts import Count, apart, count, moved
from .names import again
from .numbers import Found, at
from .periods import Period, a_day, around, nth_weekday, plus_days
from .vocabulary import CLOCK, DAYS, MONTHS, WEEKDAYS, bag
from .words import Words

HOLDING = bag("have has haven't hasn't been")
ONCE = bag("once twice times time can could take takes taking row")


def from_another(many: Count, other: Found, step: int) -> Found | None:
    """Two days before Christmas, a week from Friday."""
    if many.unit in CLOCK or many.low != many.high:
        return None
    whole, end = other
    there = moved(many, whole.first if step < 0 else whole.last, step)
    return around(many.unit if many.unit not in ("week", "fortnight") else "day", there), end


def later(w: Words, i: int, many: Count) -> Found | None:
    """Two days later: told from the date before it, else from now where nothing speaks of the past."""
    if w.anchor is not None:
        there = moved(many, w.anchor, 1)
        return around(many.unit if many.unit in ("month", "year", "weekend") else "day", there), many.end + 1
    if many.unit in CLOCK or w.tense(i, many.end + 1) < 0:
        return None
    return at(apart(w, many, 1), many.end + 1)


def ago(w: Words, i: int, many: Count) -> Found | None:
    """Two weeks ago, a week ago on Tuesday, two years ago in May."""
    end = many.end + 1
    if many.named is not None:
        found = again(w, many.named, -int(many.low))
        return at(found[0], end) if found else None
    if w.words[many.end] in ("earlier", "prior") and w.anchor is not None:
        return from_another(many, (a_day(w.anchor), end), -1)
    whole = apart(w, many, -1)
    if whole is None:
        return None
    j = w.skip(end, "on", "in")
    word = w.words[j]
    if word in ("today", "tonight", "yesterday") and many.unit not in CLOCK:
        return a_day(moved(many, plus_days(w.said, DAYS[word]), -1)), j + 1
    if word in WEEKDAYS and many.unit == "week" and whole.unit == "day":
        return nth_weekday(around("week", whole.first), WEEKDAYS[word], 1) or whole, j + 1
    if word in MONTHS and whole.unit == "year" and j > end:
        return around("month", whole.first.replace(month=MONTHS[word])), j + 1
    return whole, end


def coming(w: Words, i: int, many: Count) -> Found | None:
    """In two weeks: not where the words tell how long or how often."""
    end = many.end
    if not many.unit or w.words[end] in ("ago", "a", "of") or ONCE.intersection(w.words[max(i - 6, 0) : i]):
        return None
    tense = w.tense(i, end)
    if tense < 0 or many.unit == "second":
        return None
    end = w.skip(w.skip(end, "'"), "time")
    end = end + 2 if w.words[end : end + 2] == ["from", "now"] else end
    there = apart(w, many, 1)
    if there and w.words[i] == "within":
        return Period(w.said, max(there.last, w.said), "span"), end
    return at(there, end)


def lasting(w: Words, i: int) -> Found | None:
    """When a thing that still holds began: "I've had it for three years", "seven years now"."""
    many = count(w, w.skip(i, "for"))
    if many is None or not many.unit or many.unit in CLOCK or many.low != many.high:
        return None
    now = w.words[many.end] == "now" and w.words[i - 1] != "in"
    before = w.words[max(i - 12, 0) : i]
    perfect = w.words[i] == "for" and any(word in HOLDING or word.endswith("'ve") for word in before)
    if (
        not (now or (perfect and many.unit != "day"))
        or "ago" in w.words[many.end : many.end + 2]
        or w.words[many.end] in ("in", "before")
    ):
        return None
    return at(apart(w, many, -1), many.end + 1 if now else many.end)
