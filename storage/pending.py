"""Which sessions still wait for their digest; the queue is git itself.

Each commit of ours carries the number of sessions that wait at it (`Pending`, absent for none), so
that the usual answer costs one commit, and another one only as many as lie behind the oldest waiting.
"""

from collections.abc import Iterator, Sequence

import pygit2

from .changes import Stage
from .history import Commit, History, described, walked
from .snapshot import Snapshot

TRAILER = "Pending"
HOLD = "Hold"
_BEGINS = frozenset({Stage.INTAKE, Stage.RESTORE})
_ENDS = frozenset({Stage.DIGEST, Stage.UNDO, Stage.FORGET})


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
    return _found(snapshot.repository, [snapshot.commit]) if count(snapshot) else []


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
        if alone and commit.stage and not _number(commit.trailers):
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
