"""Dates that bear a name: 7 May 2023, Tuesday, the summer of 2020, Christmas."""

from collections.abc import Callable
from functools import partial

from .months import day_of_month, month_date
from .numbers import (
    ISO,
    YEAR_RANGE,
    Found,
    at,
    calendar_date,
    century,
    decade,
    plain_year,
    quarter,
    short_year,
    year,
    year_tail,
)
from .periods import (
    Period,
    a_day,
    around,
    beside,
    easter,
    exact,
    month_of,
    nearest,
    nth_weekday,
    plus_days,
    season_of,
    weekday_near,
)
from .vocabulary import (
    AT,
    DASHES,
    DAYPARTS,
    DECADES,
    GOES_ON,
    HOLIDAYS,
    MONTHS,
    NUMBERS,
    OPENERS,
    ORDINALS,
    SEASONS,
    WEEKDAYS,
    Rule,
    bag,
)
from .words import Words

PLACES = bag("on at over during since until before after by around for")


def weekday(w: Words, i: int) -> Found | None:
    """A day of the week, with its date where it is said."""
    name, number = w.words[i], WEEKDAYS[w.words[i]]
    j = w.skip(i + 1, ".") if len(name) < 6 else i + 1
    k = w.skip(w.skip(w.skip(j, ",", "("), "the"), "den")
    dated = month_date(w, k) or (calendar_date(w, k) if ISO.match(w.words[k]) else None)
    if dated and dated[0].unit == "day":
        return dated
    if w.words[k - 1] == "the" and (numbered := day_of_month(w, k)):
        return numbered
    short = len(name) < 6
    before = w.words[i - 1]
    if short and not (w.capital(i) and before in ("on", "this", "past", "until", "by", "since", "for")):
        return None
    end = j + 1 if w.words[j] in DAYPARTS else i + 1
    if before in ("a", "an") or (
        before not in AT | OPENERS | {"the", "past"} and w.words[end] not in GOES_ON
    ):
        return None
    if before in OPENERS and end == i + 1 and w.words[end] not in GOES_ON:
        return None
    return weekday_near(w.said, number, 1 if w.tense(i, end) > 0 else -1), end


def season(w: Words, i: int) -> Found | None:
    """A season of a year, or the one meant by "in the summer"."""
    name = SEASONS[w.words[i]]
    if w.words[i + 1] != "in" and (tail := year_tail(w, i + 1)):
        end = tail[1]
        if w.words[end] in DASHES and plain_year(w, end + 1) == tail[0] + 1:
            end += 2
        return season_of(name, tail[0]), end
    if span := YEAR_RANGE.fullmatch(w.words[i + 1]):
        return season_of(name, int(span[1])), i + 2
    if w.year is not None:
        return season_of(name, w.year), i + 1
    if w.words[i - 1] != "the" or w.words[i + 1] not in GOES_ON:
        return None
    if w.words[i - 2] not in ("in", "over", "during", "since", "until", "before", "after", "of", "for"):
        return None
    return at(nearest(partial(season_of, name), w.said, w.tense(i, i + 1)), i + 1)


def holiday_day(rule: Rule, year: int) -> Period | None:
    """The day a holiday falls on in a year."""
    if isinstance(rule, int):
        return a_day(plus_days(easter(year), rule)) if 1 <= year <= 9999 else None
    if len(rule) == 2:
        return exact(year, *rule)
    return nth_weekday(month_of(year, rule[0]), rule[1], rule[2])


def holiday_name(w: Words, i: int) -> tuple[Rule, int] | None:
    """The longest holiday name that begins here."""
    for size in (3, 2, 1):
        if (rule := HOLIDAYS.get(tuple(w.words[i : i + size]))) is not None:
            return rule, i + size
    return None


def holiday(w: Words, i: int) -> Found | None:
    """A holiday, with its year where it is said, or the weekend beside it."""
    named = holiday_name(w, i)
    if named is None:
        return None
    rule, end = named
    weekend = w.words[end] == "weekend"
    end = end + 1 if weekend or w.words[end] in DAYPARTS else end
    day = _holiday_near(w, i, rule, named[1], end)
    if day and weekend:
        # A Monday holiday closes its weekend, any other opens it.
        return around("weekend", plus_days(day[0].first, -2 if day[0].first.weekday() < 2 else 0)), day[1]
    return day


def _holiday_near(w: Words, i: int, rule: Rule, name_end: int, end: int) -> Found | None:
    if tail := year_tail(w, end):
        return at(holiday_day(rule, tail[0]), tail[1])
    if w.year is not None:
        return at(holiday_day(rule, w.year), end)
    plain = (name_end - i > 1 or end > name_end) and w.words[name_end - 1] not in ("year", "years")
    new_year = w.words[i] == "new" and not plain
    if not (plain or w.words[i - 1] in PLACES) or w.words[end] not in GOES_ON:
        return None
    if new_year and not w.capital(i + 1):
        return None
    return at(nearest(partial(holiday_day, rule), w.said, w.tense(i, end)), end)


def named(w: Words, i: int) -> Found | None:
    """Any date with a name or a number that begins here."""
    word = w.words[i]
    if word[:1].isdecimal() or word in NUMBERS or word in ORDINALS:
        return calendar_date(w, i) or month_date(w, i) or century(w, i) or year(w, i) or decade(w, i)
    if word in MONTHS:
        return month_date(w, i)
    if word in WEEKDAYS and (found := holiday(w, i) or weekday(w, i)):
        return found
    if word in SEASONS:
        return season(w, i)
    if word == "'" or word in DECADES:
        return decade(w, i) or short_year(w, i)
    return quarter(w, i) or holiday(w, i)


def this_one(w: Words, i: int) -> Found | None:
    """This Friday, this summer: of the current week or year, unless the words around it look elsewhere."""
    word, tense = w.words[i], w.tense(i - 1, i + 1)
    if word in WEEKDAYS:
        day = plus_days(around("week", w.said).first, WEEKDAYS[word])
        return a_day(plus_days(day, 7) if tense > 0 and day < w.said else day), i + 1
    named = yearly(w, i)
    if named is None:
        return None
    make, end = named
    if word == "winter":
        return at(nearest(make, w.said, tense), end)
    here = make(w.said.year)
    return at(make(w.said.year - 1) if here and here.first > w.said and tense < 0 else here, end)


def yearly(w: Words, i: int) -> tuple[Callable[[int], Period | None], int] | None:
    """What comes once a year, month, season or holiday, as a function of the year."""
    word = w.words[i]
    if word.endswith("s") and (word[:-1] in SEASONS or word[:-1] in MONTHS):
        word = word[:-1]
    if word in MONTHS:
        return partial(in_year, MONTHS[word]), i + 1
    if word in SEASONS:
        return partial(season_of, SEASONS[word]), i + 1
    if held := holiday_name(w, i):
        return partial(holiday_day, held[0]), held[1]
    return None


def in_year(month: int, year: int) -> Period:
    """A month, of any year."""
    return month_of(year, month)


def again(w: Words, i: int, count: int) -> Found | None:
    """What comes again, `count` times before or after now: last June, two Fridays ago."""
    word = w.words[i]
    weekday = WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")))
    if weekday is not None:
        step = 1 if count > 0 else -1
        day = weekday_near(w.said, weekday, step).first
        return a_day(plus_days(day, 7 * (count - step))), i + 1
    named = yearly(w, i)
    return at(beside(named[0], w.said, count), named[1]) if named else None
