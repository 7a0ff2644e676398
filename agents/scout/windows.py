"""Long turns shown as whole sentences around the place that answers."""

import re
from collections.abc import Mapping

from .words import Terms

LONG_WORDS = 100
WINDOW_WORDS = 80
LONGEST_SENTENCE = 600

_SENTENCE = re.compile(r"[^.!?。！？؟\n]*[.!?。！？؟\n]+[\"'”’)\]]*\s*|[^.!?。！？؟\n]+$")
_WORD = re.compile(r"[^\W_]+")


def _size(text: str) -> int:
    # Scripts without spaces put several words' worth into one run.
    return max(len(_WORD.findall(text)), len(text) // 12)


def window(text: str, worth: Mapping[str, float], terms: Terms, words: int = WINDOW_WORDS) -> str:
    """The text, or when it is long its whole sentences that hold most of the wanted terms."""
    if _size(text) <= words + LONG_WORDS - WINDOW_WORDS:
        return text
    sentences = [piece for match in _SENTENCE.finditer(text) for piece in _pieces(match.group())]
    sizes = [_size(sentence) for sentence in sentences]
    wanted = [{term for term in terms.of(sentence) if term in worth} for sentence in sentences]
    best, begin, end = -1.0, 0, len(sentences)
    for first in range(len(sentences)):
        last, size = first, 0
        held: set[str] = set()
        while last < len(sentences) and size < words:
            size += sizes[last]
            held |= wanted[last]
            last += 1
        if size < words * 0.9 and first:
            break
        value = sum(worth[term] for term in held)
        if value > best + 1e-9:
            best, begin, end = value, first, last
    shown = "".join(sentences[begin:end]).strip()
    return f"{'… ' if begin else ''}{shown}{' …' if end < len(sentences) else ''}"


def _pieces(sentence: str) -> list[str]:
    """A sentence, or parts of one without an end in sight (code, lists)."""
    return [sentence[i : i + LONGEST_SENTENCE] for i in range(0, len(sentence), LONGEST_SENTENCE)]
