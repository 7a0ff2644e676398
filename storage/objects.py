"""Git objects of a known kind."""

import json
from typing import cast

import pygit2

from .names import UserId

_LARGEST_KEPT_TREE = 1 << 22

# pygit2's type stubs do not know that commits, trees and blobs are objects, hence the casts.


def shut_out_settings() -> None:
    """Let nothing of the machine's own git settings reach a repository opened from now on."""
    for level in (
        pygit2.enums.ConfigLevel.SYSTEM,
        pygit2.enums.ConfigLevel.XDG,
        pygit2.enums.ConfigLevel.GLOBAL,
        pygit2.enums.ConfigLevel.PROGRAMDATA,
    ):
        pygit2.settings.search_path[level] = ""
    pygit2.settings.owner_validation = False


def keep_large_folders() -> None:
    """Let folders of thousands of files stay in memory, as small ones do, not be read at each lookup."""
    pygit2.settings.cache_object_limit(pygit2.enums.ObjectType.TREE, _LARGEST_KEPT_TREE)


def commit_of(handle: pygit2.Repository, identity: str | pygit2.Oid) -> pygit2.Commit:
    """The commit with this id."""
    return cast("pygit2.Commit", cast("object", handle[identity]))


def tree_of(handle: pygit2.Repository, identity: str | pygit2.Oid) -> pygit2.Tree:
    """The tree with this id, or of the commit with this id."""
    found = cast("object", handle[identity])
    return found.tree if isinstance(found, pygit2.Commit) else cast("pygit2.Tree", found)


def blob_of(handle: pygit2.Repository, identity: str | pygit2.Oid) -> pygit2.Blob:
    """The blob with this id."""
    return cast("pygit2.Blob", cast("object", handle[identity]))


def direct_references(handle: pygit2.Repository) -> dict[str, str]:
    """Every reference that names an object itself, and that object; the HEAD where it does so too."""
    found = {
        one.name: str(one.target)
        for one in handle.references.iterator()
        if one.type == pygit2.enums.ReferenceType.DIRECT
    }
    return {**found, "HEAD": str(handle.head.target)} if handle.head_is_detached else found


def told_user(handle: pygit2.Repository, name: str) -> UserId | None:
    """The user whom the branch of this name says it belongs to.

    Raises:
        KeyError: there is no such branch, or it does not say anything.
    """
    tree = tree_of(handle, str(handle.references[f"refs/heads/user/{name}"].target))
    for line in blob_of(handle, tree["diffmem.yaml"].id).data.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition(": ")
        if key == "user":
            return UserId(str(json.loads(value)) if value.startswith('"') else value)
    return None


def has_entry(builder: pygit2.TreeBuilder, name: str) -> bool:
    """Whether a tree under construction holds a name."""
    return cast("object", builder.get(name)) is not None
