"""Text to terms: words without endings, in the language of the text, without the words everybody uses."""

import re
from collections.abc import Callable
from functools import cache
from typing import cast

import Stemmer

from .cues import cue_of
from .languages import STEMMED, common_words, is_unspaced

_WORD = re.compile(r"[^\W_]+")
_CACHE_LIMIT = 200_000

# Words that carry no topic in English, beyond the commonest ones; contractions come apart at the apostrophe.
_EMPTY = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between
    both but by can could did do does doing don down during each few for from further had has have having he
    her here hers him his how i if in into is it its itself just me more most my myself no nor not now of off
    on once only or other our ours out over own s same she should so some such t than that the their theirs
    them then there these they this those through to too under until up very was we were what when where
    which while who whom why will with would you your yours yourself tell please know ll ve re d m isn wasn
    doesn didn won aren couldn wouldn shouldn hasn haven hadn""".split()
)

# Forms no stemmer joins: each form, then what it is a form of.
_IRREGULAR = """went gone:go bought:buy brought:bring thought:think caught:catch taught:teach sought:seek
fought:fight felt:feel found:find left:leave lost:lose met:meet paid:pay said:say
sold:sell sent:send slept:sleep spent:spend stood:stand told:tell understood:understand
won:win wrote written:write ate eaten:eat drove driven:drive rode ridden:ride rose
risen:rise began begun:begin drank drunk:drink sang sung:sing swam swum:swim ran:run
came:come became:become gave given:give took taken:take shook shaken:shake spoke
spoken:speak broke broken:break chose chosen:choose froze frozen:freeze stole stolen:steal
woke woken:wake wore worn:wear tore torn:tear grew grown:grow knew known:know threw
thrown:throw flew flown:fly drew drawn:draw saw seen:see fell fallen:fall forgot
forgotten:forget got gotten:get held:hold kept:keep led:lead built:build made:make
meant:mean heard:hear hid hidden:hide hung:hang laid:lay lent:lend lit:light bit
bitten:bite bent:bend bled:bleed bred:breed dealt:deal dug:dig fed:feed fled:flee
hurt:hurt shot:shoot shut:shut sat:sit spun:spin stuck:stick struck:strike swore
sworn:swear swept:sweep swung:swing wept:weep woven wove:weave children kids kid:child
men:man women:woman people persons:person feet:foot teeth:tooth mice:mouse geese:goose
wives:wife knives:knife shelves:shelf better best:good worse worst:bad bicycle bike bikes
bicycles:bike mom mum mommy mama mothers mother:mother dad daddy papa fathers
father:father photo photos picture pictures photograph photographs pic pics:photo tv
television televisions:television movie movies film films:movie vacation vacations holiday
holidays:vacation grandma granny grandmother:grandmother grandpa grandad
grandfather:grandfather phone phones telephone:phone favourite:favorite colour:color
colours:color neighbour:neighbor neighbours:neighbor theatre:theater centre:center
organise:organize organised:organize realise:realize realised:realize travelling
travelled:travel jewellery:jewelry grey:gray hobbies:hobby marriage married marry:marry
wedding weddings:wed died dies dying dead death:die born birth birthday birthdays:birth"""


def spelt(text: str) -> list[str]:
    """The words of a text as they are spelt, in lower case."""
    return _WORD.findall(text.lower())


@cache
def _forms() -> dict[str, str]:
    pairs: dict[str, str] = {}
    for group in re.findall(r"([^:]+):(\w+)", _IRREGULAR):
        pairs.update(dict.fromkeys(group[0].split(), group[1]))
    return pairs


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    return cast("Callable[[str], str]", Stemmer.Stemmer(language).stemWord)


class Terms:
    """The terms of texts in one language; remembers words it has met, up to a limit."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._stem = _stemmer(language if language in STEMMED else "english")
        self._skip = _EMPTY if language == "english" else common_words(language)
        self._forms = _forms() if language == "english" else {}
        self._known: dict[str, tuple[tuple[str, ...], int]] = {}

    def of(self, text: str) -> list[str]:
        """The terms of a text, in order, repeats included."""
        return self.read(text)[0]

    def read(self, text: str) -> tuple[list[str], int]:
        """The terms of a text, and the cues its words give."""
        found: list[str] = []
        seen = 0
        for word in spelt(text):
            terms, cue = self.learnt(word)
            found += terms
            seen |= cue
        return found, seen

    def learnt(self, word: str) -> tuple[tuple[str, ...], int]:
        """The terms and the cues of one word in lower case."""
        return self._known.get(word) or self._learn(word)

    def _learn(self, word: str) -> tuple[tuple[str, ...], int]:
        if len(self._known) >= _CACHE_LIMIT:
            self._known.clear()
        learnt = self._terms(word[:64]), cue_of(word)
        self._known[word] = learnt
        return learnt

    def _terms(self, word: str) -> tuple[str, ...]:
        if word in self._skip:
            return ()
        if word.isascii():
            return (self._stem(self._forms.get(word, word)),)
        if any(is_unspaced(ord(char)) for char in word):
            return _pieces(word)
        return (self._stem(word),)


def _pieces(word: str) -> tuple[str, ...]:
    """Pairs of characters where words are not set apart, whole runs elsewhere."""
    pieces: list[str] = []
    for run in re.findall(r"[\x00-\u024F]+|[^\x00-\u024F]+", word):
        if len(run) < 3 or ord(run[0]) < 0x250:
            pieces.append(run)
        else:
            pieces += [run[i : i + 2] for i in range(len(run) - 1)]
    return tuple(pieces)


@cache
def terms_in(language: str) -> Terms:
    """The one `Terms` of a language."""
    return Terms(language)
