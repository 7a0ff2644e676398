"""How often a memory was rewritten by an erase, when, and which commit became which.

`refs/meta/<key>` is a line of commits of its own, one an erase, each with one file, `epoch.json`.
It holds ids and dates only and is never rewritten.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pygit2

from ..errors import UnknownUser
from .branch import Branch
from .handle import Handle
from .objects import blob_of, commit_of, tree_of

_FILE = "epoch.json"
_SHORTEST_PREFIX = 7
_FULL_ID = 40


@dataclass(frozen=True, slots=True)
class Epoch:
    """One erase: its number, its date, and the new id of each rewritten commit ("" if it is gone)."""

    number: int
    date: str
    commits: dict[str, str]


def reference_of(branch: Branch) -> str:
    """The name of the reference that holds a user's epochs."""
    return f"refs/meta/{branch.key}"


def tip(branch: Branch) -> str:
    """The commit of the newest epoch, "" if there is none."""
    found = Handle(str(branch.repository)).references.get(reference_of(branch))
    return str(found.target) if found else ""


def epochs(branch: Branch) -> Iterator[Epoch]:
    """Every erase of a memory, the newest first."""
    try:
        handle = Handle(str(branch.repository))
    except pygit2.GitError:
        raise UnknownUser(branch.user) from None
    found = handle.references.get(reference_of(branch))
    yield from line(handle, str(found.target) if found else "")


def line(handle: pygit2.Repository, commit: str, until: str = "") -> Iterator[Epoch]:
    """The erases that lead to a commit of an epoch reference, newest first, down to another one."""
    here = commit
    while here and here != until:
        yield _read(handle, here)
        here = next(map(str, commit_of(handle, here).parent_ids), "")


def number(branch: Branch) -> int:
    """How many erases rewrote this memory."""
    return next((epoch.number for epoch in epochs(branch)), 0)


def erased_on(branch: Branch, commit: str) -> str | None:
    """The date on which a commit was erased or rewritten; a unique beginning of 7 digits or more will do."""
    if len(commit) < _SHORTEST_PREFIX:
        return None
    dates = {
        old: epoch.date
        for epoch in epochs(branch)
        for old in ([commit] if len(commit) == _FULL_ID else epoch.commits)
        if old in epoch.commits and old.startswith(commit)
    }
    return next(iter(dates.values())) if len(dates) == 1 else None


def raised(handle: pygit2.Repository, branch: Branch, commits: Mapping[str, str], today: date) -> str:
    """Write the commit of the next epoch and return its id; the reference is not moved."""
    found = handle.references.get(reference_of(branch))
    parents = [found.target] if found else []
    following = _read(handle, str(parents[0])).number + 1 if parents else 1
    told = {"epoch": following, "date": today.isoformat(), "commits": dict(commits)}
    builder = handle.TreeBuilder()
    content = json.dumps(told, indent=0, sort_keys=True).encode()
    builder.insert(_FILE, handle.create_blob(content), pygit2.enums.FileMode.BLOB)
    who = pygit2.Signature("diffmem", "memory@diffmem")
    return str(handle.create_commit(None, who, who, f"epoch {following}\n", builder.write(), parents))


def _read(handle: pygit2.Repository, commit: str) -> Epoch:
    raw = json.loads(blob_of(handle, tree_of(handle, commit)[_FILE].id).data)
    return Epoch(int(raw["epoch"]), str(raw["date"]), dict(raw["commits"]))
