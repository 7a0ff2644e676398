"""Output made safe to show, and cut to what a model can take in."""

import re
from typing import NamedTuple

from .budget import OUTPUT_BYTES

# Controls, C1, bidi overrides and isolates, zero-width and tag characters; tabs and line ends stay.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]|\r(?!\n)"
)
_HOW = "narrow it: a path, `| head -50`, `sed -n '1,80p'`, `grep -l`, `git log -10`"


class Shown(NamedTuple):
    """Safe text, and how many bytes were left out."""

    text: str
    cut: int


def shown(output: bytes) -> Shown:
    """The beginning of an output as safe text; what was cut is said at its end."""
    if len(output) <= OUTPUT_BYTES:
        return Shown(_safe(output), 0)
    kept = output[:OUTPUT_BYTES]
    end = kept.rfind(b"\n") + 1
    # One endless line is cut inside, between two characters.
    kept = kept[:end] if end > OUTPUT_BYTES // 2 else kept.decode("utf-8", "ignore").encode()
    cut = len(output) - len(kept)
    lines = output.count(b"\n", len(kept))
    safe = _safe(kept)
    note = f"[cut: {cut:,} bytes, {lines:,} lines left out of {len(output):,} bytes; {_HOW}]\n"
    return Shown(f"{safe}{'' if safe.endswith(chr(10)) else chr(10)}{note}", cut)


def safe(text: str) -> str:
    """A text with its invisible characters spelt out."""
    return _UNSAFE.sub(_spelt, text)


def _safe(output: bytes) -> str:
    if b"\0" in output:
        output = b"".join(_without_binary(output))
    return safe(output.decode("utf-8", "replace"))


def _without_binary(output: bytes) -> list[bytes]:
    told: list[bytes] = []
    binary = 0
    for line in output.splitlines(keepends=True):
        if b"\0" in line:
            binary += len(line)
            continue
        if binary:
            told.append(b"[binary, %d bytes]\n" % binary)
            binary = 0
        told.append(line)
    if binary:
        told.append(b"[binary, %d bytes]\n" % binary)
    return told


def _spelt(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
