"""What changed and when, for a path, an entity, a session or a word."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache
from typing import TypedDict

from ..errors import BadInput, UnknownEntity, UnknownPath
from ..ontologies import entity, timeline
from ..ontologies.sections import Section
from ..ontologies.statement import first_day, last_day
from ..storage.history import Change, Commit, History
from ..storage.moment import moment
from ..storage.snapshot import Snapshot
from . import legacy
from .catalogue import Catalogue

MOST_ENTRIES = 100


def happened(when: str, after: date | None, before: date | None) -> bool:
    """Whether an event date or session date lies within two days, both inclusive; an unknown one in none."""
    if after is None and before is None:
        return True
    first, _, last = when.partition("/")
    start, end = first_day(first), last_day(last or first)
    if start is None or end is None:
        return False
    return (not after or end >= after) and (not before or start <= before)


class Asked(TypedDict, total=False):
    """What `history` may be asked, as text from outside; all of it is optional.

    `path` (a file, also under the names it had), `entity` (a name or alias), `session` (an id), `query`
    (words that came in or went out), `stage`; `since`, `until` (when it was learned), `happened_after`,
    `happened_before` (when it was so; inclusive days); `as_of`; `limit` (20) and `cursor` for pages.
    """

    path: str
    entity: str
    session: str
    query: str
    stage: str
    since: str
    until: str
    happened_after: str
    happened_before: str
    as_of: str
    limit: int
    cursor: str


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What to look for; empty fields ask for nothing.

    `since` and `until` are when it was learned, `happened_*` when it was so.
    """

    path: str = ""
    entity: str = ""
    session: str = ""
    words: str = ""
    stage: str = ""
    since: datetime | None = None
    until: datetime | None = None
    happened_after: date | None = None
    happened_before: date | None = None
    limit: int = 20
    cursor: str = ""

    @classmethod
    def of(cls, asked: Asked, zone: tzinfo) -> "HistoryQuery":
        """What was asked, with its dates understood.

        Raises:
            BadDate: one of them is none.
        """

        def told(raw: str, *, end_of_day: bool = False) -> datetime | None:
            return moment(raw, zone, end_of_day=end_of_day) if raw else None

        after, before = told(asked.get("happened_after", "")), told(asked.get("happened_before", ""))
        return cls(
            path=asked.get("path", ""),
            entity=asked.get("entity", ""),
            session=asked.get("session", ""),
            words=asked.get("query", ""),
            stage=asked.get("stage", ""),
            since=told(asked.get("since", "")),
            until=told(asked.get("until", ""), end_of_day=True),
            happened_after=after.date() if after else None,
            happened_before=before.date() if before else None,
            limit=asked.get("limit", 20),
            cursor=asked.get("cursor", ""),
        )

    def admits(self, commit: Commit) -> bool:
        """Whether a commit is of the session, stage and time asked for."""
        return (
            (not self.since or commit.learned >= self.since)
            and (not self.until or commit.learned <= self.until)
            and (not self.session or legacy.is_of(commit, self.session))
            and (not self.stage or commit.stage == self.stage)
            and happened(commit.happened, self.happened_after, self.happened_before)
        )


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One commit: when it was learned (RFC 3339), when it happened, who made it, what it changed."""

    commit: str
    learned: str
    happened: str
    stage: str
    actor: str
    session_id: str
    subject: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some of the commits asked for, newest first, and where the next page begins ("" at the end)."""

    entries: tuple[HistoryEntry, ...]
    next_cursor: str


def past(snapshot: Snapshot, query: HistoryQuery) -> HistoryPage:
    """The commits that match a query, newest first, one page of them.

    Raises:
        BadInput: the limit or the cursor makes no sense.
        UnknownEntity, UnknownPath: nothing of that name was ever here.
    """
    if not 1 <= query.limit <= MOST_ENTRIES:
        raise BadInput(f"limit is {query.limit}; give 1 to {MOST_ENTRIES}")
    history = History(snapshot)
    paths = _paths(history, query)
    found = _after(_matching(history, paths, query), query.cursor)
    page = [commit for _, commit in zip(range(query.limit + 1), found, strict=False)]
    if not page and paths and not query.cursor and not _ever(history, paths):
        raise UnknownPath(query.path or query.entity, snapshot.nearest(query.path))
    more = len(page) > query.limit
    entries = tuple(_entry(history, commit, paths) for commit in page[: query.limit])
    return HistoryPage(entries, entries[-1].commit if more else "")


def section_of_line(text: str) -> Callable[[int], str]:
    """The title of the section each line of a file stands in."""
    # The days of a month are headings too deep to be sections.
    days = timeline.titles(text)

    @cache
    def sections() -> Sequence[Section]:
        return entity.parse(text).sections

    def title(line: int) -> str:
        inside = (one.title for one in reversed(sections()) if one.first_line <= line <= one.last_line)
        return days.get(line) or next(inside, "")

    return title


def _paths(history: History, query: HistoryQuery) -> tuple[str, ...]:
    path = query.path.rstrip("/")
    if query.entity:
        catalogue = Catalogue.of(history.tip)
        line = catalogue.find(query.entity)
        if line is None:
            raise UnknownEntity(query.entity, catalogue.nearest(query.entity))
        path = line.path
    return tuple(history.paths_of(path)) if path else ()


def _matching(history: History, paths: Sequence[str], query: HistoryQuery) -> Iterator[Commit]:
    return filter(query.admits, history.commits(paths, query.words))


def _after(commits: Iterator[Commit], cursor: str) -> Iterator[Commit]:
    if cursor and not any(commit.id == cursor for commit in commits):
        raise BadInput("this cursor belongs to another question; ask again without one")
    yield from commits


def _ever(history: History, paths: Sequence[str]) -> bool:
    return next(history.commits(paths), None) is not None


def _entry(history: History, commit: Commit, paths: Sequence[str]) -> HistoryEntry:
    return HistoryEntry(
        commit=commit.id,
        learned=commit.learned.isoformat(),
        happened=commit.happened,
        stage=commit.stage,
        actor=commit.actor,
        session_id=legacy.session_of(commit),
        subject=commit.subject,
        changes=tuple(_changes(history, commit, paths)),
    )


def _changes(history: History, commit: Commit, paths: Sequence[str]) -> list[Change]:
    found = history.changes(commit, section_of_line, paths)
    if found or not paths:
        return found
    folders = tuple(f"{path}/" for path in paths)
    return [each for each in history.changes(commit, section_of_line) if each.path.startswith(folders)]
