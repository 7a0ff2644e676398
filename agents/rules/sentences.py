"""The sentences of a turn, where each stands in it, and which of them say nothing to remember."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Protocol, cast

LONGEST = 600
# nupunkt reads a stretch of this size at a time, so that a turn of megabytes costs what its parts cost.
STRETCH = 20_000

BLOCK = re.compile(r"(?m)^[ \t]*(```|~~~)[^\n]*(?:\n|\Z)")
CLOSED = {fence: re.compile(rf"\n[ \t]*{fence}[ \t]*(?=\r?\n|$)") for fence in ("```", "~~~")}
LINE = re.compile(r"[^\n\r\u2028\u2029]+")
MARKER = re.compile(r"\s*(?:>\s*)*(?:#{1,6}\s+|(?:[-*+•‣–]|\d{1,3}[.)]|\(?[a-z]\))\s+(?:\[[ xX]\]\s+)?)?")
ENDER = re.compile(r"[.!?…][\"'”’)\]*]*\s+\S|[。！？]")
WIDE_END = re.compile(r"[。！？]+[」』”’）]*")
# nupunkt keeps "so cool! we went" together; an exclamation or question mark before a space always ends here.
SHOUT = re.compile(r"(?<=[!?])\s+(?=[^\s.!?,;:)\]])|(?<=[!?][\"'”’)\]])\s+(?=[^\sa-z.!?,;:)\]])")
CLAUSE = re.compile(r"[;:]\s+|\s[-–—]\s|,\s+(?=(?:and|but|because|so|which|while|then|or)\s)")
SOFTER = (CLAUSE, re.compile(r",\s+"), re.compile(r"\s+"))
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COURTESIES = _words(
    "hi hello hey heya hiya yo greetings morning afternoon evening night bye goodbye cheers welcome "
    "thanks thank thx ty please sorry congrats congratulations kudos"
)
REACTIONS = _words(
    "wow whoa woah yay haha hahaha lol lmao omg oh ooh ah aw aww hmm yeah yep yes yup no nope nah ok "
    "okay sure right true indeed exactly absolutely definitely totally agreed cool great awesome "
    "amazing nice sweet good wonderful fantastic lovely incredible beautiful fine perfect interesting "
    "impressive exciting excited inspiring glad happy proud appreciate fun woohoo gosh wonder kidding "
    "surprise worries problem"
)
# What people ask and wish one another in passing.
PASSING = _words(
    "see talk chat hear catch take care later soon long time again luck hope hoping doing going been "
    "day week weekend wait guess know feel feeling keep work up new life things everything anything "
    "well back safe let have know"
)
FUNCTION = _words(
    "a an the this that these those it its is are am was were be do does did has had i you he she we "
    "they me him her us them my your his our their what how who where when why which to of in on at for "
    "with about from and or but so as if too very really just quite much more most such all there here "
    "now not can could would will should must sounds sound looks look seems seem way like one always "
    "even still then than any some say said man dude guys i'm i've i'd i'll you're you've you'd it's "
    "it'd that's that'd he's she's we're we've they're what's how's who's there's let's don't doesn't "
    "didn't isn't can't couldn't won't wouldn't what've"
)
EMPTY = COURTESIES | REACTIONS | PASSING | FUNCTION
TELLING = COURTESIES | REACTIONS
ASKING = re.compile(
    r"(?:(?:and|so|but|ok|okay|hey|hi|well|oh),?\s+)?(?:"
    r"(?:who|what|when|where|why|how|which|whose)(?:'s|'re|'ve|'d)?\s+(?:\w+\s+){0,3}?(?:is|are|was|were|do|does|did|can|could|"
    r"will|would|should|have|has|had|am)\s+(?:i|you|he|she|it|we|they|there|this|that|the|your|my|his|her|our|their)\b"
    r"|(?:what's|how's|who's|where's|how about|what about|how come)\b"
    r"|(?:do|does|did|is|are|was|were|can|could|will|would|should|have|has|had|am|don't|didn't|isn't|aren't|can't|won't)\s+"
    r"(?:i|you|he|she|it|we|they|there|this|that|anyone|anybody|your|my)\b)",
    re.IGNORECASE,
)
CLOSING = re.compile(r"[\s\"'”’)\]*_]+$")
ASIDE = re.compile(r"\s*\[[^\[\]]*\]\s*$")


class _Nupunkt(Protocol):
    def sent_spans(self, text: str) -> list[tuple[int, int]]: ...


@cache
def _nupunkt() -> _Nupunkt:
    # Imported at the first long line: its model takes longer to load than everything here.
    return cast("_Nupunkt", import_module("nupunkt"))


def sentences(text: str) -> tuple[tuple[int, int, str], ...]:
    """Cut a turn into its sentences: where each starts and ends, and its words."""
    return tuple((start, end, text[start:end]) for start, end in _spans(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for start, end, whole in _blocks(text):
        if whole:
            yield from _trimmed(text, start, end)
            continue
        for line in LINE.finditer(text, start, end):
            yield from _line(text, *line.span())


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Prose and fenced code in turn; a fence that is never closed is prose."""
    done = 0
    unclosed: set[str] = set()
    for opening in BLOCK.finditer(text):
        fence = opening[1]
        if opening.start() < done or fence in unclosed:
            continue
        closing = CLOSED[fence].search(text, opening.end() - 1)
        if closing is None:
            unclosed.add(fence)
            continue
        yield done, opening.start(), False
        done = closing.end()
        yield opening.start(), done, True
    yield done, len(text), False


