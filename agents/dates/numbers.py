"""Dates in figures: 2023-05-07, 7/5/2023, in 2019, the 1990s, the 19th century."""

import re

from .periods import Period, around, exact, month_of, nearest, years
from .vocabulary import (
    ADVERBS,
    COUNTED,
    DASHES,
    DECADES,
    DEGREES,
    JOINERS,
    NUMBERS,
    OPENERS,
    ORDINALS,
    OWNERS,
    SHIFTS,
    UNITS,
    VERBS,
    YEAR_AT,
)
from .words import Words

Found = tuple[Period, int]

ISO = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?t?")
SLASHED = re.compile(r"(\d\d?)/(\d\d?)(?:/(\d{4}|\d\d))?")
DOTTED = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})")
BACKWARDS = re.compile(r"(\d{4})[/.](\d\d?)[/.](\d\d?)")
DAY_RANGE = re.compile(r"(\d\d?)[–-](\d\d?)")
YEAR_RANGE = re.compile(r"(\d{4})[–-](\d{2}|\d{4})")
DECADE = re.compile(r"(\d{3})0s|(\d)0s")
ORDINAL = re.compile(r"(\d\d?)(?:st|nd|rd|th)")


def ordinal(w: Words, i: int) -> tuple[int, int] | None:
    """An ordinal up to 31, in digits or words."""
    if match := ORDINAL.fullmatch(w.words[i]):
        return (int(match[1]), i + 1) if not w.glued(i) else None
    if w.words[i] in ORDINALS:
        return ORDINALS[w.words[i]], i + 1
    if w.words[i] in ("twenty", "thirty"):
        j = w.skip(i + 1, "-")
        ones = ORDINALS.get(w.words[j], 99)
        return (NUMBERS[w.words[i]] + ones, j + 1) if ones < 10 else None
    return None


def days_here(w: Words, i: int) -> tuple[int, int, int] | None:
    """A day of a month or a run of them: first, last, next position."""
    if match := DAY_RANGE.fullmatch(w.words[i]):
        return int(match[1]), int(match[2]), i + 1
    first = _one_day(w, i)
    if first is None:
        return None
    j = first[1]
    if w.words[j] in DASHES or w.words[j] in JOINERS:
        last = _one_day(w, w.skip(j + 1, "the"))
        if last and last[0] > first[0] and w.words[last[1]] not in ("pm", "am"):
            return first[0], last[0], last[1]
    return first[0], first[0], j


def _one_day(w: Words, i: int) -> tuple[int, int] | None:
    number = w.integer(i)
    if number is not None and len(w.words[i]) < 3:
        return (number, i + 1) if 0 < number < 32 else None
    found = ordinal(w, i)
    return found if found and found[0] < 32 else None


def plain_year(w: Words, i: int) -> int | None:
    """Four digits that can be a year."""
    number = w.integer(i)
    return number if number and len(w.words[i]) == 4 and 1000 <= number < 2200 else None


def year_tail(w: Words, i: int) -> tuple[int, int] | None:
    """The year that follows a month, a season or a holiday: 2020, of 2020, '20, last year."""
    j = w.skip(i, ",", "of", "in", "de", "del")
    if number := plain_year(w, j):
        second = w.words[j + 2]
        if w.words[j + 1] == "–" and len(second) == 2 and second.isdecimal():
            return number, j + 3
        return number, j + 1
    if w.words[i] == "'" and len(w.words[i + 1]) == 2 and (short := w.integer(i + 1)) is not None:
        return _full_year(w, short), i + 2
    if w.words[j] in ("last", "this", "next", "previous") and w.words[j + 1] == "year":
        return w.said.year + SHIFTS[w.words[j]], j + 2
    return None


def _full_year(w: Words, short: int) -> int:
    year = w.said.year // 100 * 100 + short
    return year - 100 if year > w.said.year + 10 else year


def calendar_date(w: Words, i: int) -> Found | None:
    """A date in figures."""
    word = w.words[i]
    if not word[:1].isdecimal() or w.glued(i):
        return None
    if match := ISO.fullmatch(word):
        year, month = int(match[1]), int(match[2])
        if match[3]:
            return at(exact(year, month, int(match[3])), i + 1)
        return (
            (month_of(year, month), i + 1) if 1000 <= year < 2200 and 1 <= month <= 12 else _year_range(w, i)
        )
    if match := BACKWARDS.fullmatch(word):
        return at(exact(int(match[1]), int(match[2]), int(match[3])), i + 1)
    if match := DOTTED.fullmatch(word):
        return at(exact(int(match[3]), int(match[2]), int(match[1])), i + 1)
    if match := SLASHED.fullmatch(word):
        return _slashed(w, i, match)
    return _year_range(w, i)


