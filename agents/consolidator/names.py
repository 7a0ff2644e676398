"""Names as they are compared: words without titles, and how two of them may mean the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import OSA

from .nicknames import is_common, same_given

_MALE = frozenset("mr sir lord master monsieur uncle king prince herr mister father brother".split())
_FEMALE = frozenset(
    "mrs ms miss lady madame madam mme mlle aunt queen princess frau mother sister dame".split()
)
_RANKS = frozenset(
    """dr doctor prof professor captain capt colonel col major general lieutenant lt sergeant admiral rev
    reverend judge inspector mx st saint""".split()
)
_TITLES = _MALE | _FEMALE | _RANKS
_SPELT = {"doctor": "dr", "professor": "prof", "capt": "captain", "col": "colonel", "reverend": "rev"}
_ARTICLES = frozenset("the a an my her his our dear dearest".split())
_SUFFIXES = frozenset("jr sr ii iii iv junior senior".split())
_SUFFIX_SPELT = {"junior": "jr", "senior": "sr"}
_NUMBERS = frozenset("first second third fourth fifth sixth one two three four five".split())

_INDEFINITE = frozenset({"a", "an"})
_DESCRIBING = frozenset(
    "the a an in of at on with from her his my dear dearest poor old young little big elder younger".split()
)

# An initial, and no article.
_DOTTED = re.compile(r"\s*[Aa]n?\.")

_ROUND = re.compile(r"\(([^()]*)\)")
_APOSTROPHE = re.compile(r"['’`´]")
_WORD = re.compile(r"[a-z]+|[0-9]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])")
_PREFIXES = frozenset("mc mac de la le du van o fitz di da".split())
_SHORTEST_TYPO = 5
_SHORTEST_HANDLE = 5


class Kind(StrEnum):
    """How two names come to mean the same, the surest first."""

    EQUAL = "the same name"
    SWAPPED = "the same words in another order"
    HANDLE = "one is the other run together or cut short"
    MIDDLE = "the same but for a middle name"
    NICKNAME = "short and full given name, the same surname"
    INITIAL = "an initial and the given name, the same surname"
    LONGER = "the other with one more surname"
    OFFICE = "the same but for a title of office"
    RARE_GIVEN = "the given name of the other, a rare one"
    SURNAME = "the surname of the other"
    TYPO = "one letter apart"
    SOME = "the same, but one is anybody of that kind"
    QUALIFIED = "the same but for what stands in brackets"
    TITLE = "the same but for a title"
    TITLED_PART = "a title with one word of the other"
    GIVEN = "a common word of the other"
    SHORT = "short and full given name alone"


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart; words are plain lower-case letters.

    `words` are those of the name proper, `compact` the same run together with its digits, `handle` tells
    that it was written as one run, `qualifier` is what stood in brackets, `told` that it describes somebody
    rather than names them, `some` that it does so as somebody not known yet ("an old woman").
    """

    raw: str
    words: tuple[str, ...]
    compact: str
    titles: frozenset[str] = frozenset()
    suffix: str = ""
    qualifier: str = ""
    handle: bool = False
    told: bool = False
    some: bool = False

    @property
    def letters(self) -> str:
        """The name run together, without digits."""
        return "".join(word for word in self.words if word.isalpha())

    @property
    def last(self) -> str:
        """The last word."""
        return self.words[-1] if self.words else ""

    @property
    def gender(self) -> str:
        """What the titles tell: "m", "f", or ""."""
        return "m" if self.titles & _MALE else "f" if self.titles & _FEMALE else ""

    def handles(self) -> Iterator[str]:
        """What people make of a name of several words where it must be one run."""
        words = [word for word in self.words if word.isalpha()]
        if len(words) < 2 or self.handle:
            return
        first, last, middle = words[0], words[-1], "".join(word[0] for word in words[1:-1])
        yield from (first + last, first[0] + last, first[0] + middle + last, first + last[0], last + first)
        yield from (last + first[0], last + first[0] + middle, first + middle + last)


