"""Names that every file system keeps, and that a link of Obsidian can hold."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import PurePosixPath

# What ends a link early, and what one system or another does not take in a name.
_UNFIT = re.compile(r'[\x00-\x1f\x7f#^\[\]|\\:*?"<>\x85\u2028\u2029]|%(?=[0-9A-Fa-f]{2})')
_NOT_ALONE = re.compile(r"(?:\.{0,2}|\.git|con|prn|aux|nul|(?:com|lpt)[0-9])(?:\..*)?", re.IGNORECASE)
_LONGEST = 120


def fitting(paths: Iterable[str]) -> Mapping[str, str]:
    """For each path one that fits, as it is wherever that can be; no two differ only by their case."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for path in paths:
        fit = "/".join(map(_fit, path.split("/")))
        pure = PurePosixPath(fit)
        numbered = (str(pure.with_name(f"{pure.stem}_{n}{pure.suffix}")) for n in count(2))
        while _alike(fit) in taken:
            fit = next(numbered)
        taken.add(_alike(fit))
        found[path] = fit
    return found


def _fit(name: str) -> str:
    fit = _UNFIT.sub("-", name.encode("utf-8", "replace").decode())
    if len(fit) > _LONGEST:
        pure = PurePosixPath(fit)
        fit = pure.stem[: _LONGEST - 10] + pure.suffix[:10]
    fit = fit.rstrip(". ").lstrip(" ")
    return f"_{fit}" if not fit or (_NOT_ALONE.fullmatch(fit) and not fit.startswith(".ob")) else fit


def _alike(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
