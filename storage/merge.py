"""A person's edits of one commit joined onto a newer one, three ways."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import pygit2

from .changes import Actor, ChangeSet, Stage
from .objects import blob_of, commit_of, tree_of
from .snapshot import Snapshot
from .tree import written
from .view import Edits


@dataclass(frozen=True, slots=True)
class Merged:
    """What the edits come to on the newer commit; in the files of `conflicts` both sides stand."""

    write: dict[str, bytes]
    delete: frozenset[str]
    conflicts: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.write or self.delete)

    def changes(self) -> ChangeSet:
        """The edits as a commit of the person who made them."""
        count = len(self.write) + len(self.delete)
        return ChangeSet(
            subject=f"edit: {count} file{'' if count == 1 else 's'}",
            stage=Stage.EDIT,
            actor=Actor.PERSON,
            write=self.write,
            delete=self.delete,
            trailers={"Conflicts": ", ".join(self.conflicts)},
        )


def merged(edits: Edits, base: Snapshot, tip: Snapshot) -> Merged:
    """Carry edits made on `base` over to `tip`.

    Where both sides changed the same lines, both are kept between conflict markers; where one side
    deleted what the other changed, the changed file stays.
    """
    handle = tip.repository
    theirs = written(handle, tree_of(handle, base.tree), edits.write, edits.delete)
    index = handle.merge_trees(tree_of(handle, base.tree), tree_of(handle, tip.tree), tree_of(handle, theirs))
    write: dict[str, bytes] = {}
    clashes = list(index.conflicts or ())
    for ancestor, ours, theirs_entry in clashes:
        path, content = _both(handle, ancestor, ours, theirs_entry)
        write[path] = content
    entries = cast("Iterable[pygit2.IndexEntry]", index)
    new = {str(entry.path): str(entry.id) for entry in entries if str(entry.path) not in write}
    old = dict(tip.files())
    for path in (edits.write.keys() | edits.delete) & new.keys():
        if new[path] != old.get(path):
            write[path] = tip.content(new[path])
    gone = frozenset(path for path in edits.delete if path in old and path not in new and path not in write)
    return Merged(write, gone, tuple(sorted(_conflicted_paths(clashes))))


def reverted(tip: Snapshot, commit: str) -> tuple[dict[str, bytes], frozenset[str], tuple[str, ...]]:
    """What taking back one commit comes to on the tip: files to write, to delete, and those in conflict."""
    handle = tip.repository
    told = commit_of(handle, commit)
    index = handle.merge_trees(told.tree, tree_of(handle, tip.tree), told.parents[0].tree)
    clashes = _conflicted_paths(list(index.conflicts or ()))
    entries = cast("Iterable[pygit2.IndexEntry]", index)
    new = {str(entry.path): str(entry.id) for entry in entries if str(entry.path) not in clashes}
    old = dict(tip.files())
    write = {path: tip.content(blob) for path, blob in new.items() if old.get(path) != blob}
    return write, frozenset(old.keys() - new.keys() - clashes), tuple(sorted(clashes))


def _both(
    handle: pygit2.Repository,
    ancestor: pygit2.IndexEntry | None,
    ours: pygit2.IndexEntry | None,
    theirs: pygit2.IndexEntry | None,
) -> tuple[str, bytes]:
    if ours is not None and theirs is not None:
        result = handle.merge_file_from_index(ancestor, ours, theirs, use_deprecated=False)
        return str(ours.path), _labelled(result.contents)
    kept = ours or theirs or ancestor
    assert kept is not None
    return str(kept.path), blob_of(handle, kept.id).data


def _labelled(text: str | None) -> bytes:
    lines = (text or "").splitlines(keepends=True)
    ends = {"<<<<<<<": "<<<<<<< memory\n", ">>>>>>>": ">>>>>>> edited by hand\n"}
    return "".join(ends.get(line[:7], line) for line in lines).encode()


def _conflicted_paths(
    clashes: list[tuple[pygit2.IndexEntry | None, pygit2.IndexEntry | None, pygit2.IndexEntry | None]],
) -> set[str]:
    return {str(entry.path) for entries in clashes for entry in entries if entry is not None}
