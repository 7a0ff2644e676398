"""Which language a text is in, told by its script and its commonest words."""

import re
from functools import cache

_COMMON = {
    "english": "the of and to in is that it was for on are with as his they be at this have from or "
    "had by what when where which who why how do did does you your my me i we she he her "
    "our not but an a has will would can there their been about all so just up out if no "
    "were them than then its some",
    "german": "der die das und ist in zu den mit von nicht ein eine auf für im dem sich des auch als "
    "es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über "
    "einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde wer was "
    "wann wo warum welche welcher ich wir mein meine mich mir du dein uns ihr hatte habe "
    "bin wenn kann",
    "spanish": "de la que el en y a los se del las un por con no una su para es al lo como más pero "
    "sus le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde "
    "quien desde todo nos qué cuándo dónde cómo quién cuál yo mi mis fue era está tengo he "
    "ha eres soy tu tus",
    "french": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce "
    "il sont avec son ses mais comme ou si leur y dont elle aux cette je nous vous mon ma "
    "mes tu quand où quel quelle pourquoi était été ai suis avons fait être",
    "italian": "di e il la che in un è per una non sono con del si le da dei come al lo gli della più "
    "ma ho ha nel anche io mi mio mia quando dove chi cosa perché era stato alla se su "
    "questo questa sei siamo",
    "portuguese": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi "
    "ao ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até "
    "isso ela entre era depois sem mesmo aos ter meu minha onde quem qual você",
    "dutch": "de het een en van ik te dat die in je is niet op zijn met voor er maar om heb ook als "
    "dan bij nog uit aan door over mijn was wat waar wanneer wie hoe we wij ze hij haar "
    "hebben heeft naar",
    "swedish": "och det att i en jag hon som han på den med var sig för så till är men ett om hade de "
    "av icke mig du henne då sin nu har inte hans honom skulle hennes där min vad när vem "
    "varför",
    "russian": "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой "
    "от так о для ты же все как бы до вы один мой был была были где когда кто почему его её "
    "меня мне нет",
    "arabic": "في من على إلى عن أن إن هذا هذه التي الذي كان كانت ما لا مع هو هي أنا نحن أنت كل قد لم "
    "لن ثم أو بعد قبل بين عند متى أين كيف لماذا هل ذلك تلك كما لكن منذ حتى و يا كم",
    "turkish": "ve bir bu da de için ile çok ne daha gibi ben sen o biz siz ama olarak var kadar en mi "
    "değil benim nerede ne zaman kim nasıl neden",
}
STEMMED = tuple(_COMMON)
UNSPACED = "unspaced"
_LOOKED_AT, _WORDS_LOOKED_AT = 2000, 200


@cache
def common_words(language: str) -> frozenset[str]:
    """The words too common in a language to tell texts apart."""
    return frozenset(_COMMON.get(language, "").split())


_LATIN = re.compile(r"[\x00-\u024F\u2010-\u2060]+")


def _script(text: str) -> str:
    arabic = cyrillic = unspaced = 0
    # What is left of a text without its Latin letters is little in most.
    for char in _LATIN.sub("", text):
        code = ord(char)
        arabic += 0x600 <= code < 0x780
        cyrillic += code < 0x530
        unspaced += is_unspaced(code)
    counts = {"arabic": arabic, "russian": cyrillic, UNSPACED: unspaced * 2}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] * 3 > len(text) else ""


def is_unspaced(code: int) -> bool:
    """Whether the character is of a script that writes words without spaces between them."""
    return (
        0x2E80 <= code < 0xA000
        or 0xAC00 <= code < 0xD7B0
        or 0xF900 <= code < 0xFB00
        or 0xE00 <= code < 0x1100
    )


@cache
def _languages_of() -> dict[str, tuple[str, ...]]:
    words = {word for name in STEMMED for word in common_words(name)}
    return {word: tuple(name for name in STEMMED if word in common_words(name)) for word in words}


def language_of(text: str, default: str = "english") -> str:
    """The language of a text; English when too little tells."""
    sample = text[:_LOOKED_AT].lower()
    if not sample.isascii() and (script := _script(sample)):
        return script
    counts = dict.fromkeys(STEMMED, 0)
    of = _languages_of()
    for word in sample.split()[:_WORDS_LOOKED_AT]:
        for name in of.get(word, ()):
            counts[name] += 1
    best = max(counts, key=lambda name: (counts[name], name == default))
    return best if counts[best] > counts.get(default, 0) else default
