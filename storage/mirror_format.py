"""What a mirror must be told of the inside of files, so that it can join and redact them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .mirror_lines import by_line
from .snapshot import Snapshot

# The path of a file, its text where two lines of commits parted ("" if it was not there), and on either.
Join = Callable[[str, str, str, str], str]
# The pages of a joined state that only repeat what its other files say, written anew.
Settle = Callable[[Snapshot], Mapping[str, str | bytes]]
# The path of a file, its content, and the words that were erased with what stands in their place.
Redact = Callable[[str, bytes, Mapping[str, str]], bytes]


def nothing(joined: Snapshot) -> Mapping[str, str | bytes]:
    """Settle nothing."""
    del joined
    return {}


def worded(path: str, content: bytes, words: Mapping[str, str]) -> bytes:
    """A file with other words in the place of those that were erased, whatever their case."""
    del path
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    if not words:
        return content
    instead = {" ".join(old.split()).casefold(): new for old, new in words.items()}
    told = [r"\s+".join(map(re.escape, one.split())) for one in sorted(words, key=len, reverse=True)]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(told)})(?!\w)", re.IGNORECASE)
    return pattern.sub(lambda found: instead.get(" ".join(found[0].split()).casefold(), ""), text).encode()


@dataclass(frozen=True, slots=True)
class Format:
    """The three things a mirror must know; what is given here does for any lines of text."""

    join: Join = by_line
    settle: Settle = nothing
    redact: Redact = worded
