"""Sessions as an older program stored them: a file of bare words, and one commit whose subject names it."""

import re
from collections.abc import Iterator

import pygit2

from ..errors import UnknownCommit
from ..ontologies import session
from ..storage.history import Commit, History
from ..storage.names import SessionId, session_key
from ..storage.objects import tree_of
from ..storage.snapshot import Snapshot

_FOLDER = "sessions"
_SUBJECT = re.compile(r"Session (.+?)(?: \| .*)?")


def key_at(path: str) -> str | None:
    """The session key of a session's path, of an older program's too; None for any other path."""
    identity = session.older_id(path)
    return session_key(SessionId(identity)) if identity else session.path_key(path)


def session_of(commit: Commit) -> str:
    """The session that a commit is of, by its trailers or an older program's subject; "" if of none."""
    if commit.stage or commit.session:
        return commit.session
    found = _SUBJECT.fullmatch(commit.subject)
    return found[1] if found else ""


def key_of(commit: Commit) -> str:
    """The key of the session that a commit is of; "" if of none."""
    identity = session_of(commit)
    return session_key(SessionId(identity)) if identity else ""


def is_of(commit: Commit, identity: str) -> bool:
    """Whether a commit is of a session."""
    return commit.session == identity or is_older(commit, identity)


def is_older(commit: Commit, identity: str) -> bool:
    """Whether an older program made a commit of a session."""
    named = f"Session {identity}"
    told = commit.subject == named or commit.subject.startswith(f"{named} | ")
    return told and not commit.stage and not commit.session


def commits_of(history: History, identity: str) -> Iterator[Commit]:
    """Every commit of a session, newest first, whoever made it."""
    return (commit for commit in history.commits() if is_of(commit, identity))


def paths_of(snapshot: Snapshot, identity: str) -> list[str]:
    """Where the bare words of a session lie, the oldest date first."""
    try:
        root = tree_of(snapshot.repository, snapshot.tree)
        if _FOLDER not in root:
            return []
        # Of a memory of ours these are the few folders of its years.
        folder = root[_FOLDER]
        names = [entry.name or "" for entry in folder] if isinstance(folder, pygit2.Tree) else []
    except (KeyError, pygit2.GitError) as gone:
        # As wherever a snapshot is read: an erase may take it away meanwhile.
        raise UnknownCommit(snapshot.commit, "it is no longer in this memory") from gone
    end = f"_{identity}.txt"
    found = sorted(f"{_FOLDER}/{name}" for name in names if name.endswith(end))
    return [path for path in found if session.older_id(path) == identity]
