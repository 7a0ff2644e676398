"""What a text shows without a question: whether it asks, tells of its speaker, counts, or tells a time."""

ASKS, OWN, COUNTS, TIMES = 1, 2, 4, 8
CUE_BITS = 4

_OWN = frozenset("i my we our me mine ich mein meine wir yo mi mis je mon ma nous 我".split())
_COUNT = frozenset("one two three four five six seven eight nine ten dozen".split())
_TIME = frozenset(
    "yesterday today tomorrow tonight last next ago since recently soon week weeks month months year "
    "years weekend night morning monday tuesday wednesday thursday friday saturday sunday january "
    "february march april may june july august september october november december".split()
)
_ENDS = ("?", "？", "؟")


def cue_of(word: str) -> int:
    """The cues that one word in lower case gives, as bits."""
    number = word[:1].isdigit()
    year = number and len(word) == 4 and word.isdigit()
    return (
        OWN * (word in _OWN or word.startswith("我"))
        | COUNTS * (number or word in _COUNT)
        | TIMES * (year or word in _TIME)
    )


def asks(text: str) -> bool:
    """Whether a text ends in a question."""
    return text.rstrip().endswith(_ENDS)
