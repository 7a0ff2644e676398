"""A user's files laid out in a folder for people and their editors.

A view is a checkout with a detached HEAD at a recorded commit V. What a person changed is the
difference between the files and V, never between the files and the tip: so a crash between a
write and its view, or a write by another process, never looks like a person's undo.
"""

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2

from ..errors import GitFailed
from .branch import Branch
from .failpoint import failpoint
from .git import git
from .snapshot import Snapshot
from .worktrees import forget, link

# What editors and systems leave behind; never a person's words.
_DROPPINGS = ("Thumbs.db", "desktop.ini", "git~1")
_DROPPED_ENDS = ("~", ".tmp", ".swp", ".swx", ".part", ".crdownload")
_LARGEST_EDIT = 5_000_000
# A file of ours on its way; there is one writer, so one name will do.
_PART = ".diffmem.tmp"
SET_ASIDE = ".aside-"
# No path of a file; under it the stamps tell which commit they belong to.
_SHOWN = ""
_STALE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person changed since the view was last brought up to date."""

    base: str
    write: dict[str, bytes]
    delete: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.write or self.delete)


@dataclass(frozen=True, slots=True)
class View:
    """A folder that shows a branch at a commit."""

    branch: Branch
    folder: Path

    def exists(self) -> bool:
        """Whether the folder is laid out and tells which commit it shows."""
        return self.base() is not None

    def base(self) -> str | None:
        """The commit V the folder shows, or None if it was never laid out whole.

        Where a person has committed in the folder, V is where their commits left our line.
        """
        if not self._stamps_file().is_file():
            return None
        handle, tip = self._handle(), self.branch.tip()
        # Where git's own account of the folder is lost, there is ours.
        shown = str(handle.head.target) if handle else _Stamps.commit(self._stamps_file())
        if not shown or not tip or not self.folder.is_dir():
            return None
        try:
            found = pygit2.Repository(str(self.branch.repository)).merge_base(shown, tip)
        except (pygit2.GitError, KeyError, ValueError):
            return None
        return str(found) if found else None

    def edits(self) -> Edits | None:
        """What a person changed, or None if there is no view. Only files whose stamp changed are read."""
        base = self.base()
        if base is None:
            return None
        known = dict(self.branch.snapshot(base).files())
        stamps = _Stamps.load(self._stamps_file())
        write: dict[str, bytes] = {}
        seen: set[str] = set()
        for path, file in files_in(self.folder):
            seen.add(path)
            stamp = _stamp(file)
            if path in known and stamps.get(path) == (known[path], stamp):
                continue
            content = _readable(file) if stamp[1] <= _LARGEST_EDIT else None
            if content is not None and str(pygit2.hash(content)) != known.get(path):
                write[path] = content
        if known and seen.isdisjoint(known):
            # Somebody emptied the folder, not the memory: it is laid out anew.
            self._stamps_file().unlink(missing_ok=True)
            return None
        gone = (path for path in known if path not in seen)
        return Edits(base, write, frozenset(path for path in gone if not _is_hidden(path, self.folder)))

    def bring_to(self, snapshot: Snapshot) -> bool:
        """Lay out a commit's files; answers False, changing nothing more, if a person is editing one of them.

        Files first, then HEAD: after a crash in between, the files that are already new read as
        edits equal to what the tip has, and merge into nothing.
        """
        base = self.base()
        if self._handle() is None:
            # At what the files show: so a crash on the way never looks like an undo by hand.
            self._link(base or snapshot.commit)
        old = dict(self.branch.snapshot(base).files()) if base else self.laid_out()
        return self._show(snapshot, old, always=base is None)

    def replace(self, gone: Snapshot, snapshot: Snapshot) -> None:
        """Lay out a commit in the place of one that is about to vanish from the repository.

        What equals a file of the vanishing commit is no edit; a file a person is editing stays.
        """
        for part in self.folder.rglob(_PART):
            part.unlink()
        self._show(snapshot, {**self.laid_out(), **dict(gone.files())}, always=True)

    def adopt(self, snapshot: Snapshot) -> None:
        """Take a folder that was laid out by others for a view of a commit; its files stay as they are."""
        stamps = {
            path: (blob, _stamp(self.folder / path))
            for path, blob in snapshot.files()
            if _blob_of(self.folder / path) == blob
        }
        _Stamps.save(self._stamps_file(), stamps, snapshot.commit)

    def laid_out(self) -> dict[str, str]:
        """The content each file was given when it was last laid out, by path; empty if none ever was."""
        return {path: blob for path, (blob, _) in _Stamps.load(self._stamps_file()).items()}

    def droppings(self) -> Iterator[Path]:
        """Every file in the folder that is never taken for a person's words."""
        words = {file for _, file in files_in(self.folder)}
        for here, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if name != ".git"]
            found = (Path(here) / name for name in names if name != ".git")
            yield from (file for file in found if file not in words and not file.is_symlink())

    def remove(self) -> None:
        """Take the folder away; what people changed in it must have been picked up before."""
        if self.folder.is_dir():
            trash = Path(tempfile.mkdtemp(prefix=".trash-", dir=self.folder.parent))
            self.folder.rename(trash / "view")
            failpoint("view.removed")
            shutil.rmtree(trash, ignore_errors=True)
        self._stamps_file().unlink(missing_ok=True)
        with contextlib.suppress(GitFailed):
            self._prune()

    def _show(self, snapshot: Snapshot, old: dict[str, str], *, always: bool) -> bool:
        new = dict(snapshot.files())
        moved = [p for p in sorted(old.keys() | new.keys()) if always or old.get(p) != new.get(p)]
        # In a folder that shows no commit of ours, a file that is missing is nobody's deletion.
        missing = {None} if always else set[None]()
        laid_out = [self._lay_out(path, {old.get(path), *missing}, new.get(path), snapshot) for path in moved]
        # A file that is not ours there is a person's edit of this very commit.
        whole = all(laid_out) or always
        if whole:
            self._point_at(snapshot, new, frozenset(moved))
        return whole

    def _lay_out(self, path: str, old: set[str | None], new: str | None, snapshot: Snapshot) -> bool:
        file = self.folder / path
        on_disk = _blob_of(file)
        if on_disk == new:
            return True
        if on_disk not in old:
            return False
        if new is None:
            file.unlink(missing_ok=True)
            _drop_empty(file.parent, self.folder)
            return True
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(_PART)
        part.write_bytes(snapshot.content(new))
        part.replace(file)
        failpoint("view.file")
        return True

    def _link(self, commit: str) -> None:
        """Have the folder be a worktree at a commit, whatever became of the one it was; its files stay."""
        mark = self.folder / ".git"
        if mark.is_dir() and not mark.is_symlink():
            # A repository of somebody's own stands in the way of ours.
            mark.rename(tempfile.mkdtemp(prefix=f"{SET_ASIDE}{self.folder.name}.", dir=self.folder.parent))
        mark.unlink(missing_ok=True)
        self._prune()
        link(self.branch.repository, self.folder, commit)

    def _handle(self) -> pygit2.Repository | None:
        """The folder as git sees it, or None if it is no worktree at a commit any more."""
        try:
            handle = pygit2.Repository(str(self.folder), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
            _ = handle.head
        except (pygit2.GitError, ValueError):
            return None
        return handle

    def _prune(self) -> None:
        if self.branch.share:
            # Folders of others may be absent for a while.
            forget(self.branch.repository, self.folder)
        else:
            git(self.branch.repository, "worktree", "prune", "--expire=now")

    def _point_at(self, snapshot: Snapshot, files: dict[str, str], moved: frozenset[str]) -> None:
        handle = pygit2.Repository(str(self.folder))
        _free(Path(handle.path))
        handle.index.read_tree(handle[snapshot.tree].id)
        handle.index.write()
        stamps = {p: kept for p, kept in _Stamps.load(self._stamps_file()).items() if p in files}
        for path in moved & files.keys():
            if _blob_of(self.folder / path) == files[path]:
                stamps[path] = (files[path], _stamp(self.folder / path))
        # The HEAD last: what it points at decides whether all of this was done.
        _Stamps.save(self._stamps_file(), stamps, snapshot.commit)
        failpoint("view.dated")
        handle.set_head(pygit2.Oid(hex=snapshot.commit))
        failpoint("view.pointed")

    def _stamps_file(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.stamps")


class _Stamps:
    """Blob, time and size of each file as it was laid out, so that an untouched view is not read again."""

    @staticmethod
    def load(file: Path) -> dict[str, tuple[str, tuple[int, int]]]:
        try:
            raw: dict[str, list[object]] = json.loads(file.read_text("utf-8"))
            return {
                path: (str(kept[0]), (int(str(kept[1])), int(str(kept[2]))))
                for path, kept in raw.items()
                if path != _SHOWN
            }
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return {}

    @staticmethod
    def commit(file: Path) -> str:
        """The commit whose files were laid out last, "" if that is not known."""
        try:
            return str(json.loads(file.read_text("utf-8"))[_SHOWN][0])
        except (OSError, ValueError, LookupError, TypeError):
            return ""

    @staticmethod
    def save(file: Path, stamps: dict[str, tuple[str, tuple[int, int]]], commit: str) -> None:
        part = file.with_name(f"{file.name}.tmp")
        told = {p: [b, *s] for p, (b, s) in stamps.items()}
        part.write_text(json.dumps({**told, _SHOWN: [commit, 0, 0]}), "utf-8")
        part.replace(file)


def _free(admin: Path) -> None:
    # A person's own git may be at work there, but not for so long.
    for lock in (admin / "index.lock", admin / "HEAD.lock"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - lock.stat().st_mtime > _STALE_SECONDS:
                lock.unlink()


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_size


def files_in(folder: Path) -> list[tuple[str, Path]]:
    """The files of a folder that can be people's words, with their paths in it."""
    found: list[tuple[str, Path]] = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_a_persons(name))
        for name in sorted(names):
            file = Path(here) / name
            if _is_a_persons(name) and not file.is_symlink():
                found.append((file.relative_to(folder).as_posix(), file))
    return found


def _is_a_persons(name: str) -> bool:
    """Whether a file of this name can be a person's words: shown in the folder, and a name git can hold."""
    hidden = name.startswith(".") or name in _DROPPINGS or name.endswith(_DROPPED_ENDS)
    return not hidden and name == name.encode("utf-8", "ignore").decode()


def _is_hidden(path: str, folder: Path) -> bool:
    """Whether a file that is no person's words is there all the same."""
    return not all(map(_is_a_persons, path.split("/"))) and folder.joinpath(path).is_file()


def _readable(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        # What cannot be read now is neither an edit nor a deletion; it is looked at again next time.
        return None


def _blob_of(file: Path) -> str | None:
    try:
        return str(pygit2.hash(file.read_bytes()))
    except FileNotFoundError:
        return None


def _drop_empty(folder: Path, root: Path) -> None:
    with contextlib.suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
