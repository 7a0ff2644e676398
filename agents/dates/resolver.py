"""The dates a text speaks of, as intervals, seen from the moment it was said."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from .numbers import Found, plain_year
from .periods import Period, a_day, plus_days, weekday_near, years
from .phrases import period
from .spans import lasting
from .vocabulary import (
    DASHES,
    DAYPARTS,
    DAYS,
    DECADES,
    DOUBTFUL_DAYS,
    HOLIDAY_STARTS,
    JOINERS,
    MONTHS,
    NUMBERS,
    ORDINALS,
    SEASONS,
    UNITS,
    WEEKDAYS,
    bag,
)
from .words import Words

Kind = Literal["at", "since", "until", "before", "after"]
# A leap year nobody means, to see whether a date keeps its own.
SOME_YEAR = 4
BOUNDS: dict[str, Kind] = {
    "since": "since",
    "until": "until",
    "till": "until",
    "before": "before",
    "after": "after",
}
DIGIT, LETTERS = re.compile(r"\d"), re.compile(r"[^\W\d_]+")
SOON = bag("shortly just right soon immediately")
HABITS = bag("every each any another")
# A text without any of these, and without a digit, names no date.
TRIGGERS = frozenset(
    set(MONTHS)
    | set(WEEKDAYS)
    | set(SEASONS)
    | set(UNITS)
    | set(DAYS)
    | set(DOUBTFUL_DAYS)
    | set(DECADES)
    | HOLIDAY_STARTS
    | {"aujourd"}
    | {name + "s" for name in (*WEEKDAYS, *SEASONS, *MONTHS)}
    | DAYPARTS
)
STARTS = (
    TRIGGERS
    | set(NUMBERS)
    | set(ORDINALS)
    | set(BOUNDS)
    | {"for", "q1", "q2", "q3", "q4"}
    | bag(
        "the a an last past previous preceding prior this these next coming upcoming following current "
        "early mid late middle beginning start end earlier later in within between from couple few several "
        "half about around more less other same my our final latter '"
    )
)


@dataclass(frozen=True, slots=True)
class When:
    """An interval that a text means, and the characters that say so."""

    first: date
    last: date
    start: int
    end: int
    kind: Kind = "at"

    @property
    def open(self) -> bool:
        """Say whether the text names only one end."""
        return self.kind in ("before", "after")

    def event_date(self) -> str:
        """Render the interval as the event date of a statement; an open one has none."""
        first, last = self.first, self.last
        if self.open:
            return ""
        if first == last:
            return first.isoformat()
        whole_months = first.day == 1 and plus_days(last, 1).day == 1
        if first.year == last.year and whole_months:
            if first.month == last.month:
                return first.isoformat()[:7]
            if (first.month, last.month) == (1, 12):
                return first.isoformat()[:4]
        return f"{first.isoformat()}/{last.isoformat()}"


def find(text: str, said: datetime | date) -> tuple[When, ...]:
    """Every date the text speaks of, in order, resolved against the moment it was said."""
    if not DIGIT.search(text) and TRIGGERS.isdisjoint(LETTERS.findall(text.lower())):
        return ()
    w = Words(text, said)
    found: list[When] = []
    i = 0
    while i < len(w.spans):
        word = w.words[i]
        if not (word in STARTS or word[0].isdecimal()):
            i += 1
            continue
        one = None if w.words[i - 1] in HABITS or w.inside_code(i) else _bounded(w, i)
        if one is None:
            i += 1
            continue
        kind, meant, end = one
        found.append(When(meant.first, meant.last, w.spans[i][0], w.spans[end - 1][1], kind))
        w.anchor = w.anchor if found[-1].open else meant.last
        i = end
    return tuple(found)


def _bounded(w: Words, i: int) -> tuple[Kind, Period, int] | None:
    """A date or a range of dates, with the word before it that opens it at one end."""
    word = w.words[i]
    if word in ("from", "between"):
        first = period(w, i + 1)
        found = _ranged(w, i + 1, word)
        return ("at", *found) if found and found != first else None
    if began := lasting(w, i):
        return "since", *began
    kind = BOUNDS.get(word)
    found = _ranged(w, i + 1 if kind else i, word)
    if found is None:
        return None
    whole, end = found
    if kind == "before":
        if w.words[i - 1] in SOON:
            return "at", Period(plus_days(whole.first, -7), plus_days(whole.first, -1), "span"), end
        return kind, Period(date.min, plus_days(whole.first, -1), "span"), end
    if kind == "after":
        if w.words[i - 1] in SOON:
            return "at", Period(plus_days(whole.last, 1), plus_days(whole.last, 7), "span"), end
        return kind, Period(plus_days(whole.last, 1), date.max, "span"), end
    return kind or "at", whole, end


def _ranged(w: Words, i: int, opener: str) -> Found | None:
    """A date, or all from it to another one."""
    found = period(w, i)
    if found is None:
        return None
    first, end = found
    link = w.words[end]
    if not (link in JOINERS or link in DASHES or (link == "and" and opener == "between")):
        return found
    return _to_another(w, i, end, first) or found


def _to_another(w: Words, i: int, end: int, first: Period) -> Found | None:
    """The year may stand at either end: March to May 2023, December 2021 to February."""
    link, there = w.words[end], end + 1
    if w.words[there] in WEEKDAYS and link in DASHES:
        return None
    fixed = _with_year(w, i, SOME_YEAR)
    if fixed and fixed[0] == first:
        for year in (first.first.year, first.first.year + 1):
            last = _with_year(w, there, year)
            if last and last[1] == there + 1 and w.words[there] in WEEKDAYS:
                last = weekday_near(first.first, WEEKDAYS[w.words[there]], 1), last[1]
            if last and last[0].first >= first.first:
                return Period(first.first, max(first.last, last[0].last), "span"), last[1]
        return None
    last = period(w, there) or _bare_year(w, there)
    for back in (0, 1) if last else ():
        start = _with_year(w, i, last[0].first.year - back) if last else None
        if start and last and start[1] == end and start[0].first <= last[0].first:
            return Period(start[0].first, max(start[0].last, last[0].last), "span"), last[1]
    return None


def _with_year(w: Words, i: int, year: int) -> Found | None:
    w.year = year
    found = period(w, i) or _bare_year(w, i)
    w.year = None
    return found


def _bare_year(w: Words, i: int) -> Found | None:
    number = plain_year(w, i)
    if number:
        return years(number, number), i + 1
    return (a_day(w.said), i + 1) if w.words[i] in ("now", "present") else None


def statement_date(sentence: str, said: datetime | date) -> str:
    """The event date of a sentence: its most specific date, the first of equals, or nothing."""
    closed = [when for when in find(sentence, said) if not when.open]
    return min(closed, key=lambda when: when.last - when.first).event_date() if closed else ""


def meant(question: str, today: date) -> tuple[When, ...]:
    """The intervals a question asks about; those open at one end reach as far as they can."""
    day = today.date() if isinstance(today, datetime) else today
    return tuple(_reach(when, day) for when in find(question, today))


def _reach(when: When, today: date) -> When:
    if when.kind == "since":
        return replace(when, last=max(when.last, today))
    return replace(when, first=date.min) if when.kind == "until" else when
