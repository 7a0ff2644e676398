"""What the erases of another machine took away, told by comparing the commits before and after.

The epochs hold ids and dates only; which words went is known where the old commits are still at hand.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pygit2

from .changes import Stage
from .epoch import Epoch
from .history import Commit, History
from .snapshot import Snapshot

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_SHORTEST = 3


class Landed:
    """What became of each commit through a number of erases, the oldest first."""

    def __init__(self, epochs: Sequence[Epoch]) -> None:
        self._epochs = epochs

    def of(self, commit: str) -> str | None:
        """The id a commit has now, "" if it is gone, None if no erase touched it."""
        after: str | None = None
        for epoch in self._epochs:
            after = epoch.commits.get(after or commit, after)
            if after == "":
                break
        return after


@dataclass(frozen=True, slots=True)
class Erased:
    """Sessions that are gone from the new history, and words with what stands in their place."""

    sessions: frozenset[str]
    words: dict[str, str]


def erased(handle: pygit2.Repository, old: Sequence[str], new: Sequence[str], landed: Landed) -> Erased:
    """Compare the commits that an erase found (`old`) with those there are now (`new`)."""
    left = {_commit(handle, one).session for one in new}
    gone: set[str] = set()
    words: dict[str, str] = {}
    for identity in old:
        commit = _commit(handle, identity)
        if commit.session and commit.session not in left:
            gone.add(commit.session)
        after = landed.of(identity)
        if after and commit.stage == Stage.INTAKE:
            words.update(_replaced(Snapshot(handle, identity), Snapshot(handle, after), commit))
    return Erased(frozenset(gone), words)


def _replaced(before: Snapshot, after: Snapshot, commit: Commit) -> Iterator[tuple[str, str]]:
    for path in History(before).touched(commit):
        if before.blob(path) != after.blob(path) and after.blob(path):
            yield from replaced(before.text(path), after.text(path))


def replaced(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The words that a redaction replaced in a text, each with what stands there now."""
    old, new = before.split("\n"), after.split("\n")
    for kind, start, stop, first, last in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind == "replace" and stop - start == last - first:
            for one, other in zip(old[start:stop], new[first:last], strict=True):
                yield from _words(one, other)


def _words(before: str, after: str) -> Iterator[tuple[str, str]]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    for kind, start, stop, first, last in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        gone = "".join(old[start:stop]).strip()
        if kind in ("replace", "delete") and sum(map(str.isalnum, gone)) >= _SHORTEST:
            yield gone, "".join(new[first:last]).strip()


def _commit(handle: pygit2.Repository, identity: str) -> Commit:
    return History(Snapshot(handle, identity)).commit(identity)
