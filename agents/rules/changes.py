"""Which statement a newer one replaces: the same thing said of the same subject, with another value."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from ...ontologies.statement import Statement, first_day, last_day, parse_line
from ..scout.words import terms_in

_SPAN = 12
"""How many words on each side of a number say what it measures."""
_BEFORE = 5
"""How many words before a number may name what is so much."""
_SHARED, _SHARED_PLAIN = 2, 4
"""How many telling words two measures share, their unit aside: if the newer tells of a change, and if not."""
_COMPARED = 50
"""With how many of the newest statements of one kind a new one is compared."""
_ASKED_SINGLY = 4
"""For how many kinds of value a file is looked through for each; for more all of them are sorted once."""
_COUNTS: dict[str, str] = {
    name: str(count)
    for count, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
} | {"single": "1", "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6"}

_WORD = re.compile(r"[£$€¥]|[^\W_]+(?:[.,:]\d+)*%?|%")
_NUMBER = re.compile(r"(\d+(?:[.,:]\d+)*)(st|nd|rd|th|%|[a-z]{0,3})")
_AMOUNTS = frozenset("about near nearly around almost over under of to at is was than now but".split())
_MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
_OWN = frozenset("i my me myself we our i'm i've".split())
_CHANGE = re.compile(
    r"\b(?:now|currently|so far|already|anymore|any more|no longer|these days|recent(?:ly)?|finally|"
    r"instead|lately|"
    r"new|update[ds]?|updating|adjust(?:ed)?|increased?|decreased?|dropped|reduced|grown?|grew|growth|improved|reached|"
    r"extended|changed|moved|switched|upgraded?|just (?:finished|reached|hit|realized)|up to|total of)\b",
    re.IGNORECASE,
)
_TELLING_NOTHING = frozenset(
    terms_in("english").of(
        "try trying want wanted make made use using time help need get understand problem look work "
        "lot thing way think feel go going good great much many currently recently now new just "
        "already around about sure best improve increase reduce further different example step issue "
        "really still able also well"
    )
)
_CODE = re.compile(r"[{};=\[]|\w\(|^\s*[-*#|]")
_ONCE = re.compile(
    r"\b(?:yesterday|last (?:night|week|month|year|\w+day)|on \d{1,2}/\d{1,2}|"
    r"(?:this|that) (?:day|morning|evening)|"
    r"today|tomorrow|will|going to|would|want|hope|need)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"^\W*(?:what|which|who|where|when|why|how|do|does|did|is|are|was|can|could|would|should|have you|any)\b"
    r".*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)

# What a person has one of at a time, and how they say so.
_NOW_I = r"\bI(?:'m| am|'ve| have)? (?:now |just |recently )?"
_SLOTS = {
    "job": rf"{_NOW_I}(?:(?:started )?work(?:ing)?|been working|start(?:ed|ing)?|joined)"
    r"(?: a new job)? (?:at|for|as)\b(?! (?:\d|noon|soon|the (?:end|beginning|start)\b))"
    r"|\bI(?:'ve| have| was| got)(?: been| just)? hired (?:at|for|as|by)\b"
    r"|\bmy new job\b|\bgot (?:a|the) (?:new )?job (?:at|as|with)\b"
    r"|\bI(?:'m| am) (?:now )?an? \w+ at [A-Z]",
    "home": r"\bI(?: now|'ve| have)? (?:just |recently )?(?:live|lived|moved|relocated)"
    r" (?:in|to|from \w+ to)\b"
    r"|\bI(?:'m| am) (?:now )?living in\b",
    "diet": r"\bI(?:'m| am|'ve gone| have gone| went| became| turned) (?:now |a )?"
    r"(?:vegetarian|vegan|pescatarian)\b|\bI (?:now )?eat (?:fish|meat)\b",
    "partner": r"\bI(?:'m| am) (?:now )?(?:single|engaged|married|divorced|widowed)\b"
    r"|\bI got (?:engaged|married|divorced)\b",
    "study": r"\bI(?:'m| am) (?:now )?(?:studying|majoring in)\b|\bI (?:switched|changed) my major\b",
}
_SLOT = {name: re.compile(said, re.IGNORECASE) for name, said in _SLOTS.items()}
_MINE = re.compile(
    r"\bmy (?:new |current |latest )?((?:[a-z]+ ){0,2}(?:favou?rite [a-z]+(?: [a-z]+)?|address|email|"
    r"phone number|number|deadline|password|salary|rent|"
    r"manager|boss|doctor|therapist|dentist|landlord|car|phone|laptop|major|goal|budget|"
    r"nickname)) (?:is|are|was changed to|changed to|moved to) (?:now )?",
    re.IGNORECASE,
)

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Measure:
    """A number, what it counts, and the words around it."""

    value: str
    unit: str
    before: tuple[str, ...]
    around: frozenset[str]
    own: bool


class Values:
    """What a subject has given values for so far, in the lines of a file and in statements added since."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        self._lines = lines
        self._by_key: dict[str, list[str]] = {}
        self._added: defaultdict[str, list[Statement]] = defaultdict(list)

    def add(self, statement: Statement) -> None:
        """Count a statement among those that hold."""
        for key in _keys(statement.text):
            self._added[key].append(statement)

    def replaced_by(self, new: Statement) -> Statement | None:
        """The newest statement that no longer holds once a new one does, if any; none of a later day."""
        for key in sorted(_keys(new.text)):
            for old in islice(self._newest(key), _COMPARED):
                if supersedes(new.text, old.text) and not _is_later(old, new):
                    return old
        return None

    def _newest(self, key: str) -> Iterator[Statement]:
        """The statements that give a value for something, the newest first."""
        yield from reversed(self._added.get(key, ()))
        if key not in self._by_key and len(self._by_key) < _ASKED_SINGLY:
            self._by_key[key] = self._found(key)
        elif key not in self._by_key:
            self._by_key |= _by_key(self._lines)
            self._lines = ()
        yield from filter(None, map(parse_line, self._by_key.get(key, ())))

    def _found(self, key: str) -> list[str]:
        back = zip(reversed(self._lines), map(_keys_of_line, reversed(self._lines)), strict=True)
        return list(islice((line for line, keys in back if key in keys), _COMPARED))


