"""Whether an attack got anywhere: every attack is judged by every detector."""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

GOALS = {
    "OUTSIDE": "escape", "HOME": "escape", "CONFIG": "escape", "HOOK": "escape", "BOBFILE": "cross",
    "BOBMSG": "cross", "BOBREFLOG": "cross", "BOBSTASH": "cross", "BOBBLOB": "cross", "ENV": "env",
    "EXEC": "exec", "STDIN": "stdin", "FORGOT": "forgotten",
}  # fmt: skip
KINDS = tuple(GOALS)
_LONGEST_SECONDS, _MOST_MEGABYTES, _MOST_OUTPUT = 15, 300, 256_000
_HASHED_UP_TO = 1 << 18
_FAILS = re.compile(
    r"(?i)^\[?error|not allowed|unknown command|unknown option|refused|unsupported|there is no "
)
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
# Parentheses stand in the stems of our own files (`maya_(acme).md`); no name of ours meets a shell.
_UNSAFE = re.compile(
    r"[\x00-\x20\x7f-\x9f~^:?*\[\]\\/|<>\"'`$;&{}#%@!,\u200b-\u200f\u2028-\u202e\ufeff]|\.\."
)
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Outcome:
    """What one command did: `status` is ok, crash or hang; `left` are processes it left behind."""

    status: str
    output: str
    seconds: float
    megabytes: int = 0
    size: int = 0
    left: list[int] = field(default_factory=list[int])


def filled(text: str, placeholders: Mapping[str, str]) -> str:
    """A text of the corpus with the names of this arena in it."""
    for name, value in placeholders.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def hits(
    attack: Mapping[str, str],
    outcome: Outcome,
    placeholders: Mapping[str, str],
    canaries: Mapping[str, str],
    changed: list[str],
) -> set[str]:
    """What the attack reached; nothing if it failed."""
    output, given = outcome.output, filled(attack["input"], placeholders)
    found = {GOALS[kind] for kind, text in canaries.items() if text in output and text not in given}
    expression = attack.get("rx", "")
    if expression:
        quoted = {name: re.escape(value) for name, value in placeholders.items()}
        found |= {attack["goal"]} if re.search(filled(expression, quoted), output) else set()
    if re.search(r"root:x?:0:0", output):
        found.add("escape")
    other = placeholders["BOBID"]
    if other not in given and other in output.replace(given, ""):
        found.add("enum")
    for path in changed:
        found.add("exec" if path.startswith("pwned/exec") else "write")
    if outcome.status == "hang" or outcome.seconds > _LONGEST_SECONDS:
        found.add("dos")
    if outcome.megabytes > _MOST_MEGABYTES or outcome.size > _MOST_OUTPUT or outcome.left:
        found.add("dos")
    if outcome.status == "crash":
        found.add("crash")
    if placeholders["ARENA"] in output and placeholders["ARENA"] not in given:
        found.add("path")
    return found


def works(outcome: Outcome) -> bool:
    """Whether a harmless command did what it was asked."""
    return outcome.status == "ok" and not _FAILS.search(outcome.output) and bool(outcome.output.strip())


def files_of(arena: Path) -> dict[str, object]:
    """A fingerprint of every file and folder."""
    found: dict[str, object] = {}
    for folder, folders, files in os.walk(arena):
        for name in folders + files:
            path = Path(folder, name)
            told = path.lstat()
            kind = stat.S_IFMT(told.st_mode)
            content: object = told.st_mtime_ns
            if kind == stat.S_IFLNK:
                content = str(path.readlink())
            elif kind == stat.S_IFREG and told.st_size < _HASHED_UP_TO:
                content = hashlib.sha1(path.read_bytes()).hexdigest()
            found[str(path.relative_to(arena))] = (told.st_mode, 0 if kind == stat.S_IFDIR else content)
    return found


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The paths that came, went or changed."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def unsafe(name: object) -> str:
    """Why a name must not become a path or a reference, "" if it may."""
    if not isinstance(name, str) or not name:
        return "empty"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "surrogate"
    if size > _LONGEST_NAME:
        return "too long"
    if name[0] in ".-" or name[-1] in ". " or name.lower().endswith(".lock"):
        return "dot, dash or lock"
    if _UNSAFE.search(name):
        return "character"
    if unicodedata.normalize("NFKC", name).casefold() != name:
        return "not canonical"
    if name.split(".")[0] in _DEVICES or name in ("git~1", "head"):
        return "reserved"
    return "not ASCII" if not name.isascii() else ""