def _slashed(w: Words, i: int, match: re.Match[str]) -> Found | None:
    one, two, raw = int(match[1]), int(match[2]), match[3]
    if not raw:
        if w.words[i - 1] not in ("on", "since", "until"):
            return None
        tense = w.tense(i, i + 1)
        return at(nearest(lambda y: exact(y, one, two) or exact(y, two, one), w.said, tense), i + 1)
    year = int(raw) if len(raw) == 4 else _full_year(w, int(raw))
    both = [day for day in (exact(year, one, two), exact(year, two, one)) if day]
    # Whether the day or the month comes first depends on the country: what lies behind us wins.
    past = [day for day in both if day.first <= w.said]
    return at((past or both or [None])[0], i + 1)


def _year_range(w: Words, i: int) -> Found | None:
    match = YEAR_RANGE.fullmatch(w.words[i])
    if not match:
        return None
    first = int(match[1])
    last = int(match[2]) if len(match[2]) == 4 else first // 100 * 100 + int(match[2])
    return (years(first, last, "span"), i + 1) if 1000 <= first < last < 2200 and last - first < 150 else None


def at(period: Period | None, end: int) -> Found | None:
    return (period, end) if period else None


def year(w: Words, i: int) -> Found | None:
    """A year in four digits, where the words around it make it one."""
    number = plain_year(w, i)
    if number is None:
        return None
    before, after = w.words[i - 1], w.words[i + 1]
    if after in COUNTED or after in UNITS or (after.endswith("s") and after not in ADVERBS):
        return None
    if w.words[i - 2] == "out" or (after in JOINERS and w.integer(i + 2) and not plain_year(w, i + 2)):
        return None
    recent = 1900 <= number <= w.said.year + 10
    placed = before in YEAR_AT or (recent and before in ("of", "by", "to", "through", "and", "for"))
    bare = recent and (before in OWNERS or before == "(" or (before in OPENERS and after in VERBS))
    mid = before in DASHES and w.words[i - 2] in ("mid", "early", "late")
    if not (placed or bare or mid or (i == 0 and not after)):
        return None
    return years(number, number), i + 1


def decade(w: Words, i: int) -> Found | None:
    """The 1990s, the '90s, the nineties: not one's own nineties."""
    j = w.skip(i, "'")
    match = DECADE.fullmatch(w.words[j])
    before = w.words[i - 1]
    placed = before in ("the", "early", "mid", "late", "of") or before in DASHES
    if match and match[1]:
        start = int(match[1]) * 10
        whole = start % 100 == 0 and start < 2000
        return years(start, start + 99, "century") if whole else years(start, start + 9, "decade"), j + 1
    tens = DECADES.get(w.words[j]) or (int(match[2]) * 10 if match else None)
    owner = (
        w.words[i - 2]
        if before in ("early", "mid", "late")
        else w.words[i - 3]
        if before in DASHES
        else "the"
    )
    if tens is None or not placed or owner in OWNERS - {"the"} or DEGREES.intersection(w.words[j : j + 9]):
        return None
    start = w.said.year // 100 * 100 + tens
    start -= 100 if start > w.said.year else 0
    return years(start, start + 9, "decade"), j + 1


def short_year(w: Words, i: int) -> Found | None:
    """In '98."""
    number = w.integer(i + 1) if w.words[i] == "'" and len(w.words[i + 1]) == 2 else None
    if number is None or w.words[i - 1] not in YEAR_AT | {"of"}:
        return None
    found = _full_year(w, number)
    return years(found, found), i + 2


def quarter(w: Words, i: int) -> Found | None:
    """Q3 2022, or Q3 of this year."""
    word = w.words[i]
    tail = year_tail(w, i + 1)
    if len(word) != 2 or word[0] != "q" or word[1] not in "1234" or not (tail or w.words[i - 1] in YEAR_AT):
        return None
    found, end = tail or (w.said.year, i + 1)
    return around("quarter", month_of(found, int(word[1]) * 3).first), end


def century(w: Words, i: int) -> Found | None:
    """The 19th century."""
    found = ordinal(w, i)
    j = w.skip(found[1], "-") if found else i
    if not found or w.words[j] != "century" or not 0 < found[0] < 31:
        return None
    return years(found[0] * 100 - 100, found[0] * 100 - 1, "century"), j + 1
