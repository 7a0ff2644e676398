"""Dates told from another moment: two weeks ago, last Friday, the day before Christmas, early in May."""

from .counts import apart, count
from .months import day_of_month
from .names import again, named, this_one
from .numbers import Found, at, ordinal, plain_year
from .periods import (
    Period,
    a_day,
    around,
    fraction,
    move,
    nth_weekday,
    plus_days,
    plus_months,
    shifted,
    weekday_near,
)
from .shifts import next_to_now
from .spans import ago, coming, from_another, later
from .vocabulary import (
    CLOCK,
    DASHES,
    DAYPARTS,
    DAYS,
    DOUBTFUL_DAYS,
    FRENCH,
    GOES_ON,
    MONTHS,
    NOT_TOMORROW,
    SEASONS,
    UNITS,
    WEEKDAYS,
)
from .words import Words

# "The day after the day after the day after ..." ends here.
DEEPEST = 3
THIRDS = {"early": (0, 1 / 3), "mid": (1 / 3, 2 / 3), "middle": (1 / 3, 2 / 3), "late": (2 / 3, 1)}
ENDS_OF = {"beginning": (0, 1 / 4), "start": (0, 1 / 4), "end": (3 / 4, 1), "middle": (1 / 3, 2 / 3)}
HALVES = {("half", 1): (0, 1 / 2), ("half", 2): (1 / 2, 1), ("half", -1): (1 / 2, 1)}


def period(w: Words, i: int) -> Found | None:
    """The longest date phrase that begins here."""
    if w.depth > DEEPEST:
        return None
    w.depth += 1
    found = _phrase(w, i)
    w.depth -= 1
    return found


def _phrase(w: Words, i: int) -> Found | None:
    j = w.skip(i, "the", "my", "our")
    return (
        _part(w, i, j)
        or _beside_another(w, j)
        or _counted(w, i)
        or next_to_now(w, i)
        or _other_day(w, j)
        or _plain_day(w, i)
        or (_weekend(w, j) if j > i else None)
        or named(w, i)
        or (named(w, j) if j > i else None)
        or _numbered_day(w, i, j)
    )


def _plain_day(w: Words, i: int) -> Found | None:
    word = w.words[i]
    days = DAYS.get(word)
    if word in DOUBTFUL_DAYS and w.raw[i] == word and w.words[i - 1] not in NOT_TOMORROW:
        days = DOUBTFUL_DAYS[word] if word != "hier" or FRENCH.intersection(w.words) else None
    if days is None:
        return None
    return a_day(plus_days(w.said, days)), i + 2 if w.words[i + 1] in DAYPARTS else i + 1


def _weekend(w: Words, j: int) -> Found | None:
    """Over the weekend: the last one unless the words look ahead."""
    if (
        w.words[j] != "weekend"
        or w.words[j - 1] != "the"
        or w.words[j + 1] not in GOES_ON
        or w.words[j - 2] not in ("over", "on", "at", "during", "for")
    ):
        return None
    if w.tense(j, j + 1) > 0:
        return around("weekend", w.said), j + 1
    return (around("weekend", w.said) if w.said.weekday() == 6 else shifted("weekend", w.said, -1)), j + 1


def _numbered_day(w: Words, i: int, j: int) -> Found | None:
    if j > i and w.words[i - 1] in ("on", "by", "since", "until", "from", "for", "before", "after", "of"):
        return day_of_month(w, j)
    return None


def _part(w: Words, i: int, j: int) -> Found | None:
    """Early April, the end of last month, the first week of June, the second Tuesday in May."""
    word = w.words[i]
    if word in ("earlier", "later") and (found := period(w, i + 1)) and w.words[i + 1] in ("this", "today"):
        whole, end = found
        first, last = (whole.first, w.said) if word == "earlier" else (w.said, whole.last)
        return (Period(first, last, "span") if first < last else whole), end
    if share := THIRDS.get(word) or (THIRDS.get(w.words[j]) if w.words[j] != "middle" else None):
        start = i + 1 if word in THIRDS else j + 1
        of = w.skip(w.skip(start, *DASHES), "in", "of", "on")
        return _share(w, of, share)
    if (share := ENDS_OF.get(w.words[j])) and w.words[j + 1] in ("of", "to"):
        return _share(w, j + 2, share)
    return _nth(w, j)


def _share(w: Words, i: int, share: tuple[float, float]) -> Found | None:
    found = _whole(w, i)
    if found is None:
        return None
    whole, end = found
    return (whole if whole.unit in ("day", "weekend") else fraction(whole, *share)), end


def _whole(w: Words, i: int) -> Found | None:
    """A period inside "of ...", where "the month" and "summer" need no more."""
    j = w.skip(i, "the", "this")
    unit = UNITS.get(w.words[j])
    bare = w.words[i - 1] == "of" and w.words[i - 2] in ENDS_OF
    if (
        (j > i or bare)
        and unit in ("week", "month", "quarter", "year", "decade", "century", "day")
        and w.words[j + 1] != "of"
    ):
        if w.words[j + 1] not in GOES_ON and not plain_year(w, j + 1):
            return None
        return named(w, j + 1) if plain_year(w, j + 1) else (around(unit, w.said), j + 1)
    if w.words[j] in SEASONS and (found := named(w, j)):
        return found
    if w.words[j] in SEASONS or w.words[j] in MONTHS:
        return named(w, j) or (this_one(w, j) if w.words[j + 1] in GOES_ON else None)
    return period(w, i)


