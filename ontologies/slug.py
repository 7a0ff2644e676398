"""File stems from names in any script."""

import hashlib
import re
from collections.abc import Callable
from itertools import count

from anyascii import anyascii

MAX_STEM = 80
RESERVED = frozenset({"index", "repo_guide", "followups", "diffmem"})
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
_OTHER = re.compile(r"[^a-z0-9_()-]+")


def stem(name: str, limit: int = MAX_STEM) -> str:
    """Spell `name` in the few characters that every file system keeps as they are."""
    spelled = _OTHER.sub("_", anyascii(name).lower()).strip("_-")[:limit].rstrip("_-")
    if not spelled.strip("()_-"):
        spelled = "x" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{spelled}_" if spelled in RESERVED or spelled in _DEVICES else spelled


def free(stem: str, taken: Callable[[str], bool]) -> str:
    """Return `stem`, or the first of `stem_2`, `stem_3`, ... that nobody has."""
    if not taken(stem):
        return stem
    numbered = (f"{stem[: MAX_STEM - len(end)]}{end}" for end in (f"_{n}" for n in count(2)))
    return next(candidate for candidate in numbered if not taken(candidate))
