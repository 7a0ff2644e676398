"""Who and what a sentence names, found by how names are written."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "thing"]

RELATIONS = frozenset(
    """mother mom mum father dad parent sister brother sibling son daughter child kid baby wife husband
    spouse partner fiance fiancee fiancé fiancée girlfriend boyfriend friend roommate flatmate
    housemate neighbour neighbor colleague coworker co-worker boss manager mentor teacher professor
    coach therapist doctor dentist lawyer landlord aunt uncle cousin niece nephew grandmother
    grandma grandfather grandpa stepmother stepfather stepsister stepbrother in-law ex classmate
    teammate client student assistant dog cat puppy kitten horse rabbit""".split()
)
_PERSON_VERBS = frozenset(
    """said says say told tells asked asks thinks thought loves loved likes liked wants wanted called
    calls texted emailed wrote replied suggested recommended agreed promised invited helped married
    born died works worked lives lived moved studies studied plays played turned graduated knows
    knew feels felt mentioned joked laughed smiled cried hugged""".split()
)
_BEFORE_PERSON = frozenset(
    """met told asked called texted emailed married hugged thanked invited named dear hey hi""".split()
)
_NOT_NAMES = frozenset(
    """i i'm i've i'll i'd im ive monday tuesday wednesday thursday friday saturday sunday january
    february march april may june july august september october november december spring summer
    autumn fall winter christmas easter thanksgiving halloween god gosh lord wow yes yeah no nope ok
    okay oh hey hi hello thanks thank please sorry well so and but or if when while because also
    however then now today tomorrow yesterday the a an this that these those my your his her its our
    their me you he she it we they who what where why how which there here not just really very as
    at by for from in into of off on out over to up with mr mrs ms dr prof miss sir madam lol omg
    btw fyi english tv pm am ps usa""".split()
)
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "miss", "sir", "aunt", "uncle", "captain", "lady"})
_LINKING = frozenset(
    {"of", "the", "de", "da", "del", "der", "den", "di", "la", "le", "von", "van", "y", "bin", "al"}
)
# What begins a sentence and ends like this is an adverb or a verb rather than a name.
_NO_NAME_ENDS = ("ly", "ing", "ed", "tion", "ness")
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_GAP = re.compile(r"\.? |-|\. ?")
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Mention:
    """A name as it is written, what it seems to be, and what relation is told of it ("" if none)."""

    name: str
    kind: Kind
    role: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return bare(self.text).lower()

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() and self.low not in _NOT_NAMES


def bare(word: str) -> str:
    """A word without its possessive."""
    return re.sub(r"['’]s?$", "", word)


def mentions(sentence: str, known: Callable[[str], bool]) -> Iterator[Mention]:
    """The names in a sentence, left to right; `known` tells which ones are filed already.

    A name that begins the sentence counts only if it is known, has several words, or does what people
    do; its mention is not `sure` where nothing but the capital letter speaks for it.
    """
    words = [_Word(found[0], found.start(), found.end()) for found in _WORD.finditer(sentence)]
    position = 0
    while position < len(words):
        end = _run(words, position, sentence)
        if end > position:
            found = _mention(words, position, end, known)
            if found:
                yield found
        position = max(end, position + 1)


def _run(words: list[_Word], start: int, sentence: str) -> int:
    """The end of the run of capitalised words that starts here."""
    if not words[start].capital:
        return start
    end = start + 1
    while end < len(words) and end - start < _MOST_WORDS and bare(words[end - 1].text) == words[end - 1].text:
        skip = end + 1 if words[end].low in _LINKING and end + 1 < len(words) else end
        between = sentence[words[end - 1].end : words[skip].start]
        linked = (
            between == " " or _GAP.fullmatch(between) if skip == end else between.strip() == words[end].text
        )
        if not words[skip].capital or not linked:
            break
        end = skip + 1
    return end


def _mention(words: list[_Word], start: int, end: int, known: Callable[[str], bool]) -> Mention | None:
    name = _spelt(words[start:end])
    role = _role(words, start, end)
    person = bool(role) or _acts(words, start, end)
    if known(name):
        return Mention(name, "person" if person else "thing", role)
    if len(name) < 2 or name.isupper():
        return None
    if start == 0 and end - start == 1 and (not person or words[0].low.endswith(_NO_NAME_ENDS)):
        return None
    return Mention(name, "person" if person else "thing", role, sure=person)


def _spelt(run: list[_Word]) -> str:
    return " ".join([*(word.text for word in run[:-1]), bare(run[-1].text)])


def _role(words: list[_Word], start: int, end: int) -> str:
    before = [word.low for word in words[max(0, start - 3) : start]]
    if before and before[-1] in {"named", "called"}:
        before.pop()
    if (
        len(before) >= 2
        and before[-1] in RELATIONS
        and before[-2] in _OWNERS | {"best", "old", "little", "older"}
    ):
        return before[-1]
    after = [word.low for word in words[end : end + 4]]
    if after and after[0] in {"is", "was"}:
        after.pop(0)
    if after and after[0] in {"my", "our"}:
        return next((word for word in after[1:3] if word in RELATIONS), "")
    return ""


_OWNERS = frozenset({"my", "our", "his", "her", "their", "your"})


def _acts(words: list[_Word], start: int, end: int) -> bool:
    if start and words[start - 1].low in _BEFORE_PERSON | _TITLES:
        return True
    after = [word.low for word in words[end : end + 2]]
    if after and after[0] in _PERSON_VERBS:
        return True
    return after[:2] == ["and", "i"] or words[start].low in _TITLES
