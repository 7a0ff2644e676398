"""Whether a session really says what a model says it says, where, and when it was so."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property

from ...ontologies.statement import first_day, is_when, last_day, sort_key
from ..catalogue import normal
from ..dates import find, statement_date
from ..rules.sentences import is_question, is_small_talk, sentences
from ..scout.languages import language_of
from ..scout.words import terms_in
from .heard import Said

_SHARE = 0.6
"""How many of a statement's telling words the turn or its neighbours must hold."""
_SHARE_ELSEWHERE = 0.8
"""The same for a turn that the model did not cite."""
_SHARE_OF_GIST = 0.5
_SHARE_OF_SENTENCE = 0.3
"""How many of a statement's words its sentence must hold for the sentence's date to be its own."""
_FEW_WORDS = 6
"""A turn this short may answer the one before it with a bare yes."""
_LIGHT = "go be get make take become start begin say tell mention plan about"
"""Words that another often stands for and that tell little by themselves."""
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_COUNT = {name: str(at) for at, name in enumerate(_NUMBERS)} | {"twelv": "12"}
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
# What tells a reader of the memory what to do is no fact about anybody.
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|above|earlier|all|your|these)\b"
    r".{0,30}\b(?:instructions?|rules?|prompts?|guidelines?)\b|\b(?:ignore|disregard)\b.{0,20}\babove\b|"
    r"\b(?:system|developer) (?:prompt|mode|message)\b|"
    r"\bwhen(?:ever)? (?:you(?:['’]re| are)? )?(?:ever )?asked\b",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:\w+://|www\.)[^\s)>\]\"']+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w'’-])[^\W\d_a-z][\w'’-]*")
_WORD = re.compile(r"[^\W_]+")


