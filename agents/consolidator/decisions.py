"""Which matches are sure enough to be merged by rule, and why the others are not."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from ...ontologies.index import IndexLine
from .candidates import Candidates, Match, rank
from .names import Kind, clash, parsed

SAFE = frozenset(
    {
        Kind.EQUAL,
        Kind.SWAPPED,
        Kind.HANDLE,
        Kind.MIDDLE,
        Kind.NICKNAME,
        Kind.INITIAL,
        Kind.LONGER,
        Kind.OFFICE,
        Kind.RARE_GIVEN,
        Kind.SURNAME,
    }
)
"""What was never wrong on labelled names (`make bench-consolidate`), where it leads to one file only."""

PEOPLE = frozenset({"", "person", "people", "contact", "character"})
"""Types whose names have a given name and a surname; Mexico is no short form of New Mexico."""

# What holds however many others are called alike.
_ALWAYS = frozenset({Kind.EQUAL})


Against = Callable[[Match], str]


class Clusters:
    """Places that are one, and what would be merged where it may."""

    def __init__(self, found: Candidates, against: Against) -> None:
        self._found = found
        self._against = against
        self._first = list(range(len(found.lines)))
        self._members: dict[int, list[int]] = {}
        # Whom a name may mean: those whose names say more.
        self._near: dict[int, set[int]] = {}
        for match in found.matches.values():
            full = match.other if match.short == match.one else match.one
            self._near.setdefault(match.short, set()).add(full)
        self.refused: dict[tuple[int, int], str] = {}

    def of(self, place: int) -> int:
        """The place that stands for a cluster."""
        while self._first[place] != place:
            place = self._first[place]
        return place

    def members(self, place: int) -> list[int]:
        """Every place of a cluster."""
        return self._members.get(self.of(place), [place])

    def together(self) -> Iterator[list[int]]:
        """The clusters of more than one."""
        return (sorted(members) for first, members in self._members.items() if self.of(first) == first)

    def join(self, match: Match, *, told: bool = False) -> bool:
        """Merge two clusters if nothing speaks against it; else the reason is kept.

        With `told` somebody has looked at the two files, and it does not matter who else is called so.
        """
        one, other = self.of(match.one), self.of(match.other)
        if one == other:
            return False
        why = ("" if told else self._ambiguous(match)) or self._clash(one, other) or self._against(match)
        if why:
            self.refused[match.one, match.other] = why
            return False
        self.refused.pop((match.one, match.other), None)
        self._first[other] = one
        self._members[one] = [*self.members(one), *self._members.pop(other, [other])]
        return True

    def _ambiguous(self, match: Match) -> str:
        lines = self._found.lines
        claimed = self._found.claimed
        if match.recorded:
            names = {parsed(name).compact for name in match.names}
            owners = {self.of(place) for name in names for place in claimed.get(name, ())}
            rivals = owners - {self.of(match.one), self.of(match.other)}
            return f"another file has that alias: {_paths(lines, rivals)}" if rivals else ""
        if match.kind in _ALWAYS:
            return ""
        if match.short in self._found.crowded:
            return "too many files have such a name"
        near = {self.of(p) for member in self.members(match.short) for p in self._near.get(member, ())}
        rivals = near - {self.of(match.one), self.of(match.other)}
        return f"it could be another, too: {_paths(lines, rivals)}" if rivals else ""

    def _clash(self, one: int, other: int) -> str:
        lines = self._found.lines
        for a in self.members(one):
            for b in self.members(other):
                why = clash(parsed(lines[a].name), parsed(lines[b].name))
                if why:
                    return why
        return ""


def decide(found: Candidates, against: Against, safe: Iterable[Kind] = SAFE) -> Clusters:
    """Join what is sure by rule."""
    accepted = frozenset(safe)
    clusters = Clusters(found, against)
    sure = [match for match in ordered(found) if match.kind in accepted and _applies(found, match)]
    while sum(clusters.join(match) for match in sure):
        pass
    return clusters


def _applies(found: Candidates, match: Match) -> bool:
    people = all(found.lines[place].type in PEOPLE for place in (match.one, match.other))
    return match.recorded or match.kind in _ALWAYS or people


def ordered(found: Candidates) -> list[Match]:
    """The matches, the surest first."""
    return sorted(found.matches.values(), key=lambda match: (rank(match), match.one, match.other))


def _paths(lines: Sequence[IndexLine], places: Iterable[int]) -> str:
    return ", ".join(lines[place].path for place in sorted(places)[:3])
