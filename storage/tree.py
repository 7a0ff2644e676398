"""A new tree from an old one and a few changed paths; only the folders on the way are read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pygit2

from .failpoint import failpoint
from .objects import has_entry


@dataclass(slots=True)
class _Folder:
    files: dict[str, bytes | None] = field(default_factory=dict[str, bytes | None])
    folders: dict[str, "_Folder"] = field(default_factory=dict[str, "_Folder"])


def written(
    handle: pygit2.Repository,
    base: pygit2.Tree | None,
    write: Mapping[str, str | bytes],
    delete: Iterable[str],
) -> pygit2.Oid:
    """Write blobs and trees for a change and return the new root's id.

    What is both deleted and written is written; a folder left empty is dropped.
    """
    root = _Folder()
    for path in delete:
        _place(root, path, None)
    for path, content in write.items():
        _place(root, path, content.encode() if isinstance(content, str) else content)
    return _build(handle, base, root) or handle.TreeBuilder().write()


def _place(root: _Folder, path: str, content: bytes | None) -> None:
    *folders, name = path.split("/")
    here = root
    for folder in folders:
        here = here.folders.setdefault(folder, _Folder())
    here.files[name] = content


def _build(handle: pygit2.Repository, base: pygit2.Tree | None, change: _Folder) -> pygit2.Oid | None:
    builder = handle.TreeBuilder(base) if base is not None else handle.TreeBuilder()
    for name, content in change.files.items():
        if content is not None:
            builder.insert(name, handle.create_blob(content), pygit2.enums.FileMode.BLOB)
            failpoint("commit.blob")
        elif has_entry(builder, name):
            builder.remove(name)
    for name, folder in change.folders.items():
        below = base[name] if base is not None and name in base else None
        built = _build(handle, below if isinstance(below, pygit2.Tree) else None, folder)
        if built is not None:
            builder.insert(name, built, pygit2.enums.FileMode.TREE)
        elif has_entry(builder, name):
            builder.remove(name)
    return builder.write() if len(builder) else None