@lru_cache(maxsize=65_536)
def parsed(raw: str) -> Name:
    """Take a name apart."""
    qualifier = ""
    found = _ROUND.search(raw)
    if found and (bare := _ROUND.sub(" ", raw).strip()):
        # A name in another script with its spelling in brackets is known by the spelling.
        foreign = not any(char.isascii() and char.isalpha() for char in bare) and not _decorated(bare)
        raw, qualifier = (found[1], "") if foreign else (bare, _plain(found[1]))
    handle = not any(char.isspace() for char in raw.strip())
    spelled = _words(raw, handle=handle)
    told = not _DESCRIBING.isdisjoint(spelled[1:] if _DOTTED.match(raw) else spelled)
    words, titles, suffix = _taken_apart(spelled, articles=not _DOTTED.match(raw))
    some = len(spelled) > 1 and spelled[0] in _INDEFINITE and not _DOTTED.match(raw)
    return Name(raw, words, "".join(words), titles, suffix, qualifier, handle, told, some)


def kinds(one: Name, other: Name) -> Kind | None:
    """How two names may mean the same; None if they do not look it, or cannot."""
    if clash(one, other) or not one.words or not other.words:
        return None
    if one.compact == other.compact:
        return _of_equal(one, other)
    if sorted(one.words) == sorted(other.words):
        return Kind.SWAPPED
    short, full = sorted((one, other), key=lambda name: (len(name.words), len(name.compact)))
    return _of_handle(one, other) or _of_full(short, full) or _of_part(short, full) or _of_typo(one, other)


def clash(one: Name, other: Name) -> str:
    """Why two names cannot be one person's, or ""."""
    if one.gender and other.gender and one.gender != other.gender:
        return "their titles differ"
    if {"mrs", "miss"} <= one.titles ^ other.titles and one.titles and other.titles:
        return "their titles differ"
    if one.suffix != other.suffix and one.suffix and other.suffix:
        return "one is the elder"
    if one.qualifier and other.qualifier and one.qualifier != other.qualifier:
        return "what stands in brackets differs"
    if len(one.words) < 2 or len(other.words) < 2 or one.handle or other.handle:
        return ""
    if {*one.words} & _NUMBERS != {*other.words} & _NUMBERS:
        return "they are numbered differently"
    if sorted(one.words) == sorted(other.words):
        return ""
    return _clash_of_full(one, other)


def _clash_of_full(one: Name, other: Name) -> str:
    same_last = _near(one.last, other.last)
    given = _given_fits(one.words[0], other.words[0])
    if same_last and not given:
        return "their given names differ"
    if given and not same_last and not _begins(one, other):
        return "their surnames differ"
    if same_last and given and not _middles_fit(one.words[1:-1], other.words[1:-1]):
        return "their middle names differ"
    return ""


def _of_equal(one: Name, other: Name) -> Kind | None:
    if one.titles != other.titles:
        return _of_titled(one, other)
    if one.suffix != other.suffix:
        return None
    if one.some != other.some:
        return Kind.SOME
    return Kind.EQUAL if one.qualifier == other.qualifier else Kind.QUALIFIED


def _of_titled(one: Name, other: Name) -> Kind | None:
    """One has a title: that of an office is one person's, one of courtesy is that of a whole family."""
    if (one.titles and other.titles) or one.suffix != other.suffix or one.qualifier != other.qualifier:
        return None
    office = one.titles | other.titles <= _RANKS and not (one.told or other.told)
    return Kind.OFFICE if office else Kind.TITLE


def _of_handle(one: Name, other: Name) -> Kind | None:
    run, full = (one, other) if one.handle else (other, one)
    if not run.handle or full.handle or len(run.letters) < _SHORTEST_HANDLE or run.raw.istitle():
        return None
    return Kind.HANDLE if run.letters in set(full.handles()) else None