def _is_later(old: Statement, new: Statement) -> bool:
    """Whether what was filed before happened after: old conversations may come in late."""
    begun, over = first_day(old.when.partition("/")[0]), last_day(new.when.rpartition("/")[2])
    return bool(begun and over and begun > over)


def _by_key(lines: Sequence[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in reversed(lines):
        for key in _keys_of_line(line):
            if len(found[key]) < _COMPARED:
                found[key].append(line)
    return found


def supersedes(new: str, old: str) -> bool:
    """Whether a sentence gives another value for what an older one by or about the same person gave."""
    this, that = _claim(new), _claim(old)
    if new == old or this.idle or that.idle:
        return False
    if this.slot and this.slot == that.slot:
        return this.words != that.words
    if this.mine and this.mine == that.mine:
        return True
    if this.once or that.once:
        return False
    shared = _SHARED if this.changed else _SHARED_PLAIN
    return any(_same_measure(a, b, shared) for a in this.measures for b in that.measures)


def may_change(text: str) -> bool:
    """Whether a sentence gives a value that another could take the place of."""
    return bool(_keys(text))


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a sentence gives a value for; `idle` if it is a question or code and gives none."""

    idle: bool
    slot: str
    mine: str
    once: bool
    changed: bool
    measures: tuple[_Measure, ...]
    words: frozenset[str]


@lru_cache(maxsize=16_384)
def _claim(text: str) -> _Claim:
    slot = _slot(text) or ""
    return _Claim(
        idle=_is_idle(text),
        slot=slot,
        mine=_mine(text),
        once=bool(_ONCE.search(text)),
        changed=bool(_CHANGE.search(text)),
        measures=tuple(_found_measures(text)),
        words=_values(text) if slot else frozenset(),
    )


def _keys(text: str) -> frozenset[str]:
    """What a sentence gives a value for, so that only those alike are compared."""
    if _is_idle(text):
        return _NOTHING
    slot, mine = _slot(text), _mine(text)
    units = (f"measure {unit}" for _, _, unit in _numbers(_words(text)))
    named = (*([f"slot {slot}"] if slot else ()), *([f"mine {mine}"] if mine else ()))
    return frozenset((*named, *units)) or _NOTHING


# A file is read again at each change of it, and most of its lines are as they were.
@lru_cache(maxsize=65_536)
def _keys_of_line(line: str) -> frozenset[str]:
    """What the statement in a line gives a value for, if it holds."""
    statement = parse_line(line)
    return _keys(statement.text) if statement and not statement.former else _NOTHING


def forget() -> None:
    """Drop what was kept of sentences."""
    _keys_of_line.cache_clear()
    _claim.cache_clear()


def _is_idle(text: str) -> bool:
    return bool(_ASKED.search(text) or _CODE.search(text))


def counted(text: str) -> frozenset[str]:
    """The terms a sentence gives a number for: what is counted, or what is so much."""
    return frozenset(
        term for found in _claim(text).measures if found.own for term in (found.unit, *found.before)
    )


def _slot(text: str) -> str | None:
    return next((name for name, said in _SLOT.items() if said.search(text)), None)


def _mine(text: str) -> str:
    found = _MINE.search(text)
    return found[1].lower() if found else ""


def _values(text: str) -> frozenset[str]:
    """The names and telling words of a sentence: its value, where the slot says what it is of."""
    return frozenset(terms_in("english").of(text)) - frozenset(
        terms_in("english").of("now just recently new")
    )


def _same_measure(new: _Measure, old: _Measure, shared: int) -> bool:
    if new.value == old.value or new.unit != old.unit:
        return False
    if new.own and old.own and new.before and new.before[-1:] == old.before[-1:]:
        return True
    return len(new.around & old.around) >= shared


def _found_measures(text: str) -> Iterator[_Measure]:
    words = _words(text)
    stems = terms_in("english").of
    for at, value, unit in _numbers(words):
        near = words[max(0, at - _SPAN) : at] + words[at + 1 : at + 1 + _SPAN]
        around = frozenset(stem for other in near if not _NUMBER.fullmatch(other) for stem in stems(other))
        said_before = tuple(stem for other in words[max(0, at - _BEFORE) : at] for stem in stems(other))
        own = not _OWN.isdisjoint(words[max(0, at - _SPAN) : at])
        yield _Measure(value, unit, said_before, around - _TELLING_NOTHING - {unit}, own)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text.replace("’", "'"))]


def _numbers(words: list[str]) -> Iterator[tuple[int, str, str]]:
    """The numbers among some words: where each stands, how much it is, and of what."""
    for at, word in enumerate(words):
        found = _NUMBER.fullmatch(_COUNTS.get(word, word))
        if found and word != "one" and not _is_name(words, at):
            yield at, found[1].replace(",", ""), _unit(words, at, found[2])


def _is_name(words: list[str], at: int) -> bool:
    """Whether a number is part of a name rather than a value, as in `my Fitbit Charge 3 for 6 months`."""
    before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
    return (
        words[at].isdigit() and after in ("for", "is", "was") and before.isalpha() and before not in _AMOUNTS
    )


def _unit(words: list[str], at: int, attached: str) -> str:
    if attached and attached not in ("st", "nd", "rd", "th"):
        return attached
    if at and words[at - 1] in "£$€¥":
        return words[at - 1]
    if at and words[at - 1] in _MONTHS:
        return "date"
    return next((stem for word in words[at + 1 : at + 3] for stem in terms_in("english").of(word)), "")
