"""File name patterns: `*`, `?`, `[a-z]`, `[!a-z]` and a backslash before what is meant itself."""

import re
from collections.abc import Iterator
from functools import lru_cache

from .budget import Refusal
from .patterns import Pattern, plain

_LONGEST = 500


@lru_cache(maxsize=64)
def pattern(glob: str, *, folders: bool = False, fold: bool = False) -> Pattern:
    """A pattern for whole names; with `folders`, wildcards match `/` too.

    Raises:
        Refusal: it is too long or not a pattern.
    """
    if len(glob) > _LONGEST:
        raise Refusal(f"a file name pattern has at most {_LONGEST} characters")
    return plain(f"(?s)^{''.join(_pieces(glob, folders=folders))}$", fold=fold)


def fits(name: str, glob: str, *, folders: bool = False, fold: bool = False) -> bool:
    """Whether a whole name has the form of a pattern."""
    return pattern(glob, folders=folders, fold=fold).matches(name.encode("utf-8", "surrogateescape"))


def is_wild(glob: str) -> bool:
    """Whether a text holds a wildcard."""
    return any(char in glob for char in "*?[")


def _pieces(glob: str, *, folders: bool) -> Iterator[str]:
    one = "." if folders else "[^/]"
    here = 0
    while here < len(glob):
        char = glob[here]
        here += 1
        if char == "*":
            while glob.startswith("*", here):
                here += 1
            yield f"{one}*"
        elif char == "?":
            yield one
        elif char == "[" and (end := _end_of_set(glob, here)):
            yield _set(glob[here:end])
            here = end + 1
        elif char == "\\" and here < len(glob):
            yield re.escape(glob[here])
            here += 1
        else:
            yield re.escape(char)


def _end_of_set(glob: str, here: int) -> int:
    here += glob.startswith(("!", "^"), here)
    end = glob.find("]", here + 1)
    return max(end, 0)


def _set(inside: str) -> str:
    negated = inside.startswith(("!", "^"))
    chars = inside[negated:]
    parts: list[str] = []
    here = 0
    while here < len(chars):
        if chars[here + 1 : here + 2] == "-" and here + 2 < len(chars):
            low, high = sorted((chars[here], chars[here + 2]))
            parts.append(f"{re.escape(low)}-{re.escape(high)}")
            here += 3
        else:
            parts.append(re.escape(chars[here]))
            here += 1
    return f"[{'^/' if negated else ''}{''.join(parts)}]"