def _of_full(short: Name, full: Name) -> Kind | None:
    """Both have a given name and a surname."""
    if len(short.words) < 2 or one_title(short, full) is False:
        return None
    first, other = short.words[0], full.words[0]
    if short.last != full.last:
        return Kind.LONGER if _begins(short, full) else None
    if not _middles_fit(short.words[1:-1], full.words[1:-1]):
        return None
    if first == other:
        return Kind.MIDDLE
    if len(first) == 1 or len(other) == 1:
        return Kind.INITIAL if first[0] == other[0] else None
    return Kind.NICKNAME if same_given(first, other) else None


def _of_part(short: Name, full: Name) -> Kind | None:
    """One word, and a name that holds it."""
    if len(short.words) != 1 or len(short.compact) < 2:
        return None
    word = short.words[0]
    if len(full.words) == 1:
        return Kind.SHORT if same_given(word, full.words[0]) and word != full.words[0] else None
    if word not in (full.words[0], full.last):
        return Kind.GIVEN if same_given(word, full.words[0]) else None
    if short.titles:
        return Kind.TITLED_PART
    if is_common(word) or word in _NUMBERS or short.told or full.told:
        return Kind.GIVEN
    return Kind.SURNAME if word == full.last else Kind.RARE_GIVEN


def _of_typo(one: Name, other: Name) -> Kind | None:
    if len(one.words) != len(other.words) or one.titles != other.titles:
        return None
    apart = [(a, b) for a, b in zip(one.words, other.words, strict=True) if a != b]
    if len(apart) != 1 or min(len(apart[0][0]), len(apart[0][1])) < _SHORTEST_TYPO:
        return None
    return Kind.TYPO if OSA.distance(*apart[0], score_cutoff=1) <= 1 and apart[0][0].isalpha() else None


def one_title(one: Name, other: Name) -> bool:
    """Whether the titles of two names go together."""
    return not one.titles or not other.titles or bool(one.titles & other.titles)


def _near(one: str, other: str) -> bool:
    return one == other or (
        min(len(one), len(other)) >= _SHORTEST_TYPO and OSA.distance(one, other, score_cutoff=1) <= 1
    )


def _given_fits(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    return _near(one, other) or same_given(one, other)


def _middles_fit(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return True
    pairs = zip(one, other, strict=False)
    return all(a == b or (1 in (len(a), len(b)) and a[0] == b[0]) for a, b in pairs)


def _begins(one: Name, other: Name) -> bool:
    short, full = sorted((one, other), key=lambda name: len(name.words))
    return len(short.words) >= 2 and full.words[: len(short.words)] == short.words


def _words(raw: str, *, handle: bool) -> list[str]:
    spelled = _APOSTROPHE.sub("", raw.strip().lstrip("@"))
    head, comma, tail = spelled.partition(",")
    if comma and tail.strip() and "," not in tail and _plain(tail) not in _SUFFIXES:
        spelled = f"{tail} {head}"
    spelled = anyascii(spelled)
    if handle:
        spelled = _joined_prefixes(_HUMP.sub(" ", spelled)) if _HUMP.search(spelled) else spelled
        spelled = re.sub(r"[-_]", " ", spelled)
    else:
        spelled = spelled.replace("-", "")
    return _WORD.findall(spelled.casefold())


def _joined_prefixes(text: str) -> str:
    words = text.split(" ")
    return " ".join(words) if words[0].casefold() not in _PREFIXES else "".join(words)


def _taken_apart(words: list[str], *, articles: bool) -> tuple[tuple[str, ...], frozenset[str], str]:
    while articles and len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    titles: set[str] = set()
    while len(words) > 1 and (words[0] in _TITLES or (articles and words[0] in _ARTICLES)):
        titles |= {_SPELT.get(words[0], words[0])} - _ARTICLES
        words = words[1:]
    suffix = ""
    if len(words) > 1 and words[-1] in _SUFFIXES:
        suffix = _SUFFIX_SPELT.get(words[-1], words[-1])
        words = words[:-1]
    return tuple(words), frozenset(titles), suffix


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(anyascii(text).casefold()))


def _decorated(text: str) -> bool:
    """Whether letters are Latin ones with marks rather than another script."""
    return all(len(anyascii(char)) <= 2 and ord(char) < 0x250 for char in text if char.isalpha())
