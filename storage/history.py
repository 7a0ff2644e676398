"""What changed and when: the commits of a branch and their changed lines as data."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pygit2

from . import message
from .git import git
from .objects import commit_of, tree_of
from .snapshot import Snapshot, is_key

# Given a file's text, the title of the section each of its lines stands in, by line number from 1.
SectionsOf = Callable[[str], Callable[[int], str]]


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to one section of one file."""

    path: str
    section: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a memory, as its message tells it.

    `learned` is the committer time; `happened` the session's own date as it was given, "" if none.
    """

    id: str
    learned: datetime
    happened: str
    stage: str
    actor: str
    session: str
    subject: str
    trailers: dict[str, str]
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The line of commits that leads to a snapshot."""

    tip: Snapshot

    def commits(self, paths: Sequence[str] = (), words: str = "", *, whole: bool = False) -> Iterator[Commit]:
        """Every commit, newest first, or those that touched a path or in which words came in or went out.

        With `whole` the words must end where they end: `^k-1` is not found in `^k-12`.
        """
        if not paths and not words:
            order = pygit2.enums.SortMode.TOPOLOGICAL
            for found in self.tip.repository.walk(self.tip.commit, order):
                yield described(found)
            return
        for identity in self._told(paths, words, whole=whole):
            yield self.commit(identity)

    def of_session(self, session: str) -> Iterator[Commit]:
        """Every commit of one session, newest first."""
        return (commit for commit in self.commits() if commit.session == session)

    def commit(self, identity: str) -> Commit:
        """One commit of this line by its full id."""
        return described(commit_of(self.tip.repository, identity))

    def paths_of(self, path: str) -> list[str]:
        """A path, then those the file had before it was moved there."""
        paths = [path]
        while True:
            first = self._told([paths[-1]], "", whole=False)[-1:]
            before = self.touched(self.commit(first[0])).get(paths[-1], "") if first else ""
            if not before or before in paths:
                return paths
            paths.append(before)

    def changes(self, commit: Commit, sections: SectionsOf, paths: Sequence[str] = ()) -> list[Change]:
        """The lines a commit removed and added, by file and section, against its first parent."""
        return [
            change
            for patch in self._patches(commit, paths)
            for change in _by_section(self.tip.repository, patch, sections)
        ]

    def diff(self, commit: Commit, paths: Sequence[str] = ()) -> str:
        """The same as the text of a unified diff."""
        return "".join(patch.text or "" for patch in self._patches(commit, paths))

    def touched(self, commit: Commit) -> dict[str, str]:
        """The paths a commit changed, with the path each had before ("" if it is new)."""
        gone = pygit2.enums.DeltaStatus.DELETED
        new = pygit2.enums.DeltaStatus.ADDED
        return {
            delta.new_file.path: "" if delta.status == new else delta.old_file.path
            for delta in (patch.delta for patch in self._patches(commit))
            if delta.status != gone
        }

    def _told(self, paths: Sequence[str], words: str, *, whole: bool) -> list[str]:
        # Only what can be a key of a tree has a history; git would take the rest for places on the disk.
        keys = [path for path in paths if is_key(path)]
        if paths and not keys:
            return []
        wanted = (
            ["--regexp-ignore-case", "--pickaxe-regex", f"-S{_literally(words)}{'($|[^[:alnum:]])' * whole}"]
            if words
            else []
        )
        told = git(
            Path(self.tip.repository.path),
            "--literal-pathspecs",
            "log",
            "--format=%H",
            "--full-history",
            "--topo-order",
            *wanted,
            "--end-of-options",
            self.tip.commit,
            "--",
            *keys,
        )
        return told.split()

    def _patches(self, commit: Commit, paths: Sequence[str] = ()) -> Iterator[pygit2.Patch]:
        wanted = frozenset(paths)
        repository = self.tip.repository
        new = tree_of(repository, commit.id)
        if commit.parents:
            diff = tree_of(repository, commit.parents[0]).diff_to_tree(new, context_lines=0)
        else:
            diff = new.diff_to_tree(swap=True, context_lines=0)
        diff.find_similar(rename_limit=200)
        for patch in diff:
            if patch and (not wanted or {patch.delta.old_file.path, patch.delta.new_file.path} & wanted):
                yield patch


def _literally(words: str) -> str:
    """Words as a POSIX expression that finds them with any white space between."""
    return "[[:space:]]+".join(re.sub(r"[^\w\s]", _bracketed, word) for word in words.split())


def _bracketed(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if found[0] in "^\\[]" else f"[{found[0]}]"


def described(found: pygit2.Commit) -> Commit:
    """A commit as its message tells it."""
    trailers = message.trailers_of(found.message)
    return Commit(
        id=str(found.id),
        learned=datetime.fromtimestamp(found.commit_time, UTC),
        happened=trailers.get("Session-Date", ""),
        stage=trailers.get("Stage", ""),
        actor=trailers.get("Actor", ""),
        session=trailers.get("Session-Id", ""),
        subject=message.subject_of(found.message),
        trailers=trailers,
        parents=tuple(str(parent) for parent in found.parent_ids),
    )


def _by_section(repository: pygit2.Repository, patch: pygit2.Patch, sections: SectionsOf) -> list[Change]:
    delta = patch.delta
    before = sections(_text(repository, delta.old_file.id))
    after = sections(_text(repository, delta.new_file.id))
    removed: dict[str, list[str]] = {}
    added: dict[str, list[str]] = {}
    for line in (line for hunk in patch.hunks for line in hunk.lines):
        text = line.content.rstrip("\r\n")
        if not text:
            continue
        if line.origin == "-":
            removed.setdefault(before(line.old_lineno), []).append(text)
        elif line.origin == "+":
            added.setdefault(after(line.new_lineno), []).append(text)
    path = delta.new_file.path
    return [
        Change(path, section, tuple(removed.get(section, ())), tuple(added.get(section, ())))
        for section in dict.fromkeys([*removed, *added])
    ]


def _text(repository: pygit2.Repository, blob: pygit2.Oid) -> str:
    found = repository.get(blob)
    return found.data.decode("utf-8", "replace") if isinstance(found, pygit2.Blob) else ""
