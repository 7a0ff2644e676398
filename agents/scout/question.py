"""What a question asks: its words and what they may also be called, whom it names, and its kind."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .groups import related
from .languages import language_of
from .words import terms_in

_WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 300
"""Words of a question that are looked up; the rarest would do, the first are enough."""
IRRELEVANT = frozenset(
    terms_in("english").of(
        """mention mentioned discuss discussed discussing discussion conversation conversations talk talked chat
        said say tell ask asked remind remember share shared describe described according provide based
        previous earlier question answer list item items brought walk order aspects different various
        throughout help give want need think able like"""
    )
)
"""English words about the conversation itself rather than what was said in it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, taken apart."""

    text: str
    words: Mapping[str, float]
    """Each term asked for and what it weighs: 1 as asked, less for what it may also be called."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Terms that stand next to each other."""
    who: frozenset[str] = field(default_factory=frozenset[str])
    """The people named, by canonical name, in lower case."""


def _names_in(text: str, names: Mapping[str, str]) -> frozenset[str]:
    low = " ".join(["", *_WORD.findall(text.lower()), ""])
    return frozenset(canon.lower() for name, canon in names.items() if name and f" {name.lower()} " in low)


def take_apart(
    text: str, names: Mapping[str, str], languages: Collection[str], group_weight: float
) -> Question:
    """Take a question apart, for a memory in these languages."""
    own = language_of(text)
    weights: dict[str, float] = {}
    asked = terms_in(own).of(text[:20_000])[:MOST_WORDS]
    content = [term for term in asked if own != "english" or term not in IRRELEVANT] or asked
    for term in content:
        weights[term] = 1.0
    for language in sorted(set(languages) - {own}):
        for term in terms_in(language).of(text[:20_000])[:MOST_WORDS]:
            if term not in IRRELEVANT:
                weights.setdefault(term, 1.0)
    if own == "english":
        for term in content:
            for other in related(term):
                weights.setdefault(other, group_weight)
    pairs = tuple(dict.fromkeys((a, b) for a, b in zip(content, content[1:], strict=False) if a != b))
    return Question(text, weights, pairs, _names_in(text, names))
