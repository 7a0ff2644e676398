"""Two versions of a text joined line by line: what one side added stands, what one took out is gone."""

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = re.compile(r"\A---[ \t]*\r?\n(.*?^)---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"([^\s:#-][^:\n]*):")
_LIST = re.compile(r"([^\s:][^:\n]*:[ \t]*)\[(.*)\]([ \t]*\r?\n?)")
_LINKED = re.compile(r"- (\[\[[^|\]\n]+)")
# Lines that close a block: the same text twice is two ends, not one.
_CLOSING = re.compile(r"\s*(?:/END.*|\[/.*|```.*|---+)?\s*")


def by_line(path: str, base: str, ours: str, theirs: str) -> str:
    """Join two texts that go back to the same one ("" if they do not).

    No line that one side brought in is lost, and none that one side took out comes back; lines that both
    changed stand there twice, ours first. Of a key above the text, and of a line that begins with the same
    link, there is one: the list of both, or the greater of the two.
    """
    del path
    parts = [
        _parted(text if not text or text.endswith("\n") else f"{text}\n") for text in (base, ours, theirs)
    ]
    head = _head(*(part[0] for part in parts))
    body = _body(*(_lines(part[1]) for part in parts))
    whole = f"{head}{body}"
    return whole if ours.endswith("\n") or theirs.endswith("\n") else whole.removesuffix("\n")


def _parted(text: str) -> tuple[str, str]:
    found = _HEAD.match(text)
    return (text[: found.end()], text[found.end() :]) if found else ("", text)


def _head(base: str, ours: str, theirs: str) -> str:
    if not ours or not theirs or ours == theirs:
        return ours or theirs
    old, mine, others = _keyed(base), _keyed(ours), _keyed(theirs)
    joined: list[str] = []
    for key in dict.fromkeys([*mine, *others]):
        before, left, right = old.get(key, ""), mine.get(key, ""), others.get(key, "")
        joined.append(right if left == before else left if right == before else _both(before, left, right))
    fences = _lines(ours)
    return "".join([fences[0], *joined, fences[-1]])


def _keyed(head: str) -> dict[str, str]:
    """The lines of each key, those that go on from one before with it."""
    found: dict[str, str] = {}
    key = ""
    for line in _lines(head)[1:-1]:
        begins = _KEY.match(line)
        key = begins[1] if begins else key
        found[key] = found.get(key, "") + line
    return found


def _both(before: str, left: str, right: str) -> str:
    lists = [_LIST.fullmatch(text) for text in (before or left, left, right)]
    if lists[1] and lists[2]:
        gone = set(_items(lists[0][2])) if lists[0] and before else set[str]()
        mine, others = _items(lists[1][2]), _items(lists[2][2])
        kept = [one for one in mine if one in others or one not in gone]
        kept += [one for one in others if one not in mine and one not in gone]
        return f"{lists[1][1]}[{', '.join(kept)}]{lists[1][3]}"
    return max(left, right)


def _items(told: str) -> list[str]:
    found: list[str] = re.findall(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^,\s][^,]*", told)
    return [one.strip() for one in found]


@dataclass(frozen=True, slots=True)
class _Edits:
    """Which lines of the base a side kept, and what it put before each of them (and after the last)."""

    kept: frozenset[int]
    put: dict[int, list[str]]


def _body(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> str:
    base = base or _common(ours, theirs)
    left, right = _edits(base, ours), _edits(base, theirs)
    kept = _kept(base, set(ours) & set(theirs), left, right)
    joined: list[str] = []
    for at in range(len(base) + 1):
        joined += _put(left.put.get(at, []), right.put.get(at, []))
        if at in kept:
            joined.append(base[at])
    return "".join(_once(joined, _linked(ours) & _linked(theirs)))


def _kept(base: Sequence[str], shared: set[str], ours: _Edits, theirs: _Edits) -> set[int]:
    """The lines of the base that both sides kept; one that both still have stands there at least once."""
    kept = {*(ours.kept & theirs.kept)}
    put = {line for side in (ours, theirs) for lines in side.put.values() for line in lines}
    left = shared - put - {base[at] for at in kept}
    for at, line in enumerate(base):
        # Of two equal lines, each side may have taken out another one.
        if line in left:
            left.remove(line)
            kept.add(at)
    return kept


def _common(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """The lines that two texts without a common past share, as if they had had one."""
    once = [
        {line for line, count in Counter(side).items() if count == 1 and not _CLOSING.fullmatch(line)}
        for side in (ours, theirs)
    ]
    told = [[line for line in side if line in once[0] & once[1]] for side in (ours, theirs)]
    found: list[str] = []
    for match in difflib.SequenceMatcher(None, *told, autojunk=False).get_matching_blocks():
        for line in told[0][match.a : match.a + match.size]:
            following = [side[side.index(line) + 1 : side.index(line) + 2] for side in (ours, theirs)]
            blank = following[0] == following[1] and following[0] and not following[0][0].strip()
            found += [line, *following[0]] if blank else [line]
    return found


def _edits(base: Sequence[str], side: Sequence[str]) -> _Edits:
    kept: set[int] = set()
    put: dict[int, list[str]] = {}
    for kind, start, stop, first, last in difflib.SequenceMatcher(
        None, base, side, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            kept.update(range(start, stop))
        elif first < last:
            put.setdefault(start, []).extend(side[first:last])
    return _Edits(frozenset(kept), put)


def _put(ours: list[str], theirs: list[str]) -> list[str]:
    if ours == theirs or not theirs:
        return ours
    twice = {line for line in ours if line.startswith("- ")}
    return [*ours, *(line for line in theirs if line not in twice)]


def _linked(lines: Sequence[str]) -> set[str]:
    """The links that exactly one list line begins with."""
    counts = Counter(found[1] for line in lines if (found := _LINKED.match(line)))
    return {name for name, count in counts.items() if count == 1}


def _once(lines: Sequence[str], names: set[str]) -> list[str]:
    """One line for each of these links, where the first of its lines stands."""
    best: dict[str, str] = {}
    order: list[tuple[str, str]] = []
    for line in lines:
        found = _LINKED.match(line)
        name = found[1] if found and found[1] in names else ""
        if not name or name not in best:
            order.append((name, line))
        if name:
            best[name] = max(best.get(name, line), line, key=_numbers)
    return [best[name] if name else line for name, line in order]


def _numbers(line: str) -> tuple[tuple[int, ...], str]:
    return tuple(int(number) for number in re.findall(r"\d{1,18}", line.rpartition(" - ")[2])), line


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)
