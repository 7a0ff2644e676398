"""The themes a statement belongs to, by the plain words people use for them."""

import re
from functools import cache

# One word here files a statement under a theme, so only words that hardly mean anything else.
_WORDS = {
    "work": """job jobs work works worked working workplace office boss manager coworker coworkers colleague
    colleagues career promotion promoted hired fired salary employer company startup client clients interview
    resign resigned retire retired freelance project deadline business""",
    "home": """apartment flat house moved move moving rent landlord mortgage neighborhood neighbourhood
    roommate roommates furniture renovation kitchen garden hometown live lives lived living""",
    "health": """doctor hospital therapy therapist surgery illness sick allergy allergic allergies medicine
    medication diagnosis diagnosed symptoms pain injury injured sleep insomnia anxiety depression dentist
    pregnant diet vegetarian vegan blood weight headache migraine""",
    "food": """restaurant recipe recipes cook cooking cooked bake baking baked dinner lunch breakfast meal
    meals vegetarian vegan coffee cuisine gluten pescatarian meat""",
    "family": """mother mom mum father dad parents sister brother son daughter kids children husband wife
    grandmother grandma grandfather grandpa aunt uncle cousin niece nephew wedding married engaged divorce
    divorced baby""",
    "travel": """trip trips travel traveled travelled traveling travelling flight flights hotel vacation
    holiday airport passport visa abroad roadtrip cruise camping itinerary""",
    "money": """money salary rent mortgage loan debt budget savings invest invested investment bank tax taxes
    insurance pension worth paid""",
    "learning": """school college university degree course courses class classes exam exams study studying
    studied thesis professor student scholarship certificate certification lesson lessons tutor graduate
    graduated language""",
    "hobbies": """hobby hobbies painting paint pottery guitar piano violin music band concert photography
    hiking running marathon yoga gym swimming cycling climbing soccer football basketball tennis reading book
    books novel movie movies film series game games gaming knitting gardening dancing drawing chess""",
    "pets": """dog dogs cat cats puppy kitten pet pets rabbit parrot hamster vet""",
}
_WORD = re.compile(r"[a-z]+")


def themes(sentence: str) -> tuple[str, ...]:
    """The themes a sentence touches, in the order of its words; English only."""
    known = _themes_by_word()
    found = (theme for word in _WORD.findall(sentence.lower()) for theme in known.get(word, ()))
    return tuple(dict.fromkeys(found))


@cache
def _themes_by_word() -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for theme, words in _WORDS.items():
        for word in words.split():
            known[word] = (*known.get(word, ()), theme)
    return known
