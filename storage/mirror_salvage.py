"""What one machine took in and no other knows of, put on top of a history that was erased elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pygit2

from . import pending
from .changes import Actor, ChangeSet, Stage
from .history import Commit, History
from .mirror_erased import Erased, Landed, erased
from .mirror_format import Format
from .objects import commit_of
from .snapshot import Snapshot

_OURS = frozenset({"Stage", "Actor", pending.TRAILER})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of commits from before an erase, oldest first: those the eraser knew, and those it did not."""

    known: tuple[str, ...]
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Salvage:
    """The change sets to commit one after the other, and the ids of the commits that were given up."""

    changes: tuple[ChangeSet, ...]
    dropped: tuple[str, ...]


def line(handle: pygit2.Repository, tip: str, now: Sequence[str], landed: Landed, pushed: str = "") -> Line:
    """Part the commits that lead to `tip` by whether an erase that came to the commits `now` knew them.

    What `pushed` leads to was known in any case: whoever erased had it before them.
    """
    there = set(now)
    before = set(_to(handle, pushed)) if pushed and pushed in handle else set[str]()
    every = list(_to(handle, tip))
    own = {one for one in every if one not in before and one not in there and landed.of(one) is None}
    return Line(tuple(one for one in every if one not in own), tuple(one for one in every if one in own))


def commits_to(handle: pygit2.Repository, tip: str) -> tuple[str, ...]:
    """Every commit that leads to one, oldest first."""
    return tuple(_to(handle, tip)) if tip else ()


def salvaged(
    handle: pygit2.Repository, old: Line, onto: str, now: Sequence[str], landed: Landed, told: Format
) -> Salvage:
    """What the own commits of a line come to on top of a commit: their intakes, without what was erased.

    All else they did is given up: it was made of a memory that is not there any more.
    """
    taken = erased(handle, old.known, now, landed)
    parted = Snapshot(handle, old.known[-1]) if old.known else None
    work = _Work(handle, taken, told, Snapshot(handle, onto) if onto else None, parted)
    changes: list[ChangeSet] = []
    dropped: list[str] = []
    for identity in old.own:
        commit = History(Snapshot(handle, identity)).commit(identity)
        if commit.stage == Stage.MERGE:
            continue
        if work.gives_up(commit):
            dropped.append(identity)
        else:
            changes += work.again(commit)
    return Salvage(tuple(changes), tuple(dropped))


@dataclass(slots=True)
class _Work:
    handle: pygit2.Repository
    erased: Erased
    told: Format
    onto: Snapshot | None
    parted: Snapshot | None
    written: dict[str, bytes] = field(default_factory=dict[str, bytes])
    waiting: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.waiting.update(pending.sessions(self.onto) if self.onto else ())

    def gives_up(self, commit: Commit) -> bool:
        """Whether a commit is no intake, or one of what was erased or taken back."""
        if commit.stage != Stage.INTAKE or commit.session in self.erased.sessions:
            return True
        paths = History(Snapshot(self.handle, commit.id)).touched(commit)
        return any(map(self._tells, (commit.session, *paths))) or any(map(self._was_taken_back, paths))

    def again(self, commit: Commit) -> Iterator[ChangeSet]:
        """The change set of an intake; none if all of it is there already."""
        there = Snapshot(self.handle, commit.id)
        write: dict[str, str | bytes] = {}
        for path in History(there).touched(commit):
            content = self._content(path, there)
            if content != self._now(path):
                write[path] = self.written[path] = content
        if write:
            yield self._intake(commit, write)

    def _intake(self, commit: Commit, write: Mapping[str, str | bytes]) -> ChangeSet:
        trailers = {name: value for name, value in commit.trailers.items() if name not in _OURS}
        fresh = commit.session not in self.waiting
        self.waiting.add(commit.session)
        signed = commit_of(self.handle, commit.id).author
        return ChangeSet(
            subject=commit.subject,
            stage=Stage.INTAKE,
            actor=Actor(commit.actor) if commit.actor in set(Actor) else Actor.USER,
            write=write,
            trailers=trailers,
            when=datetime.fromtimestamp(signed.time, timezone(timedelta(minutes=signed.offset))),
            waiting=1 if fresh else 0,
        )

    def _content(self, path: str, there: Snapshot) -> bytes:
        mine = there.read_bytes(path)
        base = self.parted.read_bytes(path) if self.parted and self.parted.blob(path) else b""
        now = self._now(path)
        if now is not None and now != base and path not in self.written:
            try:
                mine = self.told.join(path, base.decode(), now.decode(), mine.decode()).encode()
            except UnicodeDecodeError:
                mine = now
        return self.told.redact(path, mine, self.erased.words)

    def _was_taken_back(self, path: str) -> bool:
        """Whether a file that stood there when the lines parted has gone since."""
        return self._now(path) is None and self.parted is not None and self.parted.blob(path) is not None

    def _now(self, path: str) -> bytes | None:
        if path in self.written:
            return self.written[path]
        return self.onto.read_bytes(path) if self.onto and self.onto.blob(path) else None

    def _tells(self, name: str) -> bool:
        data = name.encode()
        return self.told.redact(name, data, self.erased.words) != data


def _to(handle: pygit2.Repository, tip: str) -> Iterator[str]:
    if tip:
        order = pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.REVERSE
        yield from (str(commit.id) for commit in handle.walk(tip, order))
