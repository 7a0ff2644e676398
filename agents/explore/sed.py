"""sed for reading: print, delete, quit and substitute by line numbers or patterns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .budget import Refusal, checked
from .call import Call, Told
from .options import Grammar, number
from .patterns import Pattern, compiled

_SED = Grammar(
    "sed", flags="-n=--quiet=--silent -E=--regexp-extended -r -s=--separate -u", values="-e=--expression"
)
_HINT = (
    "sed knows '3,9p' with -n, d, q, = and s/old/new/ after a line number, $ or /pattern/; it never writes"
)
_MOST = 20
_MOST_CHANGES = 200_000
_REFERENCE = re.compile(rb"\\(.)|&", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Address:
    line: int = 0
    step: int = 0
    last: bool = False
    pattern: Pattern | None = None

    def meets(self, line: bytes, number: int, *, is_last: bool) -> bool:
        if self.pattern is not None:
            return self.pattern.matches(line)
        if self.step:
            return number >= self.line and (number - self.line) % self.step == 0
        return is_last if self.last else number == self.line


@dataclass(slots=True)
class _Step:
    """One command of a script with the lines it is for."""

    verb: str
    start: _Address | None = None
    end: _Address | None = None
    more: int = 0
    negated: bool = False
    pattern: Pattern | None = None
    new: bytes = b""
    flags: str = ""
    nth: int = 1
    open: bool = False
    until: int = 0

    def applies(self, line: bytes, number: int, *, is_last: bool) -> bool:
        return self._inside(line, number, is_last=is_last) != self.negated

    def _inside(self, line: bytes, number: int, *, is_last: bool) -> bool:
        if self.start is None:
            return True
        if self.end is None and not self.more:
            return self.start.meets(line, number, is_last=is_last)
        if self.open:
            self.open = not self._ends(line, number, is_last=is_last)
            # A last line that is already behind ends the range before this line.
            return not (self.end and self.end.line and number > self.end.line)
        if not self.start.meets(line, number, is_last=is_last):
            return False
        self.until = number + self.more
        by_number = self.end is not None and self.end.line and self.end.line <= number
        self.open = not (
            by_number or (self.end is None and not self.more) or (self.end and self.end.last and is_last)
        )
        return True

    def _ends(self, line: bytes, number: int, *, is_last: bool) -> bool:
        if self.end is None:
            return number >= self.until
        return number >= self.end.line if self.end.line else self.end.meets(line, number, is_last=is_last)


def sed(call: Call) -> Told:
    """Lines printed, left out or changed on their way through."""
    given = _SED.parse(call.words)
    operands = given.words()
    scripts = given.all("e") or [word.text for word in operands[:1]]
    files = operands if given.all("e") else operands[1:]
    syntax = "E" if "E" in given or "r" in given else "G"
    steps = list(_Script(";".join(scripts), syntax).steps())
    if not steps:
        raise Refusal(_HINT)
    texts = [one.text for one in call.inputs(files)]
    text = b"".join(one if one.endswith(b"\n") or not one else one + b"\n" for one in texts)
    told, reached_end = _run(steps, text, quiet="n" in given, call=call)
    whole = b"".join(told)
    if reached_end and told[-1:] != [b"\n"] and texts[-1:] and not texts[-1].endswith(b"\n"):
        whole = whole.removesuffix(b"\n")
    return Told(whole, int(bool(call.errors)))


def _run(steps: list[_Step], text: bytes, *, quiet: bool, call: Call) -> tuple[list[bytes], bool]:
    """What the steps print, and whether the last of it stems from the last line."""
    lines = text.split(b"\n")[:-1]
    told: list[bytes] = []
    size, printed_by = 0, 0
    for place, original in enumerate(lines, 1):
        if not place % 1000:
            call.view.budget.tick()
        said, done = _cycle(steps, original, place, is_last=place == len(lines), quiet=quiet)
        told += said
        printed_by = place if said else printed_by
        size += sum(map(len, said))
        checked(size)
        if done:
            break
    return told, printed_by == len(lines)


def _cycle(
    steps: list[_Step], line: bytes, place: int, *, is_last: bool, quiet: bool
) -> tuple[list[bytes], bool]:
    said: list[bytes] = []
    for step in steps:
        if not step.applies(line, place, is_last=is_last):
            continue
        if step.verb == "d":
            return said, False
        if step.verb == "q":
            return said + [line + b"\n"] * (not quiet), True
        if step.verb == "s":
            line, changed = _substituted(step, line)
            said += [line + b"\n"] * (changed and "p" in step.flags)
        else:
            # A number's end stands alone: it stays where the last line has none.
            said += [line + b"\n"] if step.verb == "p" else [b"%d" % place, b"\n"]
    return said + [line + b"\n"] * (not quiet), False


def _substituted(step: _Step, line: bytes) -> tuple[bytes, bool]:
    pattern = step.pattern
    if pattern is None:
        return line, False
    parts: list[bytes] = []
    here, count, changed = 0, 0, False
    while here <= len(line) and (found := pattern.first(line, here)):
        start, end = found.span()
        count += 1
        filled = _filled(step.new, found.expand, line[start:end]) if count >= step.nth else line[start:end]
        changed = changed or count >= step.nth
        parts += [line[here:start], filled]
        if end == start:
            parts.append(line[end : end + 1])
            end += 1
        here = end
        if "g" not in step.flags and changed:
            break
        if count > _MOST_CHANGES:
            raise Refusal(f"sed: more than {_MOST_CHANGES:,} replacements in one line")
    return b"".join([*parts, line[here:]]), changed


def _filled(new: bytes, expand: object, whole: bytes) -> bytes:
    def piece(found: re.Match[bytes]) -> bytes:
        char = found[1]
        if char is None:
            return whole
        if char.isdigit() and callable(expand):
            filled = expand(b"\\" + char)
            return filled if isinstance(filled, bytes) else b""
        return {b"n": b"\n", b"t": b"\t"}.get(char, char)

    return _REFERENCE.sub(piece, new)


class _Script:
    """Reads the steps of a script."""

    def __init__(self, text: str, syntax: str) -> None:
        self.text = text
        self.syntax = syntax
        self.here = 0

    def steps(self) -> Iterator[_Step]:
        for _ in range(_MOST):
            self._skip(" ;")
            if self.here >= len(self.text):
                return
            yield self._step()
        raise Refusal(f"sed: at most {_MOST} commands")

    def _step(self) -> _Step:
        step = _Step("", self._address())
        if step.start and self._take(","):
            self._skip(" ")
            if self._take("+"):
                step.more = self._number()
            else:
                step.end = self._address()
                if step.end is None:
                    raise Refusal(_HINT)
        self._skip(" ")
        step.negated = self._take("!")
        step.verb = self._char()
        if step.verb == "s":
            self._substitution(step)
        elif step.verb not in ("p", "d", "q", "="):
            raise Refusal(_HINT)
        self._skip(" ")
        if self.here < len(self.text) and self.text[self.here] != ";":
            raise Refusal(_HINT)
        return step

    def _address(self) -> _Address | None:
        if self._take("$"):
            return _Address(last=True)
        if self._take("/"):
            return _Address(pattern=compiled([self._until("/")], self.syntax))
        if not self.text[self.here : self.here + 1].isdigit():
            return None
        line = self._number()
        return _Address(line=line, step=self._number() if self._take("~") else 0)

    def _substitution(self, step: _Step) -> None:
        end = self._char()
        if not end or end.isalnum() or end in "\\ ;":
            raise Refusal(_HINT)
        old, new = self._until(end), self._until(end)
        while (char := self.text[self.here : self.here + 1]) in ("g", "i", "I", "p") or char.isdigit():
            if char.isdigit():
                step.nth = self._number()
            else:
                step.flags += self._char().lower()
        step.pattern = compiled([old], self.syntax, fold="i" in step.flags)
        step.new = new.encode("utf-8", "surrogateescape")

    def _until(self, end: str) -> str:
        text = ""
        while self.here < len(self.text):
            char = self._char()
            if char == end:
                return text
            if char == "\\":
                after = self._char()
                text += after if after == end else f"\\{after}"
            else:
                text += char
        raise Refusal(_HINT)

    def _number(self) -> int:
        found = re.compile(r"\d*").match(self.text, self.here)
        digits = found[0] if found else ""
        self.here += len(digits)
        return number("sed", "a line number", digits)

    def _take(self, char: str) -> bool:
        taken = self.text.startswith(char, self.here)
        self.here += taken
        return taken

    def _char(self) -> str:
        self.here += 1
        return self.text[self.here - 1 : self.here]

    def _skip(self, chars: str) -> None:
        while self.here < len(self.text) and self.text[self.here] in chars:
            self.here += 1
