"""How far a memory and its mirror have come: the tip and the newest epoch, here and there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pygit2

from . import epoch
from .branch import Branch
from .durability import reference_writer
from .objects import commit_of

_HEADS = "refs/heads/"
# No key begins like this, so no user's own references are called like these.
_META = "refs/meta/_mirror/"


@dataclass(frozen=True, slots=True)
class Point:
    """The newest commit and the commit of the newest epoch; "" where there is none."""

    tip: str = ""
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Lag:
    """What the mirror does not have yet, as far as is known here.

    `pushed` is the newest commit that it has ("" if it has none), `commits` how many it lacks, `since` when
    the oldest of these was made; `erase` tells that it does not know of the newest erase yet.
    """

    pushed: str
    commits: int
    since: datetime | None
    erase: bool


def here(branch: Branch) -> Point:
    """How far the memory itself has come."""
    return _point(branch, branch.ref, epoch.reference_of(branch))


def seen(branch: Branch) -> Point:
    """How far the mirror had come when it was last seen or pushed to."""
    return _point(branch, seen_reference(branch), _seen_epoch(branch))


def seen_reference(branch: Branch) -> str:
    """The reference that keeps the newest commit the mirror is known to have."""
    return f"refs/remotes/mirror/{branch.ref.removeprefix(_HEADS)}"


def record(branch: Branch, point: Point) -> None:
    """Keep how far the mirror has come; for the branch's one writer only."""
    place(branch, _seen_epoch(branch), point.epoch)
    place(branch, seen_reference(branch), point.tip)


def place(branch: Branch, name: str, target: str) -> None:
    """Have a reference point at a commit, "" for nothing; for the branch's one writer only."""
    branch.repository.joinpath(f"{name}.lock").unlink(missing_ok=True)
    handle = reference_writer(branch.repository, branch.durability)
    if target:
        handle.references.create(name, target, force=True)
    elif name in handle.references:
        with branch.taking_references_away():
            handle.references.delete(name)


def lag(branch: Branch) -> Lag:
    """What the mirror still lacks; nothing is asked of it."""
    now, then = here(branch), seen(branch)
    handle = pygit2.Repository(str(branch.repository))
    times = [commit.commit_time for commit in _between(handle, now.tip, then.tip)]
    since = datetime.fromtimestamp(min(times), UTC) if times else None
    return Lag(then.tip, len(times), since, now.epoch != then.epoch)


def leads(handle: pygit2.Repository, earlier: str, later: str) -> bool:
    """Whether a commit, or nothing (""), leads to another one."""
    if earlier in ("", later):
        return True
    if not later or earlier not in handle or later not in handle:
        return False
    return handle.descendant_of(later, earlier)


def _between(handle: pygit2.Repository, tip: str, known: str) -> Iterator[pygit2.Commit]:
    if tip:
        walker = handle.walk(tip)
        if known and known in handle:
            walker.hide(known)
        yield from walker


def _point(branch: Branch, *names: str) -> Point:
    handle = pygit2.Repository(str(branch.repository))
    found = [handle.references.get(name) for name in names]
    return Point(*(str(commit_of(handle, one.target).id) if one else "" for one in found))


def _seen_epoch(branch: Branch) -> str:
    return f"{_META}{branch.key}"
