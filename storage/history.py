"""What changed and when: the commits of a branch and their changed lines as data."""

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import cast

import pygit2

from . import message, trails
from .changes import Stage
from .git import git
from .objects import blob_of, commit_of, tree_of
from .snapshot import Snapshot, is_key
from .trails import Touch, Trails

# Digests add to files and make new ones. To look where else a file may have come from takes whole folders.
_MOVES_NOTHING = frozenset({Stage.DIGEST, Stage.ONBOARD})
# So far back from the tip care is looked for that has noted what is older.
_NEAR = 2000

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
    _known: dict[tuple[str, ...], list[str]] = field(
        default_factory=dict[tuple[str, ...], list[str]], repr=False, compare=False
    )
    _touches: dict[str, dict[str, Touch]] = field(
        default_factory=dict[str, dict[str, Touch]], repr=False, compare=False
    )

    def commits(self, paths: Sequence[str] = (), words: str = "", *, whole: bool = False) -> Iterator[Commit]:
        """Every commit, newest first, or those that touched a path or in which words came in or went out.

        With `whole` the words must end where they end: `^k-1` is not found in `^k-12`.
        """
        if not paths and not words:
            yield from map(described, walked(self.tip.repository, [self.tip.commit]))
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
            first = [self.commit(one) for one in self._told([paths[-1]], "", whole=False)[-1:]]
            may_move = [one for one in first if one.stage not in _MOVES_NOTHING]
            before = self.touched(may_move[0]).get(paths[-1], "") if may_move else ""
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
        if not words and tuple(keys) in self._known:
            return self._known[tuple(keys)]
        if words:
            sought = f"-S{_literally(words)}{'($|[^[:alnum:]])' * whole}"
            return self._logged(self.tip.commit, keys, "--regexp-ignore-case", "--pickaxe-regex", sought)
        noted = self._noted(keys)
        self._known[tuple(keys)] = self._logged(self.tip.commit, keys) if noted is None else noted
        return self._known[tuple(keys)]

    def _logged(self, commits: str, keys: Sequence[str], *wanted: str) -> list[str]:
        told = git(
            Path(self.tip.repository.path),
            "--literal-pathspecs",
            "log",
            "--format=%H",
            "--full-history",
            "--topo-order",
            *wanted,
            "--end-of-options",
            commits,
            "--",
            *keys,
        )
        return told.split()

    def _noted(self, keys: Sequence[str]) -> list[str] | None:
        """The commits that touched some paths, as care has noted them; None if that does not tell."""
        # A name that is no UTF-8 was noted with replacement characters in it, or not at all.
        if self.tip.notes is None or any("\ufffd" in key or not _is_utf8(key) for key in keys):
            return None
        # A commit, or the disk, that cannot be read is told of by who then looks for everything.
        with contextlib.suppress(KeyError, OSError, pygit2.GitError), trails.opened(self.tip.notes) as noted:
            line = self._ahead(noted) if noted else None
            place = noted.place(line[-1]) if noted and line else None
            if noted and line and place is not None:
                return self._gathered({key: noted.touches(key, place) for key in keys}, line)
        return None

    def _gathered(self, told: dict[str, list[Touch]], line: Sequence[str]) -> list[str]:
        """Every commit of some touches, and those of a line from the tip down to the newest noted one."""
        self._touches.update({key: {one.commit: one for one in touches} for key, touches in told.items()})
        places = {one.place: one.commit for touches in told.values() for one in touches}
        roots = [tree_of(self.tip.repository, commit) for commit in line]
        newer = [
            commit
            for commit, (new, old) in zip(line, pairwise(roots), strict=False)
            if any(_differ(old, new, path) for path in told)
        ]
        return newer + [places[place] for place in sorted(places, reverse=True)]

    def _ahead(self, noted: Trails) -> list[str] | None:
        """The commits from the tip down to a noted one that all older ones lead to; None if there is none."""
        line = [self.tip.commit]
        place = noted.place(line[0])
        if place is not None:
            return line if noted.is_gate(place) else None
        last = noted.tip
        while line[-1] != last:
            parents = commit_of(self.tip.repository, line[-1]).parent_ids
            # Where lines come together, what is newer may stand between what is noted.
            if len(parents) != 1 or len(line) > _NEAR:
                return None
            line.append(str(parents[0]))
        return line

    def _patches(self, commit: Commit, paths: Sequence[str] = ()) -> Iterator[pygit2.Patch]:
        wanted = frozenset(paths)
        repository = self.tip.repository
        stayed = self._stayed(commit, paths)
        if stayed is not None:
            yield from stayed
            return
        new = tree_of(repository, commit.id)
        if commit.parents:
            diff = tree_of(repository, commit.parents[0]).diff_to_tree(new, context_lines=0)
        else:
            diff = new.diff_to_tree(swap=True, context_lines=0)
        diff.find_similar(rename_limit=200)
        for patch in diff:
            if patch and (not wanted or {patch.delta.old_file.path, patch.delta.new_file.path} & wanted):
                yield patch

    def _stayed(self, commit: Commit, paths: Sequence[str]) -> list[pygit2.Patch] | None:
        """The patches of paths that cannot have come from elsewhere, or None; folders are not compared."""
        if not paths or not commit.parents:
            return None
        repository = self.tip.repository
        pairs = [(path, self._sides(commit, path)) for path in sorted(set(paths))]
        fresh = commit.stage in _MOVES_NOTHING
        if any((old is None) != (new is None) and not (new and fresh) for _, (old, new) in pairs):
            return None
        return [
            _patch(blob_of(repository, old) if old else None, blob_of(repository, new), path)
            for path, (old, new) in pairs
            if new and old != new
        ]

    def _sides(self, commit: Commit, path: str) -> tuple[str | None, str | None]:
        """The content of a path before and after a commit; folders are read only where it is not noted."""
        touch = self._touches.get(path, {}).get(commit.id)
        old, new = (touch.sides if touch else None) or ("", "")
        if old != new:
            with contextlib.suppress(KeyError, ValueError):
                return _whole(self.tip.repository, old), _whole(self.tip.repository, new)
        sides = (Snapshot(self.tip.repository, side) for side in (commit.parents[0], commit.id))
        before, after = (side.blob(path) for side in sides)
        return before, after


