"""Stored text inside a fence that it cannot close."""

import re
from hashlib import sha256

from ..explore.display import safe

_LONGEST_SOURCE = 200


def quoted(source: str, text: str, key: str) -> str:
    """A text as data, with its source.

    The mark of the fence is made of `key`, the source and the text: with a key that is younger than the
    text, such as the commit it was read from, nothing stored can hold the mark of its own fence.
    """
    shown = safe(text).strip("\n")
    told = re.sub(r"\s+", " ", safe(source))[:_LONGEST_SOURCE].replace('"', "'")
    mark = sha256("\0".join((key, source, text)).encode("utf-8", "replace")).hexdigest()[:16]
    return f'<data-{mark} source="{told}">\n{shown}\n</data-{mark}>'


def cut(text: str, most: int, advice: str = "") -> str:
    """The beginning of a text, whole lines where it has them, and what was left out."""
    if len(text) <= most:
        return text
    end = text.rfind("\n", 0, most)
    kept = text[: end if end > most // 2 else most]
    left = len(text) - len(kept)
    return f"{kept}\n[{left:,} of {len(text):,} characters left out{f'; {advice}' if advice else ''}]"
