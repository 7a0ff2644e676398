"""A model's words made fit for one line of a memory file, with real names in them."""

import re

from ...ontologies import wikilink
from ...ontologies.sections import clean_title
from ..reading import plain
from .heard import visible

# What begins, ends or marks something in our files, wherever a model writes it.
_FORGED = re.compile(
    r"\[/?ALWAYS_LOAD\]|\[Strength:[^\]]{0,80}\]|(?<!\S)/(?:START|END)(?!\w)|"
    r"(?<!\S)\^[a-z0-9]{8}-\d+[a-z]{0,4}(?!\w)|<!--|-->|(?<!\S)(?:-{3,}|<{7}|={7}|>{7}|`{3,}|~{3,})(?!\S)",
    re.IGNORECASE,
)
_LEAD = re.compile(r"\A(?:(?:[-*+>•]|#{1,6}|\d{1,3}[.)])\s+|\d{4}(?:-\d{2}){0,2}(?:/\S+)? \| |- \| )+")
_USER = re.compile(r"\b(?:[Tt]he user|User)(?=['’]s\b|\W|$)")
_FIRST = re.compile(r"\b(?:I|I['’](?:m|ve|d|ll)|me|my|mine|myself|we|our|ours|us)\b")
_TITLE = re.compile(r"[^\w\s&'’(),./+-]|_")
_LONGEST_TITLE = 40


def statement(text: str, speaker: str, owner: str) -> str:
    """A statement on one line; "the user" gets their name, and who speaks as "I" is told."""
    words = line(text)
    words = _USER.sub(lambda _: owner, words)
    told = f"{speaker}: "
    return f"{told}{words}" if speaker and _FIRST.search(words) and not words.startswith(told) else words


def line(text: str) -> str:
    """Words on one line that begin nothing, mark nothing and link nowhere."""
    words, longer = plain(visible(text).replace("![", "[")), ""
    while words != longer:
        longer = words
        words = visible(_LEAD.sub("", _FORGED.sub(" ", words)))
    return words.replace("[[", "((").replace("]]", "))")


def name(text: str) -> str:
    """A name without what would act as Markdown or as a link; "" if no letter or digit is left."""
    words = wikilink.plain(line(text).replace("^", "")).strip(" #*_`<>~-.,;:/\\")[:80].strip()
    return words if any(char.isalnum() for char in words) else ""


def title(text: str) -> str:
    """A short section title; "" if nothing of it is left."""
    words = " ".join(_TITLE.sub(" ", line(text)).split())[:_LONGEST_TITLE].strip(" -/.,")
    return clean_title(words) if any(char.isalnum() for char in words) else ""
