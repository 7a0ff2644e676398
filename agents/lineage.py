"""The commit that first brought a line without a mark, through all files it was moved between since."""

from ..storage.history import Commit, History
from . import legacy


def brought(history: History, path: str, words: str) -> Commit | None:
    """The commit by which a person, or an older program for a session, brought a line that holds some words.

    The oldest one that is known where nobody is known to have; None where nobody ever brought it.
    """
    first = _first(history, path, words)
    passed = {path}
    while first and not _is_source(first):
        path = _came_from(history, first, words, passed)
        earlier = _first(history, path, words) if path else None
        if earlier is None:
            break
        first = earlier
        passed.add(path)
    return first


def _first(history: History, path: str, words: str) -> Commit | None:
    return next(reversed(list(history.commits([path], words))), None)


def _is_source(commit: Commit) -> bool:
    return commit.actor == "person" or bool(legacy.session_of(commit))


def _came_from(history: History, commit: Commit, words: str, passed: set[str]) -> str:
    """The other file that lost the words in the same commit, "" if none did."""
    wanted = " ".join(words.split())
    return next(
        (
            change.path
            for change in history.changes(commit, lambda _: lambda _: "")
            if change.path not in passed and any(wanted in " ".join(line.split()) for line in change.removed)
        ),
        "",
    )
