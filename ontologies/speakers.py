"""Which lines begin a turn: `Ada: hi`, but not `Note: buy milk` or `http://...`."""

import re
from typing import NamedTuple

from .statement import one_line

MAX_NAME = 60
ROLES = frozenset({"user", "assistant", "system", "human", "ai", "me", "i"})

# Words that label a line of notes more often than they name who speaks.
_NOTES = """
    address agenda answer attention author background bcc birthday caution cc conclusion context date deadline
    description details edit email end error example fact facts from fyi goal goals hint idea important info
    input link location name nb next note notes output p.s phone place plan ps purpose question re reason
    reminder result results see source start status step subject summary tags thanks time tip title to today
    todo to-do tomorrow topic topics type update url via warning what when where who why yesterday
"""
_LABELS = frozenset(_NOTES.split())
_SMALL = "al and bin bint da das de del della den der di do dos du el ibn la le of the van von y"
_PARTICLES = frozenset(_SMALL.split())

_CLOCK = r"[^()\[\]]{0,30}[0-9]:[0-9]{2}[^()\[\]]{0,30}"
_STAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_CERTAIN = re.compile(rf"\[(-|{_STAMP})\] ([^:\n]{{1,{MAX_NAME}}}):(?: (.*))?", re.DOTALL)
_NAME = rf"([^\s\d:：][^:：\n]{{0,{MAX_NAME - 1}}}?)"
_FORMS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        rf"(?:\[({_CLOCK})\] )?\*\*{_NAME}(?: \(({_CLOCK})\))?[:：]\*\*(?:\s(.*))?",
        rf"(?:\[({_CLOCK})\] )?\*\*{_NAME}\*\*(?: \(({_CLOCK})\))?[:：](?:\s(.*))?",
        rf"(?:\[({_CLOCK})\] )?{_NAME}(?: \(({_CLOCK})\))?(?::(?:[ \t](.*))?|：(.*))",
    )
)
_WORD = re.compile(r"[^\s!\"$%*,;<=>?\[\\\]^`{|}~“”„«»…、。，；！？]+")


class Head(NamedTuple):
    """Who begins to speak in a line, the first words, and the time if the line gives a full one."""

    speaker: str
    words: str
    at: str


def head(line: str) -> Head | None:
    """Read the beginning of a turn; None if `line` is anything else."""
    if ":" not in line[:160] and "：" not in line[:160]:
        return None
    found = certain_head(line)
    if found:
        return found
    for form in _FORMS:
        match = form.fullmatch(line)
        if match:
            stamp, name, after, *words = match.groups()
            if _is_name(name):
                return Head(name, next((w for w in words if w), ""), _full(stamp) or _full(after))
    return None


def certain_head(line: str) -> Head | None:
    """Read a line that begins with its time, or with `[-]` for an unknown one: that is a turn for certain."""
    found = _CERTAIN.fullmatch(line)
    if not found:
        return None
    return Head(found[2], found[3] or "", "" if found[1] == "-" else found[1])


def safe_name(name: str) -> str:
    """Spell a speaker's name so that it ends where the words begin."""
    return one_line(name.replace(":", "-").replace("：", "-"))[:MAX_NAME].strip()


def _is_name(name: str) -> bool:
    if name.casefold().rstrip(".") in _LABELS or name != name.strip():
        return False
    if not name[0].isalpha() and name[0] not in "@_":
        return False
    words = name.split()
    if len(words) > 5 or not all(_WORD.fullmatch(word) for word in words):
        return False
    # "And then he said: ..." is prose; the words of a name begin with a capital, where the script has them.
    return len(words) == 1 or all(not word[0].islower() or word in _PARTICLES for word in words)


def _full(stamp: str | None) -> str:
    return stamp if stamp and re.fullmatch(_STAMP, stamp) else ""
