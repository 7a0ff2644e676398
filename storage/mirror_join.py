"""Two lines of commits that two machines wrote, made one by a merge commit; nothing of either is lost."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import cast

import pygit2

from .branch import Writer
from .changes import Actor, ChangeSet, Stage
from .mirror_format import Format
from .objects import blob_of, commit_of
from .redaction import bumped
from .snapshot import Snapshot

DESCRIPTION = "diffmem.yaml"
"""The file in which a memory says whose it is and when it began."""

_REGULAR = frozenset({pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.BLOB_EXECUTABLE})

_Clash = tuple[pygit2.IndexEntry | None, pygit2.IndexEntry | None, pygit2.IndexEntry | None]


def joined(writer: Writer, other: str, told: Format) -> str:
    """Commit what both lines come to, on top of the tip and of the other line's newest commit.

    A file that one side changed is as that side has it. What both changed is joined by `told.join`; where
    one side deleted what the other changed, the changed file stays.
    """
    changes = plan(writer.branch.snapshot(), other, told)
    tip = pygit2.Repository(str(writer.branch.repository))
    settled = told.settle(Snapshot(tip, writer.prepared(changes)))
    if settled:
        write = {**changes.write, **settled}
        changes = replace(changes, write=write, delete=changes.delete - settled.keys())
    return writer.commit(changes, joining=other)


def plan(tip: Snapshot, other: str, told: Format) -> ChangeSet:
    """What joining another line of commits changes at the tip."""
    handle = tip.repository
    index = handle.merge_commits(commit_of(handle, tip.commit), commit_of(handle, other))
    clashes: list[_Clash] = list(index.conflicts or ())
    write: dict[str, str | bytes] = {}
    clashing = {str(entry.path) for clash in clashes for entry in clash if entry is not None}
    entries = list(cast("Iterable[pygit2.IndexEntry]", index))
    taken = {str(entry.path) for entry in entries}
    for clash in clashes:
        write.update(_settled(handle, clash, told, taken | write.keys()))
    new = {
        str(entry.path): str(entry.id)
        for entry in entries
        if entry.mode in _REGULAR and str(entry.path) not in clashing
    }
    old = dict(tip.files())
    for path, blob in new.items():
        if old.get(path) != blob and path not in write:
            write[path] = blob_of(handle, blob).data
    gone = frozenset(old.keys() - new.keys() - write.keys())
    count = len(write) + len(gone)
    return ChangeSet(
        subject=f"merge: {count} file{'' if count == 1 else 's'} from another machine",
        stage=Stage.MERGE,
        actor=Actor.OPERATOR,
        write={path: content for path, content in write.items() if not _is(tip, path, content)},
        delete=gone,
        trailers={"Joined": str(len(clashes))} if clashes else {},
    )


def _settled(
    handle: pygit2.Repository, clash: _Clash, told: Format, taken: Collection[str]
) -> dict[str, str | bytes]:
    ancestor, ours, theirs = clash
    if ours is None or theirs is None:
        kept = ours or theirs
        return {str(kept.path): blob_of(handle, kept.id).data} if kept is not None else {}
    path = str(ours.path)
    base, mine, others = (blob_of(handle, one.id).data if one else b"" for one in (ancestor, ours, theirs))
    if path == DESCRIPTION and ancestor is None:
        # Of two beginnings, the earlier one: all else is the same on both sides.
        return {path: min(mine, others)}
    try:
        return {path: told.join(path, base.decode(), mine.decode(), others.decode())}
    except UnicodeDecodeError:
        # What is no text cannot be joined, and neither side may be lost.
        return {path: mine, _free(path, taken): others}


def _free(path: str, taken: Collection[str]) -> str:
    folder, slash, name = path.rpartition("/")
    free = f"{folder}{slash}{bumped(name, 2)}"
    count = 2
    while free in taken:
        count += 1
        free = f"{folder}{slash}{bumped(name, count)}"
    return free


def _is(tip: Snapshot, path: str, content: str | bytes) -> bool:
    data = content.encode() if isinstance(content, str) else content
    return tip.blob(path) == str(pygit2.hash(data))


def parted(handle: pygit2.Repository, ours: str, theirs: str) -> str:
    """The newest commit that two lines share, or "" if they share none."""
    found = handle.merge_base(pygit2.Oid(hex=ours), pygit2.Oid(hex=theirs))
    return str(commit_of(handle, found).id) if found else ""
