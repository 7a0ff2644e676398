"""A user's memory as it was at one commit. Later writes do not show."""

import contextlib
import difflib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pygit2

from ..errors import UnknownCommit, UnknownPath
from . import message
from .faults import unreadable
from .objects import blob_of, commit_of

_REGULAR = frozenset({pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.BLOB_EXECUTABLE})


class File(NamedTuple):
    """A regular file of a tree: its path and the id of its content."""

    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One commit of one user, for as long as you hold it.

    In the folder `notes` may lie what quickens questions about its past.
    """

    repository: pygit2.Repository
    commit: str
    notes: Path | None = field(default=None, repr=False, compare=False)

    def at(self, commit: str) -> "Snapshot":
        """The same memory at another commit."""
        return replace(self, commit=commit)

    @property
    def time(self) -> datetime:
        """When this state became known (committer time, UTC)."""
        return datetime.fromtimestamp(self._commit.commit_time, UTC)

    @property
    def subject(self) -> str:
        """The commit's first line."""
        return message.subject_of(self._commit.message)

    @property
    def trailers(self) -> dict[str, str]:
        """The commit's trailers."""
        return message.trailers_of(self._commit.message)

    @property
    def tree(self) -> str:
        """The id of the whole content."""
        return str(self._commit.tree_id)

    def follows(self, commit: str) -> bool:
        """Whether an earlier commit leads to this one."""
        earlier = pygit2.Oid(hex=commit)
        return earlier in self.repository and self.repository.descendant_of(self.commit, earlier)

    def files(self, folder: str = "") -> Iterator[File]:
        """Every regular file at or below a folder; symlinks and submodules have no name here."""
        with self._present():
            start = self._entry(folder) if folder else self._commit.tree
            if isinstance(start, pygit2.Tree):
                yield from _walk(start, f"{folder}/" if folder else "")

    def folders(self, folder: str) -> Iterator[File]:
        """The folders directly below a folder, each with the id of its content."""
        found = self._entry(folder)
        if isinstance(found, pygit2.Tree):
            for entry in found:
                if isinstance(entry, pygit2.Tree):
                    yield File(f"{folder}/{entry.name}", str(entry.id))

    def blob(self, path: str) -> str | None:
        """The id of a file's content, or None if there is no such file."""
        found = self._entry(path)
        return str(found.id) if isinstance(found, pygit2.Blob) else None

    def read_bytes(self, path: str) -> bytes:
        """A file's content.

        Raises:
            UnknownPath: there is no such file at this commit.
        """
        found = self._entry(path)
        if not isinstance(found, pygit2.Blob):
            raise UnknownPath(path, self.nearest(path))
        with self._present():
            return found.data

    def read(self, path: str) -> str:
        """A file's text; bytes that are not UTF-8 show as the replacement character.

        Raises:
            UnknownPath: there is no such file at this commit.
        """
        return self.read_bytes(path).decode("utf-8", "replace")

    def text(self, path: str) -> str:
        """A file's text, or "" if there is no such file."""
        with self._present():
            found = self._entry(path)
            return found.data.decode("utf-8", "replace") if isinstance(found, pygit2.Blob) else ""

    def content(self, blob: str) -> bytes:
        """The bytes of a blob of this repository; for ids that came out of `files`."""
        with self._present():
            return blob_of(self.repository, blob).data

    def size(self, blob: str) -> int:
        """How many bytes a blob has; its content is not read."""
        with self._present():
            return self.repository.odb.read_header(blob)[1]

    def nearest(self, path: str) -> list[str]:
        """Up to three paths that look like the one asked for."""
        known = [file.path for file in self.files()]
        by_name = [p for p in known if p.rsplit("/", 1)[-1] == path.rsplit("/", 1)[-1]]
        return (by_name + difflib.get_close_matches(path[:200], known[:5000], n=3, cutoff=0.6))[:3]

    @property
    def _commit(self) -> pygit2.Commit:
        with self._present():
            return commit_of(self.repository, self.commit)

    @contextlib.contextmanager
    def _present(self) -> Generator[None]:
        # An erase may take a commit away while it is read; half of it must not pass for the whole.
        try:
            with unreadable(Path(self.repository.path)):
                yield
        except (KeyError, pygit2.GitError) as gone:
            raise UnknownCommit(self.commit, "it is no longer in this memory") from gone

    def _entry(self, path: str) -> pygit2.Object | None:
        with self._present():
            here: pygit2.Object = self._commit.tree
        if not is_key(path):
            return None
        for name in path.split("/"):
            if not isinstance(here, pygit2.Tree):
                return None
            try:
                here = here[name]
            except (KeyError, UnicodeError):
                with self._present():
                    _ = self.repository[here.id]
                return None
        return here if here.filemode in _REGULAR or isinstance(here, pygit2.Tree) else None


def is_key(path: str) -> bool:
    """Whether a text can be the path of a file in a tree at all."""
    return "\0" not in path and not any(name in ("", ".", "..") for name in path.split("/"))


def _walk(tree: pygit2.Tree, prefix: str) -> Iterator[File]:
    for entry in tree:
        path = f"{prefix}{entry.name}"
        if isinstance(entry, pygit2.Tree):
            yield from _walk(entry, f"{path}/")
        elif entry.filemode in _REGULAR:
            yield File(path, str(entry.id))
