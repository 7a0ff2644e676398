"""What of the index and of the files a model is shown: first what the session speaks of."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from ...ontologies.entity import Entity
from ...ontologies.index import IndexLine
from ...ontologies.statement import parse_line
from ..catalogue import Catalogue, normal
from .grounding import Evidence
from .heard import Said

_MOST_WORDS = 5
_LONGEST_LINE = 240
_FEW_LINES = 400
"""How many characters of a file are shown whatever the room."""


def index_lines(catalogue: Catalogue, said: Sequence[Said], profile: str, day: str, room: int) -> str:
    """The index within `room` characters: who is named in the session, then the strongest."""
    words = _runs(f"{one.speaker} {one.text}" for one in said)
    named = filter(None, (catalogue.find(name) for name in sorted(words)))
    strongest = filter(None, map(catalogue.at, catalogue.ranks.strongest(day)))
    fitting = sorted(strongest, key=lambda line: not _fits(line, words))
    ranked = {line.path: line for line in (catalogue.at(profile), *named, *fitting) if line}
    shown: list[str] = []
    for line in ranked.values():
        told = line.render()[:_LONGEST_LINE]
        if len(told) + 1 > room:
            break
        room -= len(told) + 1
        shown.append(told)
    left = catalogue.counts.total() - len(shown)
    return "\n".join([*shown, *([f"({left:,} more are not shown)"] if left else [])])


def file_lines(file: Entity, statements: Collection[str], evidence: Evidence, room: int) -> str:
    """A file within `room` characters: its head and titles, and the lines nearest to what is to be filed."""
    lines = file.render().split("\n")
    if sum(len(line) + 1 for line in lines) <= room:
        return "\n".join(lines)
    wanted = evidence.terms(" ".join(statements))
    kept: set[int] = set()
    for at in sorted(range(len(lines)), key=lambda at: (-_weight(lines[at], wanted, evidence), at)):
        if len(lines[at]) + 1 <= room:
            room -= len(lines[at]) + 1
            kept.add(at)
    return "\n".join(_with_gaps(lines, kept))


def shares(sizes: Sequence[int], room: int) -> list[int]:
    """How much of `room` each gets: all it needs where that is less than an equal part."""
    granted = [0] * len(sizes)
    left = room
    for done, at in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        granted[at] = min(sizes[at], max(left // (len(sizes) - done), _FEW_LINES))
        left = max(0, left - granted[at])
    return granted


def _fits(line: IndexLine, words: Collection[str]) -> bool:
    """Whether the session speaks of what an entity is, or of what one would look for it by."""
    return any(normal(word) in words for word in (line.role, *line.cues))


def _runs(texts: Iterable[str]) -> frozenset[str]:
    """Every run of up to five words, as names are compared."""
    found: set[str] = set()
    for text in texts:
        words = [word.strip(".,;:!?\"'()[]").removesuffix("'s") for word in normal(text).split()]
        for size in range(1, _MOST_WORDS + 1):
            found.update(" ".join(words[at : at + size]) for at in range(len(words) - size + 1))
    return frozenset(found)


def _weight(line: str, wanted: Collection[str], evidence: Evidence) -> float:
    if line.startswith(("---", "type:", "name:", "role:", "status:", "aliases:", "#", "/END")):
        return 1000.0
    statement = parse_line(line)
    if statement is None:
        return len(evidence.terms(line[:2000]) & set(wanted)) - 0.5
    return len(evidence.terms(statement.text) & set(wanted)) - (0.25 if statement.former else 0)


def _with_gaps(lines: Sequence[str], kept: Collection[int]) -> Iterator[str]:
    skipped = 0
    for at, line in enumerate(lines):
        if at not in kept:
            skipped += bool(line.strip())
            continue
        if skipped:
            yield f"({skipped} lines not shown)"
            skipped = 0
        yield line
    if skipped:
        yield f"({skipped} lines not shown)"