def _nth(w: Words, i: int) -> Found | None:
    """The n-th week, weekend, day, half or weekday of a longer period."""
    number = (-1, i + 1) if w.words[i] in ("last", "final", "latter") else ordinal(w, i)
    if number is None:
        return None
    nth, j = number
    many = count(w, j)
    size, j = (int(many.high), many.end - 1) if many and many.unit and many.high < 100 else (1, j)
    kind = w.words[j]
    unit, day = UNITS.get(kind), WEEKDAYS.get(kind)
    if w.words[j + 1] not in ("of", "in") or not (unit or day is not None or kind == "half"):
        return None
    found = _whole(w, j + 2)
    if found is None or found[0].unit == "day":
        return None
    whole, end = found
    if day is not None:
        return at(nth_weekday(whole, day, nth), end)
    return at(_piece(whole, unit or kind, nth, size), end)


def _piece(whole: Period, unit: str, nth: int, size: int) -> Period | None:
    if unit == "half":
        return fraction(whole, *HALVES[unit, nth]) if (unit, nth) in HALVES else None
    if unit == "weekend":
        saturday = nth_weekday(whole, 5, nth)
        return around("weekend", saturday.first) if saturday else None
    if unit == "quarter":
        start = plus_months(whole.first, 3 * (nth - 1) if nth > 0 else 9)
        return around("quarter", start) if whole.unit == "year" and nth <= 4 else None
    if unit == "month":
        start = whole.first if nth > 0 else whole.last
        return around("month", move("month", start, nth - 1 if nth > 0 else 0))
    days = {"day": 1, "week": 7}.get(unit, 0) * size
    if not days:
        return None
    if nth < 0:
        first, last = plus_days(whole.last, 1 - days), whole.last
    else:
        first = plus_days(whole.first, days * (nth - 1))
        last = plus_days(first, days - 1)
    return Period(first, last, "span" if days > 1 else "day") if first <= whole.last else None


def _beside_another(w: Words, i: int) -> Found | None:
    """The week before Christmas, the Sunday before last, the weekend of 3 June, Tuesday of last week."""
    kind = w.words[i]
    unit = UNITS.get(kind) or ("season" if kind in SEASONS else None)
    day = WEEKDAYS.get(kind)
    if unit in CLOCK or (unit is None and day is None and kind not in MONTHS):
        return None
    link = w.words[i + 1]
    j = i + 2
    if (link, w.words[j]) in (("before", "last"), ("after", "next")) and (w.words[j + 1] in GOES_ON):
        steps = -2 if link == "before" else 2
        if unit and kind not in SEASONS:
            return shifted(unit, w.said, steps), j + 1
        return at(found[0], j + 1) if (found := again(w, i, steps)) else None
    if link not in ("before", "after", "of", "following", "preceding"):
        return None
    if link == "of" and (kind in MONTHS or kind in SEASONS):
        return None
    found = period(w, j)
    if found is None:
        return None
    return at(_near(found[0], link, unit, day), found[1])


def _near(other: Period, link: str, unit: str | None, day: int | None) -> Period | None:
    back = link in ("before", "preceding")
    edge = other.first if back else other.last
    step = -1 if back else 1
    if link == "of":
        if day is not None:
            return nth_weekday(other, day, 1) if other.unit in ("week", "weekend") else None
        return around(unit, other.first) if unit in ("week", "weekend") else other if unit == "day" else None
    if day is not None:
        return weekday_near(edge, day, step)
    if unit in ("day", "weekend") or (unit and other.unit == unit):
        return (
            around(unit, plus_days(edge, step * (7 if unit == "weekend" and other.unit == unit else 1)))
            if (unit != "weekend")
            else around("weekend", weekday_near(edge, 5, step).first)
        )
    if unit is None or unit == "season":
        return None
    if other.unit != "day":
        return shifted(unit, edge, step)
    near, far = plus_days(edge, step), move(unit, edge, step)
    return Period(min(near, far), max(near, far), "span")


def _counted(w: Words, i: int) -> Found | None:
    """Two weeks ago, in three days, a week from Friday, two Fridays ago, two days before Christmas."""
    start = i + 1 if w.words[i] in ("in", "within") else i
    many = count(w, start)
    if many is None:
        return None
    if start > i:
        return coming(w, i, many)
    end, after = many.end, w.words[many.end]
    if after in ("earlier", "prior", "previously") and w.words[end + 1] in ("than", "to"):
        return None
    if after in ("ago", "back", "earlier", "prior", "previously"):
        return ago(w, i, many)
    if many.unit and after in ("from", "after", "before"):
        if w.words[end + 1] == "now":
            return at(apart(w, many, 1), end + 2)
        found = _weekday_ahead(w, end + 1) if after == "from" else None
        found = found or period(w, end + 1)
        return from_another(many, found, -1 if after == "before" else 1) if found else None
    if many.unit and after in ("later", "afterwards"):
        return later(w, i, many)
    return None


def _weekday_ahead(w: Words, i: int) -> Found | None:
    number = WEEKDAYS.get(w.words[i])
    return (weekday_near(w.said, number, 1), i + 1) if number is not None else None


def _other_day(w: Words, j: int) -> Found | None:
    """The other day: one of the last seven."""
    if (
        w.words[j] != "other"
        or w.words[j - 1] != "the"
        or w.words[j + 1] not in ("day", "night", "evening", "week")
    ):
        return None
    days = 21 if w.words[j + 1] == "week" else 7
    return Period(plus_days(w.said, -days), plus_days(w.said, -1), "span"), j + 2
