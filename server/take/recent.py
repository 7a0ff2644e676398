"""What changed in a memory of late, commit by commit, told by lines that still stand in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from ...agents.places import is_entity
from ...agents.reading import plain
from ...agents.retrospect import section_of_line
from ...ontologies.statement import UNKNOWN, Mark, Statement, parse_line
from ...storage.changes import Stage
from ...storage.history import Commit, History
from ...storage.snapshot import Snapshot

MOST_COMMITS = 12
MOST_LINES = 9
_MOST_OF_ONE = 3
_WHAT = {
    "digest": "Filed from session {session}",
    "onboard": "The memory began",
    "edit": "Edited by hand",
    "consolidate": "Put in order",
    "restore": "Brought back",
    "undo": "Taken back",
    "forget": "Forgotten",
    "merge": "Joined with what another machine wrote",
}


@dataclass(frozen=True, slots=True)
class Learned:
    """A line that came in, and of whom it speaks; `when` is its own date."""

    path: str
    name: str
    when: str
    text: str
    former: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: when it was made and what it was.

    `lines` are those it brought that still stand, `more` how many of them are left out here, `gone` how many
    it took away: what was forgotten is not told again.
    """

    when: str
    what: str
    commit: str
    lines: tuple[Learned, ...]
    more: int
    gone: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What the memory holds now: the names of its entities by path, and each of their statements."""

    names: Mapping[str, str]
    statements: frozenset[tuple[Mark | None, str]]


def changes(snapshot: Snapshot, standing: Standing) -> Iterator[Change]:
    """The last commits that changed what is known, newest first; mere intakes are not among them."""
    history = History(snapshot)
    told = (
        _change(history, commit, standing) for commit in history.commits() if commit.stage != Stage.INTAKE
    )
    yield from islice((change for change in told if change.lines or change.gone), MOST_COMMITS)


def identity(statement: Statement) -> tuple[Mark | None, str]:
    """What a statement is known by, whatever has become of its date."""
    return statement.mark, statement.text


def _change(history: History, commit: Commit, standing: Standing) -> Change:
    found = [one for one in history.changes(commit, section_of_line) if is_entity(one.path)]
    came = [(one.path, statement) for one in found for statement in _stated(one.added)]
    went = {identity(statement) for one in found for statement in _stated(one.removed)}
    # A line that was moved, or got another date, comes and goes at once.
    new = [pair for pair in came if identity(pair[1]) not in went or pair[1].former]
    lines = [_learned(path, one, standing) for path, one in new if identity(one) in standing.statements]
    told = _WHAT.get(commit.stage)
    what = told.format(session=commit.session) if told else commit.subject
    gone = len(went - {identity(statement) for _, statement in came})
    when = commit.learned.strftime("%Y-%m-%d %H:%M")
    shown = tuple(_some(lines))
    return Change(when, what, commit.id, shown, len(lines) - len(shown), gone)


def _some(lines: list[Learned]) -> Iterator[Learned]:
    """A few lines of each entity, the entities in their order."""
    of_one = {
        path: [line for line in lines if line.path == path] for path in {line.path: 0 for line in lines}
    }
    yield from islice((line for several in of_one.values() for line in several[:_MOST_OF_ONE]), MOST_LINES)


def _learned(path: str, statement: Statement, standing: Standing) -> Learned:
    when = "" if statement.when == UNKNOWN else statement.when
    return Learned(path, standing.names.get(path, path), when, plain(statement.text), statement.former)


def _stated(lines: tuple[str, ...]) -> Iterator[Statement]:
    return filter(None, map(parse_line, lines))
