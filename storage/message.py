"""Commit messages: a subject and trailers that words from outside cannot forge."""

import re
import unicodedata
from collections.abc import Mapping

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_TRAILER = re.compile(r"([A-Z][A-Za-z-]*): (.*)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(\\))")


def render(subject: str, trailers: Mapping[str, str]) -> str:
    """A subject line, an empty line and one line a trailer, each value escaped."""
    block = "".join(f"{name}: {escaped(value)}\n" for name, value in trailers.items())
    return f"{escaped(subject)}\n\n{block}"


def subject_of(message: str) -> str:
    """The first line, as it was before escaping."""
    return unescaped(message.split("\n", 1)[0])


def trailers_of(message: str) -> dict[str, str]:
    """The trailers of the last paragraph; none if one of its lines is no trailer."""
    head, _, block = message.rstrip("\n").rpartition("\n\n")
    found = [_TRAILER.fullmatch(line) for line in block.split("\n")]
    if not head or not all(found):
        return {}
    return {line[1]: unescaped(line[2]) for line in found if line}


def escaped(value: str) -> str:
    """One visible line: backslashes and characters that end lines or hide are spelt out."""
    return "".join(_spelt(c) if c == "\\" or unicodedata.category(c) in _HIDDEN else c for c in value)


def unescaped(value: str) -> str:
    """The inverse of `escaped`."""
    return _ESCAPE.sub(lambda f: f[3] or chr(int(f[1] or f[2], 16)), value)


def _spelt(char: str) -> str:
    if char == "\\":
        return "\\\\"
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
