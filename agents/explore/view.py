"""What a command can see: the regular files of the commits that lead to one tip, nothing else."""

import contextlib
import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import pygit2

from ...storage.objects import blob_of, commit_of, tree_of
from .budget import FILE_BYTES, Budget, Refusal

_REGULAR = frozenset({pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.BLOB_EXECUTABLE})
_DEEPEST = 60
_MOST_TREES = 200
_NEAREST_AMONG = 5000


class Missing(Exception):
    """There is no such file or folder; the message says which are near."""


class Outside(Missing):
    """A path that can be the key of nothing in a tree."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path[:200]!r} is no path here: paths start at the top of the memory, without / and .."
        )


class Entry(NamedTuple):
    """A file or folder of a tree."""

    name: str
    identity: str
    is_folder: bool


@dataclass(frozen=True, slots=True)
class View:
    """One user's memory as a command sees it. `now` is what "2 weeks ago" counts from."""

    repository: pygit2.Repository
    tip: str
    now: datetime
    budget: Budget = field(default_factory=Budget)
    _files: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    _trees: dict[tuple[str, str], pygit2.Tree | None] = field(
        default_factory=dict[tuple[str, str], pygit2.Tree | None]
    )
    _ancestors: dict[str, int] = field(default_factory=dict[str, int])

    def commit(self, identity: str) -> pygit2.Commit:
        """A commit by its full id, which must come from this view."""
        return commit_of(self.repository, identity)

    def ancestors(self) -> dict[str, int]:
        """The ids of all commits that lead to the tip, the tip included, newest first, with their place."""
        if not self._ancestors:
            order = pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.TIME
            for place, commit in enumerate(self.repository.walk(self.tip, order)):
                self.budget.tick()
                self._ancestors[str(commit.id)] = place
        return self._ancestors

    def files(self, commit: str = "") -> dict[str, str]:
        """Every regular file of a commit, by path, with the id of its content."""
        of = commit or self.tip
        if of not in self._files:
            self._files[of] = dict(sorted(self._walk(tree_of(self.repository, of), "", 0)))
        return self._files[of]

    def under(self, path: str, commit: str = "") -> list[str]:
        """The keys of the files at or below a path as it was typed.

        Raises:
            Missing: there is nothing there.
        """
        found = self.entry(path, commit)
        top = key(path) or ""
        if not found.is_folder:
            return [top]
        start = f"{top}/" if top else ""
        return [name for name in self.files(commit) if name.startswith(start)]

    def entry(self, path: str, commit: str = "") -> Entry:
        """The file or folder at a path as it was typed.

        Raises:
            Missing: there is none.
            Outside: there can be none.
        """
        top = key(path)
        if top is None:
            raise Outside(path)
        found = self.find(top, commit)
        if found is None:
            raise Missing(f"{path[:200]}: No such file or directory{self._near(path, commit)}")
        return found

    def find(self, path: str | None, commit: str = "") -> Entry | None:
        """The file or folder at a key, or None."""
        if path is None or path.count("/") > _DEEPEST:
            return None
        folder, _, name = path.rpartition("/")
        tree = self._folder(folder, commit or self.tip)
        if tree is None:
            return None
        if not name:
            return Entry("", str(tree.id), True)
        try:
            here = tree[name]
        except (KeyError, UnicodeError):
            return None
        is_folder = isinstance(here, pygit2.Tree)
        return Entry(name, str(here.id), is_folder) if is_folder or here.filemode in _REGULAR else None

    def _folder(self, path: str, commit: str) -> pygit2.Tree | None:
        # Kept, since a folder of a thousand names takes longer to parse than a name to find.
        if (commit, path) in self._trees:
            return self._trees[commit, path]
        if len(self._trees) > _MOST_TREES:
            self._trees.clear()
        found: pygit2.Tree | None = None
        if not path:
            found = tree_of(self.repository, commit)
        else:
            above, _, name = path.rpartition("/")
            parent = self._folder(above, commit)
            with contextlib.suppress(KeyError, UnicodeError):
                child = parent[name] if parent is not None else None
                found = child if isinstance(child, pygit2.Tree) else None
        self._trees[commit, path] = found
        return found

    def children(self, folder: str, commit: str = "") -> list[Entry]:
        """What lies directly in a folder, by name."""
        found = self.entry(folder, commit)
        tree = tree_of(self.repository, found.identity)
        return sorted(
            Entry(entry.name or "", str(entry.id), isinstance(entry, pygit2.Tree))
            for entry in tree
            if isinstance(entry, pygit2.Tree) or entry.filemode in _REGULAR
        )

    def read(self, path: str, commit: str = "") -> bytes:
        """A file's content, by the path as it was typed.

        Raises:
            Missing: there is no such file.
            Refusal: it is too large.
        """
        found = self.entry(path, commit)
        if found.is_folder:
            raise Missing(f"{path[:200]}: Is a directory")
        return self.content(found.identity, path)

    def content(self, blob: str, path: str) -> bytes:
        """The bytes of a blob of this view.

        Raises:
            Refusal: it is too large.
        """
        self.budget.tick()
        if self.size(blob) > FILE_BYTES:
            raise Refusal(f"{path[:200]}: larger than {FILE_BYTES >> 20} MB; it cannot be shown here")
        return blob_of(self.repository, blob).data

    def size(self, blob: str) -> int:
        """How many bytes a blob has."""
        return self.repository.odb.read_header(blob)[1]

    def _walk(self, tree: pygit2.Tree, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
        if depth > _DEEPEST:
            raise Refusal("the folders are nested too deeply")
        self.budget.tick()
        for entry in tree:
            if isinstance(entry, pygit2.Tree):
                yield from self._walk(entry, f"{prefix}{entry.name}/", depth + 1)
            elif entry.filemode in _REGULAR:
                yield f"{prefix}{entry.name}", str(entry.id)

    def _near(self, path: str, commit: str) -> str:
        known = list(self.files(commit))[:_NEAREST_AMONG]
        name = path.rstrip("/").rpartition("/")[2]
        folders = {one.rpartition("/")[0] for one in known}
        same = [one for one in known if one.rpartition("/")[2] in (name, f"{name}.md")]
        alike = difflib.get_close_matches(path[:100], [*known, *sorted(folders)], n=3, cutoff=0.6)
        near = list(dict.fromkeys([*same, *alike]))[:3]
        return f"; nearest: {', '.join(near)}" if near else ""


def key(path: str) -> str | None:
    """The key of a path as people type it (`./a//b/`), or None where it can have none."""
    if path.startswith("/"):
        return None
    names = [name for name in path.split("/") if name not in ("", ".")]
    return None if ".." in names else "/".join(names)
