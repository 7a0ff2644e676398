"""git blame: who wrote which line, in which commit."""

import re
from typing import NamedTuple

import pygit2

from .budget import Refusal
from .call import Call, Told, lines_of, raw, text_of
from .gitformat import DateStyle
from .options import Given, Grammar, number
from .patterns import compiled
from .revisions import resolve
from .view import Missing, key

_BLAME = Grammar(
    "git blame",
    flags="-s -e=--show-email -l -w -f=--show-name -n=--show-number --root -t",
    values="-L --date",
)
_RANGE = re.compile(r"(?P<start>\d*|/(?:[^/\\]|\\.)+/)(?:,(?P<end>[+-]?\d*))?")


class _File(NamedTuple):
    path: str
    commit: str
    lines: list[bytes]
    first: int
    last: int


def blame(call: Call) -> Told:
    """Each line with the commit that brought it."""
    given = _BLAME.parse(call.words)
    operands = [word.text for word in given.operands]
    after = [word.text for word in given.after or []]
    if len(operands) + len(after) not in (1, 2) or len(after) > 1:
        raise Refusal("git blame: takes a path; for example `git blame -L 3,9 index.md`", 128)
    path = after[0] if after else operands[-1]
    revisions = operands if after else operands[:-1]
    if len(operands) == 2 and not after and call.view.find(key(operands[0])):
        path, revisions = operands[0], operands[1:]
    commit = str(resolve(call.view, revisions[0]).id) if revisions else call.view.tip
    try:
        lines = lines_of(call.view.read(path, commit))
    except Missing as missing:
        call.complain(missing)
        return Told(code=128)
    if not lines:
        return Told()
    return Told(text_of(_rows(call, given, _File(key(path) or "", commit, lines, *_lines(given, lines)))))


class _Row(NamedTuple):
    identity: str
    path: str
    who: str
    when: str
    place: int
    was: int


def _rows(call: Call, given: Given, file: _File) -> list[bytes]:
    flags = pygit2.enums.BlameFlag.IGNORE_WHITESPACE if "w" in given else pygit2.enums.BlameFlag.NORMAL
    hunks = call.view.repository.blame(
        file.path, flags=flags, newest_commit=file.commit, min_line=file.first, max_line=file.last
    )
    style = DateStyle(call.view.now, "raw" if "t" in given else given.value("date") or "iso")
    rows: list[_Row] = []
    for hunk in hunks:
        call.view.budget.tick()
        found = call.view.commit(str(hunk.final_commit_id))
        who = f"<{found.author.email}>" if "e" in given else found.author.name
        start = _Row(
            _identity(found, given),
            hunk.orig_path or file.path,
            who,
            style.of(found.author),
            hunk.final_start_line_number,
            hunk.orig_start_line_number,
        )
        rows += [
            start._replace(place=start.place + more, was=start.was + more)
            for more in range(hunk.lines_in_hunk)
            if file.first <= start.place + more <= file.last
        ]
    named = "f" in given or any(row.path != file.path for row in rows)
    widths = _Widths(*(max((len(str(row[column])) for row in rows), default=0) for column in (1, 2, 3, 4, 5)))
    return [_told(row, file.lines[row.place - 1], widths, given, named=named) for row in rows]


class _Widths(NamedTuple):
    path: int
    who: int
    when: int
    place: int
    was: int


def _told(row: _Row, line: bytes, widths: _Widths, given: Given, *, named: bool) -> bytes:
    parts = [row.identity]
    parts += [f"{row.path:<{widths.path}}"] * named
    parts += [f"{row.was:>{widths.was}}"] * ("n" in given)
    number = f"{row.place:>{widths.place}}) "
    if "s" in given:
        return raw(f"{' '.join(parts)} {number}") + line
    return raw(f"{' '.join(parts)} ({row.who:<{widths.who}} {row.when:<{widths.when}} {number}") + line


def _identity(commit: pygit2.Commit, given: Given) -> str:
    length = 40 if "l" in given else 8
    is_root = not commit.parent_ids and "root" not in given
    return f"^{str(commit.id)[: length - 1]}" if is_root else str(commit.id)[:length]


def _lines(given: Given, lines: list[bytes]) -> tuple[int, int]:
    if "L" not in given:
        return 1, len(lines)
    found = _RANGE.fullmatch(given.value("L"))
    if not found:
        raise Refusal("git blame: -L takes lines such as 3,9 or 3,+5", 128)
    first = _start(found["start"], lines)
    end = found["end"] or ""
    if not end:
        last = len(lines)
    elif end[0] in "+-":
        away = number("git blame", "-L", end[1:])
        last = first + away - 1 if end[0] == "+" else first
        first = max(first - away + 1, 1) if end[0] == "-" else first
    else:
        last = number("git blame", "-L", end)
    first, last = min(first, last), max(first, last)
    if first > len(lines):
        raise Refusal(f"git blame: the file has only {len(lines)} lines", 128)
    return max(first, 1), min(last, len(lines))


def _start(spelled: str, lines: list[bytes]) -> int:
    if not spelled.startswith("/"):
        return number("git blame", "-L", spelled or "1")
    pattern = compiled([spelled[1:-1]], "G")
    found = next((place for place, line in enumerate(lines, 1) if pattern.matches(line)), 0)
    if not found:
        raise Refusal(f"git blame: no line matches {spelled[:60]}", 128)
    return found
