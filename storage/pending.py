"""Which sessions still wait for their digest; the queue is git itself.

Each commit of ours carries the number of sessions that wait at it (`Pending`, absent for none), so
that the usual answer costs one commit, and another one only as many as lie behind the oldest waiting.
What waits at a commit is kept, and what waits at the next one is made of it.
"""

from collections.abc import Iterator, Mapping, Sequence

import pygit2

from .cache import BlobCache
from .changes import Stage
from .history import Commit, History, described, walked
from .objects import commit_of
from .snapshot import Snapshot

TRAILER = "Pending"
HOLD = "Hold"
_BEGINS = frozenset({Stage.INTAKE, Stage.RESTORE})
_ENDS = frozenset({Stage.DIGEST, Stage.UNDO, Stage.FORGET})

# By session, the commit that each waiting one began with, the oldest first.
_Waiting = Mapping[str, Commit]
_KEPT: BlobCache[_Waiting] = BlobCache(budget=20_000)


def forget() -> None:
    """Drop what was kept of any history."""
    _KEPT.clear()


def count(snapshot: Snapshot) -> int:
    """How many sessions wait at a commit; commits made by other programs change nothing."""
    if "Stage" in snapshot.trailers:
        return _number(snapshot.trailers)
    for commit in History(snapshot).commits():
        if commit.stage:
            return _number(commit.trailers)
        if len(commit.parents) > 1:
            return len(joined(snapshot.repository, [snapshot.commit]))
    return 0


def sessions(snapshot: Snapshot) -> list[str]:
    """The ids of the sessions that wait, oldest first."""
    return [commit.session for commit in _waiting(snapshot)]


def held(snapshot: Snapshot) -> list[str]:
    """Those of them whose digest is to be committed by the caller."""
    return [commit.session for commit in _waiting(snapshot) if commit.trailers.get(HOLD) == "yes"]


def free(snapshot: Snapshot) -> list[str]:
    """Those of them that anybody may digest."""
    return [commit.session for commit in _waiting(snapshot) if commit.trailers.get(HOLD) != "yes"]


def joined(handle: pygit2.Repository, tips: Sequence[str]) -> list[str]:
    """The ids of the sessions that wait where several lines of commits become one, oldest first."""
    return [commit.session for commit in _found(handle, tips)]


def _waiting(snapshot: Snapshot) -> list[Commit]:
    return list(_at(snapshot.repository, snapshot.commit).values()) if count(snapshot) else []


def _at(handle: pygit2.Repository, tip: str) -> _Waiting:
    """What waits at a commit, made of what waited at the one before it, as far back as that is not kept."""

    def made() -> tuple[int, _Waiting]:
        line: list[Commit] = []
        at: str | None = tip
        waiting: _Waiting | None = None
        while at:
            waiting = _KEPT.peek(at)
            if waiting is not None:
                break
            commit = described(commit_of(handle, at))
            if _is_clear(commit):
                break
            if len(commit.parents) > 1:
                waiting = {one.session: one for one in _found(handle, [at])}
                break
            line.append(commit)
            at = next(iter(commit.parents), None)
        found = _after(waiting or {}, reversed(line))
        return len(found) + 1, found

    return _KEPT.get(tip, made)


def _after(waiting: _Waiting, line: Iterator[Commit]) -> _Waiting:
    """What waits once a line of commits, each the only one before the next, has come after others."""
    found = dict(waiting)
    for commit in line:
        if commit.session and commit.stage in _BEGINS | _ENDS:
            found.pop(commit.session, None)
            if commit.stage in _BEGINS:
                found[commit.session] = commit
    return found


def _is_clear(commit: Commit) -> bool:
    """Whether a commit of ours says that nothing waits at it."""
    return bool(commit.stage) and not _number(commit.trailers)


def _found(handle: pygit2.Repository, tips: Sequence[str]) -> list[Commit]:
    """The commits that the waiting sessions began with, oldest first.

    Until lines that were joined have met again, what a commit does to a session holds for its own line
    only: a digest there ends it for all, unless more words came in here.
    """
    begun: dict[str, list[Commit]] = {}
    ended: dict[str, list[Commit]] = {}
    open_lines = set(tips)
    for commit in _walked(handle, tips):
        alone = len(open_lines) == 1
        if alone and _is_clear(commit):
            break
        open_lines.discard(commit.id)
        open_lines.update(commit.parents)
        name = commit.session
        if not name or (alone and (name in begun or name in ended)):
            continue
        if commit.stage in _BEGINS:
            begun.setdefault(name, []).append(commit)
        elif commit.stage in _ENDS:
            ended.setdefault(name, []).append(commit)
    left = (
        next((one for one in told if all(_outgrew(handle, one, end) for end in ended.get(name, ()))), None)
        for name, told in begun.items()
    )
    return [commit for commit in left if commit][::-1]


def _walked(handle: pygit2.Repository, tips: Sequence[str]) -> Iterator[Commit]:
    return map(described, walked(handle, tips))


def _outgrew(handle: pygit2.Repository, begun: Commit, ended: Commit) -> bool:
    """Whether a session that ended on one line still waits for what came in on another, or later."""
    if handle.descendant_of(begun.id, ended.id):
        return True
    if handle.descendant_of(ended.id, begun.id) or ended.stage != Stage.DIGEST:
        return False
    here, there = Snapshot(handle, begun.id), Snapshot(handle, ended.id)
    blobs = ((here.blob(path), there.blob(path)) for path in History(here).touched(begun))
    return any(mine and (not told or here.size(mine) > there.size(told)) for mine, told in blobs)


def _number(trailers: dict[str, str]) -> int:
    told = trailers.get(TRAILER, "0")
    return int(told) if told.isdecimal() else 0