class Evidence:
    """All turns of a session, asked what they bear out."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = {one.number: one for one in said}
        self._terms = terms_in(language_of("\n".join(one.text for one in said)))
        self._of: dict[int, frozenset[str]] = {}

    def terms(self, text: str) -> frozenset[str]:
        """The telling words of a text, without their endings; numbers as digits."""
        return frozenset(_COUNT.get(term, term) for term in self._terms.of(text))

    def turn(self, number: int) -> Said | None:
        """A turn by its number."""
        return self._said.get(number)

    def names(self, name: str) -> bool:
        """Whether the session says a name, or one of its speakers bears it."""
        return bool(normal(name)) and f" {_spaced(name)} " in self._all

    def tells(self, text: str, share: float = _SHARE_OF_GIST) -> bool:
        """Whether the session as a whole holds enough of a text's words."""
        needed = self.terms(text)
        return bool(needed) and len(needed & self._all_terms) >= share * len(needed) and self._cites(text)

    def place(self, statement: str, cited: int, names: Iterable[str]) -> int | None:
        """The turn that bears a statement out: the cited one, else the best; None if there is none.

        An assistant's turn bears nothing out by itself, and a question, small talk or an order is no fact.
        """
        if is_question(statement) or is_small_talk(statement) or _ORDER.search(statement):
            return None
        known = frozenset(term for name in names for term in self.terms(name))
        turns = [number for number, one in self._said.items() if one.stated and one.text]
        wanted = self.terms(statement)
        near = sorted(turns, key=lambda number: (number != cited, -len(wanted & self._in(number)), number))
        return next((n for n in near[:3] if self._bears_out(statement, n, known, n == cited)), None)

    def best(self, statement: str) -> int:
        """The turn that shares most words with a statement; the first one if none shares any."""
        wanted = self.terms(statement)
        told = [number for number, one in self._said.items() if one.text] or [1]
        shared = {number: len(wanted & self._in(number)) for number in told}
        best = max(told, key=lambda number: (shared[number], self._said[number].stated, -number), default=1)
        return best if shared.get(best) else 1

    def when(self, raw: str, statement: str, number: int, today: date) -> str:
        """The event date of a statement: as the model has it where the words allow, else as they say."""
        said = self._said[number]
        day = said.moment.date().isoformat()
        told = self._sentence_date(statement, said)
        given = raw if is_when(raw) and raw != "-" else statement_date(raw, said.moment) if raw else ""
        if given and any(_within(given, other) for other in self._dates(number)):
            told = given
        if told and _begins(told) > max(today, said.moment.date()):
            told = self._earlier(statement, said) or told
        return told or (given if given and _within(given, day) else day)

    def _bears_out(self, statement: str, number: int, known: frozenset[str], cited: bool) -> bool:
        text = self._undated(statement, number)
        needed = self.terms(text) - known - self.terms(_LIGHT)
        if not needed:
            return bool(self.terms(statement) & self._in(number))
        own = needed & self._in(number)
        near = [n for n in (number - 1, number + 1) if n in self._said]
        people = needed & frozenset[str]().union(*(self._in(n) for n in near if self._said[n].stated)) - own
        # A bare "yes" bears out what was asked; beside words of one's own an assistant's count half.
        answers = len(self._said[number].text.split()) <= _FEW_WORDS
        asked = needed & self._asked_before(number) - own - people if answers else frozenset[str]()
        before = needed & self._in(number - 1) - own - people - asked if own else frozenset[str]()
        told = len(own) + len(people) + len(asked) + len(before) / 2
        if not own | asked:
            return False
        window = "\n".join(self._said[n].text for n in (number, *near))
        spare = 1 if cited and len(needed) > 1 else 0
        share = _SHARE if cited else _SHARE_ELSEWHERE
        return told >= min(share * len(needed), len(needed) - spare) and self._cites(text, window, known)

    def _asked_before(self, number: int) -> frozenset[str]:
        said = self._said.get(number - 1)
        asked = [text for _, _, text in sentences(said.text) if is_question(text)] if said else []
        return self.terms(" ".join(asked))

    def _cites(self, text: str, source: str = "", known: frozenset[str] = frozenset()) -> bool:
        """Whether numbers, addresses and names of a text were said."""
        source = source or self._text
        there = {found.replace(",", "") for found in _NUMBER.findall(source)}
        there |= {_COUNT[word] for word in _WORD.findall(source.lower()) if word in _COUNT}
        numbers = {found.replace(",", "") for found in _NUMBER.findall(text)}
        loose = {found[0] for found in _NAME.finditer(text) if found.start()}
        return (
            numbers <= there | known
            and all(url in source for url in _URL.findall(text))
            and all(self._says(name, known) for name in loose)
        )

    def _says(self, word: str, known: frozenset[str]) -> bool:
        bare = re.sub(r"['’]s?$", "", word)
        terms = self.terms(bare)
        return self.names(bare) or not terms or bool(terms & (known | self._all_terms))

    def _undated(self, statement: str, number: int) -> str:
        """A statement without the dates in it that the session speaks of, too."""
        said = self._said[number]
        dates = [*self._dates(number), said.moment.date().isoformat()]
        for when in reversed(find(statement, said.moment)):
            told = f"{when.first.isoformat()}/{when.last.isoformat()}" if not when.open else ""
            if when.open or any(_overlap(told, other) for other in dates):
                statement = statement[: when.start] + " " + statement[when.end :]
        return statement

    def _dates(self, number: int) -> list[str]:
        near = (self._said[n] for n in (number, number - 1, number + 1) if n in self._said)
        return [w.event_date() for one in near for w in find(one.text, one.moment) if not w.open]

    def _sentence_date(self, statement: str, said: Said) -> str:
        sentence = self.sentence(statement, said)
        return statement_date(sentence, said.moment) if sentence else ""

    def _earlier(self, statement: str, said: Said) -> str:
        """A date that has come already, where the sentence tells one beside one that has not."""
        found = find(self.sentence(statement, said), said.moment)
        past = [when for when in found if not when.open and when.first <= said.moment.date()]
        return min(past, key=lambda when: when.last - when.first).event_date() if past else ""

    def sentence(self, statement: str, said: Said) -> str:
        """The sentence of a turn that a statement was made of; "" if none is like it."""
        wanted = self.terms(statement)
        told = [text for _, _, text in sentences(said.text)]
        terms = {text: self.terms(text) for text in told}
        best = max(told, key=lambda text: self._likeness(wanted, terms[text]), default="")
        return best if best and len(wanted & terms[best]) >= _SHARE_OF_SENTENCE * len(wanted) else ""

    def _likeness(self, wanted: frozenset[str], told: frozenset[str]) -> tuple[int, float]:
        shared = len(wanted & told)
        return shared, shared / (len(told) or 1)

    def _in(self, number: int) -> frozenset[str]:
        if number not in self._of:
            said = self._said.get(number)
            self._of[number] = self.terms(said.text) if said else frozenset()
        return self._of[number]

    @cached_property
    def _text(self) -> str:
        return "\n".join(f"{one.speaker}: {one.text}" for one in self._said.values())

    @cached_property
    def _all(self) -> str:
        return f" {_spaced(self._text)} "

    @cached_property
    def _all_terms(self) -> frozenset[str]:
        return self.terms(self._text)


def _spaced(text: str) -> str:
    return " ".join(_WORD.findall(normal(text)))


def _begins(when: str) -> date:
    return first_day(when.partition("/")[0]) or date.min


def _span(when: str) -> tuple[date, date] | None:
    start, _, end = when.partition("/")
    first, last = first_day(start), last_day(end or start)
    return (first, last) if first and last and sort_key(start) else None


def _within(inner: str, outer: str) -> bool:
    one, other = _span(inner), _span(outer)
    return one is not None and other is not None and other[0] <= one[0] and one[1] <= other[1]


def _overlap(one: str, two: str) -> bool:
    first, second = _span(one), _span(two)
    return first is not None and second is not None and first[0] <= second[1] and second[0] <= first[1]
