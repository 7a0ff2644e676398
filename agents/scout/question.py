"""What a question asks: its words and what they may also be called, whom it names, and its kind."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from ..dates import meant
from .groups import related
from .languages import common_words, language_of
from .words import terms_in

END = timedelta(days=31)
"""How near to the beginning or the end of a long time something belongs to it."""
_WORD = re.compile(r"[^\W_]+")
LONGEST = 20_000
_LONGEST_DATED = 2_000
MOST_WORDS = 300
"""Words of a question that are looked up; the rarest would do, the first are enough."""
IRRELEVANT = frozenset(
    terms_in("english").of(
        """mention mentioned discuss discussed discussing discussion conversation conversations talk talked
        chat said say tell ask asked remind remember share shared describe described according provide based
        previous earlier question answer list item items brought walk order aspects different various
        throughout help give want need think able like many much often long"""
    )
)
"""English words about the conversation itself rather than what was said in it."""


_PROPER = re.compile(r"(?<=[\w,;:] )[A-Z]\w+")
_ASSISTANT = re.compile(
    r"\byou\b.{0,40}\b(?:suggest|recommend|told|tell|mention|said|provid|gave|give|list|explain|advi|propos)|"
    r"\bour (?:previous|last|earlier)\b|\bprevious (?:chat|conversation)\b"
)
_LIVING = re.compile(r"\bfor a living\b", re.IGNORECASE)
_COUNT = re.compile(r"\bhow (?:many|much|often|long|old)\b|\bnumber of\b")
_TIME = re.compile(
    r"^\W*(?:since )?(?:when|how long|what (?:date|day|year|month|time)|which (?:day|year|month))\b"
)
_NOW = re.compile(
    r"\b(?:now|current(?:ly)?|these days|at present|at the moment|latest|most recent(?:ly)?|today|nowadays|"
    r"so far)\b|"
    r"^\W*how (?:much|many|old)\b.{0,60}\b(?:am|is|are|do|does|have|has)\b"
    r"(?!.*\b(?:been|ago|before|last|since)\b)"
)
_ORDER = re.compile(
    r"\b(?:in (?:what |which |chronological )?order|the order|chronolog\w*|over time|evolv\w+|"
    r"progress(?:ed|ion) of|"
    r"how (?:has|have|did|had) .{2,120} (?:chang|progress|develop|grow|grew)\w*|"
    r"(?:change|changes|differ\w*|grow|grew|rise|rose|fell?)\b.{0,80}\b(?:from|between)\b.{2,80}"
    r"\b(?:to|and|until)|"
    r"from .{2,60} (?:to|until) .{2,60})\b"
)


@dataclass(frozen=True, slots=True)
class Span:
    """From one day to another, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Question:
    """A question, taken apart."""

    text: str
    language: str = "english"
    words: tuple[str, ...] = ()
    """The terms asked for."""
    alike: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """For an asked term, the terms that may stand for it."""
    who: tuple[frozenset[str], ...] = ()
    """Those it names, first named first, each with all their names in lower case."""
    proper: frozenset[str] = field(default_factory=frozenset[str])
    """The asked terms that are names: written with a capital inside a sentence."""
    spans: tuple[Span, ...] = ()
    """The days it is about, if it says."""
    to_assistant: bool = False
    """It asks what the assistant said."""
    counts: bool = False
    """It asks how many or how much."""
    times: bool = False
    """It asks when."""
    now: bool = False
    """It asks for what holds today."""
    ordered: bool = False
    """It asks for an order of events, or for a beginning, so that old comes before new."""


def _people_in(text: str, names: Mapping[str, str]) -> tuple[frozenset[str], ...]:
    """The people a text names, first named first, each with all their names in lower case."""
    low = " ".join(["", *_WORD.findall(text.lower()), ""])
    found: dict[str, int] = {}
    for name, canonical in names.items():
        spelt = " ".join(_WORD.findall(name.lower()))
        at = low.find(f" {spelt} ") if spelt else -1
        if at >= 0:
            found[canonical] = min(at, found.get(canonical, at))
    called: dict[str, set[str]] = {canonical: {canonical.lower()} for canonical in found}
    for name, canonical in names.items():
        if canonical in called:
            called[canonical].add(name.lower())
    return tuple(
        frozenset(called[canonical]) for canonical in sorted(found, key=lambda name: (found[name], name))
    )


def _spans(text: str, today: date, *, ends: bool) -> tuple[Span, ...]:
    """The times a question is about; of a long one that something changed over, only its two ends."""
    found: list[Span] = []
    for when in meant(text[:_LONGEST_DATED], today):
        if ends and when.last - when.first > 2 * END:
            found += [Span(when.first, when.first + END), Span(when.last - END, when.last)]
        else:
            found.append(Span(when.first, when.last))
    return tuple(found)


def take_apart(text: str, today: date, names: Mapping[str, str], languages: Collection[str]) -> Question:
    """Take a question apart, for a memory in these languages."""
    text = text[:LONGEST]
    own = language_of(text)
    asked = list(dict.fromkeys(terms_in(own).of(_LIVING.sub("for work", text))))[:MOST_WORDS]
    content = asked if own != "english" else [term for term in asked if term not in IRRELEVANT] or asked
    alike: dict[str, tuple[str, ...]] = {}
    if own == "english":
        alike = {term: tuple(sorted(related(term) - set(content))) for term in content}
    for language in sorted(set(languages) - {own}):
        common = common_words(own)
        for word in dict.fromkeys(_WORD.findall(text.lower())):
            if word in common or not (terms := terms_in(own).of(word)):
                continue
            others = tuple(term for term in terms_in(language).of(word) if term not in content)
            alike[terms[0]] = (*alike.get(terms[0], ()), *others)
    low = text.lower()
    return Question(
        text=text,
        language=own,
        words=tuple(content),
        alike={term: others for term, others in alike.items() if others and term in content},
        who=_people_in(text, names),
        proper=frozenset(terms_in(own).of(" ".join(_PROPER.findall(text))))
        if own == "english"
        else frozenset(),
        spans=_spans(text, today, ends=bool(_ORDER.search(low))),
        to_assistant=bool(_ASSISTANT.search(low)),
        counts=bool(_COUNT.search(low)),
        times=bool(_TIME.search(low)),
        now=bool(_NOW.search(low)),
        ordered=bool(_ORDER.search(low)),
    )