def _line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    marker = MARKER.match(text, start, end)
    start = marker.end() if marker else start
    if not ENDER.search(text, start, end):
        yield from _short_enough(text, start, end)
        return
    for left, right in _stretches(text, start, end):
        last = left
        for wide in WIDE_END.finditer(text, left, right):
            yield from _western(text, last, wide.end())
            last = wide.end()
        yield from _western(text, last, right)


def _stretches(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > STRETCH:
        near = start + STRETCH
        cut = max(text.rfind(". ", start, near) + 1, text.rfind("? ", start, near) + 1)
        cut = cut or text.rfind(" ", start, near) + 1 or near
        yield start, cut
        start = cut
    yield start, end


def _western(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if not ENDER.search(text, start, end):
        yield from _short_enough(text, start, end)
        return
    for left, right in _nupunkt().sent_spans(text[start:end]):
        last = start + left
        for shout in SHOUT.finditer(text, last, start + right):
            yield from _short_enough(text, last, shout.start())
            last = shout.end()
        yield from _short_enough(text, last, start + right)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _short_enough(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut what is too long for one statement at a clause, a comma, a blank, or at last anywhere."""
    for left, right in _trimmed(text, start, end):
        while right - left > LONGEST:
            cut = _cut(text, left)
            if cut >= right:
                break
            yield from _trimmed(text, left, cut)
            left = cut
        yield from _trimmed(text, left, right)


def _cut(text: str, start: int) -> int:
    for gap in SOFTER:
        ends = [found.end() for found in gap.finditer(text, start + LONGEST // 4, start + LONGEST)]
        if ends:
            return ends[-1]
    if text.startswith(("http://", "https://"), start):
        blank = re.compile(r"\s").search(text, start)
        return blank.start() if blank else len(text)
    return start + LONGEST


def is_question(sentence: str) -> bool:
    """Say whether a sentence asks something."""
    bare = CLOSING.sub("", ASIDE.sub("", sentence[-2_000:]))
    if bare.endswith(("?", "？", "?!", "!?")):
        return True
    return len(sentence) < LONGEST and bool(ASKING.match(sentence.strip().replace("’", "'")))


def is_small_talk(sentence: str) -> bool:
    """Say whether a sentence is a greeting, a thank-you, a bare reaction or a question about nothing."""
    if len(sentence) > 120:
        return False
    raw = WORD.findall(sentence)
    words = [word.lower().replace("’", "'") for word in raw]
    rest = [i for i, word in enumerate(words) if word not in EMPTY]
    if any(character.isdecimal() for character in sentence) or len(words) > 16:
        return False
    if not rest:
        return True
    named = len(rest) == 1 and raw[rest[0]][:1].isupper() and len(words) > 1
    return named and not TELLING.isdisjoint(words)
