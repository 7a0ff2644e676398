"""Which files may be about the same, found by what their names share; never all pairs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...ontologies.index import IndexLine
from .names import Kind, Name, clash, kinds, parsed
from .nicknames import full_names

# Names that so many share tell nobody apart, and comparing them all would cost the square.
MOST_ALIKE = 40
_LONGEST_TYPO = 40
_SHORTEST_TYPO = 6
_SAME = "same "
_RECORDED = (Kind.EQUAL, Kind.SWAPPED)


@dataclass(frozen=True, slots=True)
class Match:
    """Two files, by their places, and how a name of the one means the same as a name of the other.

    `recorded`: the name of one stands among the aliases of the other. `short` is the place of the one whose
    name says less.
    """

    one: int
    other: int
    kind: Kind
    names: tuple[str, str]
    recorded: bool
    short: int


@dataclass(slots=True)
class Candidates:
    """The files, what matches, and what was left alone.

    `compared` counts pairs of names; `crowded` are places of files whose name too many others share,
    `claimed` maps a name to the places of those who have it as an alias.
    """

    lines: Sequence[IndexLine]
    matches: dict[tuple[int, int], Match] = field(default_factory=dict[tuple[int, int], Match])
    compared: int = 0
    crowded: set[int] = field(default_factory=set[int])
    claimed: dict[str, set[int]] = field(default_factory=dict[str, set[int]])


@dataclass(frozen=True, slots=True)
class _Form:
    """A name of the file at a place; `own` is the name itself, the others are aliases."""

    place: int
    name: Name
    own: bool


def candidates(lines: Iterable[IndexLine]) -> Candidates:
    """Compare the names of files that share a telling part of one."""
    found = Candidates(sorted(lines, key=lambda line: line.path))
    forms = list(_forms(found))
    shared = _shared(forms)
    blocks: dict[str, tuple[list[_Form], list[_Form]]] = {}
    for form in forms:
        for key, asks in _keys(form.name):
            if key in shared:
                blocks.setdefault(key, ([], []))[not asks].append(form)
    seen: set[tuple[int, int, str, str]] = set()
    for key in sorted(blocks):
        asking, others = blocks[key]
        if asking:
            _compare(found, key, asking, others, seen)
    return found


def _forms(found: Candidates) -> Iterator[_Form]:
    for place, line in enumerate(found.lines):
        for number, raw in enumerate(dict.fromkeys((line.name, *line.aliases))):
            form = _Form(place, parsed(raw), number == 0)
            if number:
                found.claimed.setdefault(form.name.compact, set()).add(place)
            yield form


def _shared(forms: Iterable[_Form]) -> set[str]:
    """The keys that more than one name has; most of them nobody shares, and those need no list."""
    once: set[str] = set()
    more: set[str] = set()
    for form in forms:
        for key, _ in _keys(form.name):
            (more if key in once else once).add(key)
    return more


def _compare(
    found: Candidates,
    key: str,
    asking: Sequence[_Form],
    others: Sequence[_Form],
    seen: set[tuple[int, int, str, str]],
) -> None:
    if len({form.place for form in (*asking, *others)}) > MOST_ALIKE:
        if not key.startswith(_SAME):
            found.crowded |= {form.place for form in asking}
            return
        pairs = pairwise(asking)
    else:
        pairs = ((a, b) for at, a in enumerate(asking) for b in (*asking[at + 1 :], *others))
    for a, b in pairs:
        one, other = sorted((a, b), key=lambda form: form.place)
        told = (one.place, other.place, one.name.raw, other.name.raw)
        if one.place == other.place or not (one.own or other.own) or told in seen:
            continue
        seen.add(told)
        found.compared += 1
        _note(found, one, other)


def _note(found: Candidates, one: _Form, other: _Form) -> None:
    kind = kinds(one.name, other.name)
    if kind is None or clash(*(parsed(found.lines[form.place].name) for form in (one, other))):
        return
    recorded = kind in _RECORDED and one.own != other.own
    short = min((one, other), key=lambda form: _says(form.name)).place
    new = Match(one.place, other.place, kind, (one.name.raw, other.name.raw), recorded, short)
    old = found.matches.get((one.place, other.place))
    if old is None or rank(new) < rank(old):
        found.matches[one.place, other.place] = new


def rank(match: Match) -> int:
    """How sure a match is by its names: the lower, the surer."""
    return -1 if match.recorded else _RANKS[match.kind]


_RANKS = {kind: number for number, kind in enumerate(Kind)}


def _says(name: Name) -> tuple[int, int, int]:
    return len(name.words), len(name.titles), len(name.compact)


def _keys(name: Name) -> Iterator[tuple[str, bool]]:
    """What a name is found by, and whether it asks there or only answers: two that answer never meet."""
    words = name.words
    if not words:
        return
    yield _SAME + name.compact, True
    for key in _typo_keys(name.letters):
        yield key, True
    if name.handle:
        yield f"run {name.letters}", True
    if len(words) == 1:
        yield from ((f"word {full}", True) for full in full_names(words[0]))
        return
    yield f"words {' '.join(sorted(words))}", True
    for full in full_names(words[0]):
        yield f"word {full}", False
        yield f"full {full} {words[-1]}", True
    yield f"word {words[-1]}", False
    yield f"initial {words[0][0]} {words[-1]}", len(words[0]) == 1
    yield f"begins {words[0]} {words[1]}", len(words) == 2
    yield from ((f"run {handle}", False) for handle in dict.fromkeys(name.handles()))


def _typo_keys(letters: str) -> Iterator[str]:
    """Each way to leave out one letter: names one letter apart share one."""
    if _SHORTEST_TYPO <= len(letters) <= _LONGEST_TYPO:
        yield f"typo {letters}"
        for key in {letters[:at] + letters[at + 1 :] for at in range(len(letters))}:
            yield f"typo {key}"
