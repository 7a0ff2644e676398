"""Months and the days of months: in May, May 7th, 5-7 May 2022, on the 5th."""

from functools import partial

from .numbers import Found, at, days_here, ordinal, year_tail
from .periods import Period, exact, month_of, nearest, shifted
from .vocabulary import (
    AT,
    DASHES,
    DAYPARTS,
    GOES_ON,
    JOINERS,
    MONTHS,
    PLAIN_MONTHS,
    SHIFTS,
    VERB_MONTHS,
    bag,
)
from .words import Words

MONTH_AT = AT - bag("for to from by on am le el")


NOT_AFTER_MAY = bag("be not have i we you he she they it")


def month_date(w: Words, i: int) -> Found | None:
    """A month, with its day and year where they are said."""
    if w.words[i] in MONTHS:
        return _month_first(w, i)
    days = days_here(w, i)
    if days is None:
        return None
    j = w.skip(w.skip(days[2], "."), "of", "de")
    month = MONTHS.get(w.words[j])
    if month is None:
        return _day_of_relative_month(w, days, j)
    k = w.skip(j + 1, ".") if len(w.words[j]) < 5 else j + 1
    tail = year_tail(w, k)
    if w.words[j] in VERB_MONTHS and not (w.capital(j) or tail or w.words[j - 1] == "of"):
        return None
    return _dated(w, i, month, (days[0], days[1]), tail, j + 1)


def _day_of_relative_month(w: Words, days: tuple[int, int, int], j: int) -> Found | None:
    if (
        w.words[j - 1] != "of"
        or w.words[j] not in ("last", "this", "next", "the")
        or w.words[j + 1] != "month"
    ):
        return None
    month = shifted("month", w.said, SHIFTS.get(w.words[j], 0)).first
    return at(run(month.year, month.month, days[0], days[1]), j + 2)


def _month_first(w: Words, i: int) -> Found | None:
    word, month = w.words[i], MONTHS[w.words[i]]
    j = w.skip(i + 1, ".") if len(word) < 5 else i + 1
    start = w.skip(j, "the")
    days = days_here(w, start)
    if (
        days
        and w.words[days[2]] not in ("%", "pm", "am")
        and not (
            word in VERB_MONTHS
            and not w.capital(i)
            and days[0] == w.integer(start)
            and w.words[days[2]] not in GOES_ON
        )
    ):
        return _dated(w, i, month, (days[0], days[1]), year_tail(w, days[2]), days[2])
    if tail := year_tail(w, j):
        return month_of(tail[0], month), tail[1]
    if not _month_stands(w, i):
        return None
    if w.year is not None:
        return month_of(w.year, month), i + 1
    return at(nearest(lambda y: month_of(y, month), w.said, w.tense(i, j)), i + 1)


def _month_stands(w: Words, i: int) -> bool:
    """Whether a bare month word is one here: may, march, April and Jan have other lives."""
    word, before, after = w.words[i], w.words[i - 1], w.words[i + 1]
    if word in PLAIN_MONTHS:
        return True
    if (before in DASHES and w.words[i - 2] in ("mid", "early", "late")) or _in_range(w, i):
        return True
    if before in ("or", "and") and w.words[i - 2] in MONTHS:
        return True
    if before not in MONTH_AT and not (word == "august" and before in ("from", "by", "for") and w.capital(i)):
        return False
    if word in VERB_MONTHS and not w.capital(i):
        return before not in ("this", "next", "during", "after", "before") and after not in NOT_AFTER_MAY
    return len(word) > 3 or word == "may" or w.capital(i)


def _in_range(w: Words, i: int) -> bool:
    return (w.words[i - 1] in JOINERS | DASHES and w.words[i - 2] in MONTHS) or (
        w.words[i + 1] in JOINERS | DASHES and w.words[i + 2] in MONTHS
    )


def run(year: int, month: int, first: int, last: int) -> Period | None:
    start, end = exact(year, month, first), exact(year, month, last)
    if start is None or end is None or end.first < start.first:
        return None
    return start if start == end else Period(start.first, end.last, "span")


def run_of(month: int, days: tuple[int, int], year: int) -> Period | None:
    """A run of days of a month, of any year."""
    return run(year, month, *days)


def _dated(
    w: Words, i: int, month: int, days: tuple[int, int], tail: tuple[int, int] | None, end: int
) -> Found | None:
    if tail:
        return at(run(tail[0], month, *days), tail[1])
    if w.year is not None:
        return at(run(w.year, month, *days), end)
    return at(nearest(partial(run_of, month, days), w.said, w.tense(i, end), 10), end)


def day_of_month(w: Words, i: int) -> Found | None:
    """The 5th, without its month."""
    found = ordinal(w, i) if w.words[i] not in ("second",) else None
    if not found or found[0] > 31 or (w.words[found[1]] not in GOES_ON and w.words[found[1]] not in DAYPARTS):
        return None
    number, end = found
    tense = w.tense(i, end)
    here, step = w.said, 1 if tense > 0 else -1
    for count in range(3):
        month = shifted("month", here, step * count).first
        day = exact(month.year, month.month, number)
        if day and (day.first >= here if step > 0 else day.first <= here):
            return day, end
    return None