def _differ(old: pygit2.Tree, new: pygit2.Tree, path: str) -> bool:
    """Whether what bears a path is not the same in two trees; equal folders are not looked into."""
    here: pygit2.Object | None = old
    there: pygit2.Object | None = new
    for name in path.split("/"):
        here, there = _below(here, name), _below(there, name)
        if (here and (here.id, here.filemode)) == (there and (there.id, there.filemode)):
            return False
    return True


def _below(here: pygit2.Object | None, name: str) -> pygit2.Object | None:
    return here[name] if isinstance(here, pygit2.Tree) and name in here else None


def _whole(handle: pygit2.Repository, beginning: str) -> str | None:
    return str(handle.expand_id(beginning)) if beginning else None


def _is_utf8(text: str) -> bool:
    return text.isascii() or text == text.encode("utf-8", "replace").decode("utf-8")


def _patch(old: pygit2.Blob | None, new: pygit2.Blob, path: str) -> pygit2.Patch:
    # pygit2's type stubs do not know of the number of lines around.
    diff = cast("Callable[..., pygit2.Patch]", new.diff)
    turned = pygit2.enums.DiffOption.REVERSE
    sides = [old] if old else []
    return diff(*sides, flags=turned, old_as_path=path, new_as_path=path, context_lines=0)


def _literally(words: str) -> str:
    """Words as a POSIX expression that finds them with any white space between."""
    return "[[:space:]]+".join(re.sub(r"[^\w\s]", _bracketed, word) for word in words.split())


def _bracketed(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if found[0] in "^\\[]" else f"[{found[0]}]"


def walked(handle: pygit2.Repository, tips: Sequence[str]) -> Iterator[pygit2.Commit]:
    """Every commit that leads to some tips, each before its parents."""
    while len(tips) == 1:
        found = commit_of(handle, tips[0])
        tips = [str(parent) for parent in found.parent_ids]
        # Where lines come together the order needs the whole history; a single line is followed as one goes.
        if len(tips) > 1:
            tips = [str(found.id)]
            break
        yield found
    walker = handle.walk(None, pygit2.enums.SortMode.TOPOLOGICAL)
    for tip in tips:
        walker.push(pygit2.Oid(hex=tip))
    yield from walker


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
    lines = [line for hunk in patch.hunks for line in hunk.lines if line.content.rstrip("\r\n")]
    gone = [(line.old_lineno, line.content) for line in lines if line.origin == "-"]
    come = [(line.new_lineno, line.content) for line in lines if line.origin == "+"]
    removed = _parted(repository, delta.old_file.id, gone, sections)
    added = _parted(repository, delta.new_file.id, come, sections)
    path = delta.new_file.path
    return [
        Change(path, section, tuple(removed.get(section, ())), tuple(added.get(section, ())))
        for section in dict.fromkeys([*removed, *added])
    ]


def _parted(
    repository: pygit2.Repository, blob: pygit2.Oid, lines: Sequence[tuple[int, str]], sections: SectionsOf
) -> dict[str, list[str]]:
    # To take a long file apart costs more than all else, and most changes only add.
    if not lines:
        return {}
    found: dict[str, list[str]] = {}
    section = sections(_text(repository, blob))
    for number, content in lines:
        found.setdefault(section(number), []).append(content.rstrip("\r\n"))
    return found


def _text(repository: pygit2.Repository, blob: pygit2.Oid) -> str:
    found = repository.get(blob)
    return found.data.decode("utf-8", "replace") if isinstance(found, pygit2.Blob) else ""
