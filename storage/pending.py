"""Which sessions still wait for their digest; the queue is git itself.

Each commit of ours carries the number of sessions that wait at it (`Pending`, absent for none), so
that the usual answer costs one commit, and another one only as many as lie behind the oldest waiting.
"""

from .changes import Stage
from .history import History
from .snapshot import Snapshot

TRAILER = "Pending"
_BEGINS = frozenset({Stage.INTAKE, Stage.RESTORE})
_ENDS = frozenset({Stage.DIGEST, Stage.UNDO, Stage.FORGET})


def count(snapshot: Snapshot) -> int:
    """How many sessions wait at a commit; commits made by other programs change nothing."""
    if "Stage" in snapshot.trailers:
        return _number(snapshot.trailers)
    for commit in History(snapshot).commits():
        if commit.stage:
            return _number(commit.trailers)
    return 0


def sessions(snapshot: Snapshot) -> list[str]:
    """The ids of the sessions that wait, oldest first."""
    missing = count(snapshot)
    found: list[str] = []
    ended: set[str] = set()
    if not missing:
        return found
    for commit in History(snapshot).commits():
        if commit.session in ended or not commit.session:
            continue
        if commit.stage in _ENDS:
            ended.add(commit.session)
        elif commit.stage in _BEGINS:
            ended.add(commit.session)
            found.append(commit.session)
            if len(found) == missing:
                break
    return found[::-1]


def _number(trailers: dict[str, str]) -> int:
    told = trailers.get(TRAILER, "0")
    return int(told) if told.isdecimal() else 0
