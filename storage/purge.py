"""The physical end of everything in a repository that no reference leads to."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pygit2

from ..errors import StoreError
from .failpoint import failpoint
from .git import git
from .objects import direct_references
from .redaction import entries_of
from .share import Part
from .worktrees import admin_folders, detached_head

_KIND = pygit2.enums.ObjectType
_REPACK_SECONDS = 3600.0
_TREE = (b"40000 ", b"040000 ")
_PACK_PARTS = (".pack", ".idx", ".rev", ".bitmap", ".mtimes")
# What git programs leave in a repository beside its references: former heads, messages, steps half done.
_FORMER = re.compile(
    r"(?!HEAD$)[A-Z][A-Z_]*|logs|index|gc\.(log|pid)|.*\.lock|rebase-(apply|merge)|sequencer|rr-cache|lost-found"
)


def purge(repository: Path, part: Part | None = None) -> None:
    """Remove reflogs, former heads, leftovers and every object that no reference leads to.

    Only the one writer of the repository may do this. It can be cut off and done again. Where the repository
    is shared, it is done for one user's part: logs and staging areas of others stay, with what they name.

    Raises:
        StoreError: an object that is still needed is missing; nothing was removed.
    """
    if part is None:
        for folder in (repository, *admin_folders(repository)):
            _drop_former(folder)
    else:
        part.forget_logs()
        _drop_former(repository, "index", "logs")
        for folder in part.worktrees:
            _drop_former(folder)
    failpoint("purge.former")
    for lock in repository.joinpath("refs").rglob("*.lock"):
        lock.unlink()
    handle = pygit2.Repository(str(repository))
    needed = reachable(handle, _roots(handle))
    if part is not None:
        needed |= reachable(handle, part.loose_ends(handle), whole=False)
    _drop_aids(repository / "objects")
    failpoint("purge.aids")
    _drop_packed(repository, needed)
    failpoint("purge.packed")
    _drop_loose(repository / "objects", needed)
    failpoint("purge.loose")


def _drop_former(folder: Path, *kept: str) -> None:
    # The index of a worktree stays: it was written anew with the files of the new history.
    stays = {*kept, "index"} if folder.parent.name == "worktrees" else {*kept}
    for found in list(folder.iterdir()):
        if found.name not in stays and _FORMER.fullmatch(found.name):
            _drop(found)


def _drop(found: Path) -> None:
    if found.is_dir() and not found.is_symlink():
        shutil.rmtree(found)
    else:
        found.unlink(missing_ok=True)


def _drop_aids(objects: Path) -> None:
    """Rebuildable tables of commits and packs, and what programs that died were writing."""
    for name in ("info/commit-graph", "info/commit-graphs"):
        if objects.joinpath(name).exists():
            _drop(objects / name)
    for found in list(objects.iterdir()):
        if found.name not in ("pack", "info") and not re.fullmatch("[0-9a-f]{2}", found.name):
            _drop(found)
    packs = objects / "pack"
    whole = {pack.stem for pack in packs.glob("pack-*.pack") if pack.with_suffix(".idx").is_file()}
    for found in list(packs.iterdir()):
        if found.suffix not in _PACK_PARTS or found.stem not in whole:
            _drop(found)


def _drop_packed(repository: Path, needed: set[bytes]) -> None:
    packs = repository / "objects" / "pack"
    if all(_names(index) <= needed for index in packs.glob("*.idx")):
        return
    git(repository, "repack", "-a", "-d", "-q", "--threads=1", "--window-memory=64m", seconds=_REPACK_SECONDS)


def packed(pack: Path) -> set[str]:
    """The ids of the objects in a pack."""
    index = pack.with_suffix(".idx")
    return {one.hex() for one in _names(index)} if index.is_file() else set()


def _names(index: Path) -> set[bytes]:
    """The ids that a pack holds, out of its table; in the older kind of table, one that nobody needs."""
    raw = index.read_bytes()
    if raw[:8] != b"\xfftOc\0\0\0\x02":
        return {b""}
    count = int.from_bytes(raw[8 + 255 * 4 : 8 + 256 * 4])
    names = raw[8 + 256 * 4 : 8 + 256 * 4 + 20 * count]
    return {names[at : at + 20] for at in range(0, len(names), 20)}


def _drop_loose(objects: Path, needed: set[bytes]) -> None:
    for folder in sorted(objects.iterdir()):
        if folder.name in ("pack", "info"):
            continue
        for found in list(folder.iterdir()):
            if not re.fullmatch("[0-9a-f]{38}", found.name):
                _drop(found)
            elif bytes.fromhex(folder.name + found.name) not in needed:
                found.chmod(0o644)
                found.unlink()
                failpoint("purge.object")


def _roots(handle: pygit2.Repository) -> list[str]:
    """What a reference, the HEAD or the HEAD of a worktree names."""
    heads = [head for head in map(detached_head, admin_folders(Path(handle.path))) if head]
    return [*heads, *direct_references(handle).values()]


def reachable(handle: pygit2.Repository, roots: Iterable[str], *, whole: bool = True) -> set[bytes]:
    """The ids of all objects that hang on some, these included.

    Raises:
        StoreError: one is missing, and the `whole` was asked for.
    """
    waiting = [pygit2.Oid(hex=root) for root in roots]
    found: set[bytes] = set()
    entries: set[bytes] = set()
    while waiting:
        identity = waiting.pop()
        if identity.raw in found:
            continue
        found.add(identity.raw)
        try:
            kind, raw = handle.odb.read(identity)
        except KeyError as missing:
            if not whole:
                continue
            raise StoreError(
                f"object {identity} is missing; check the repository with `git fsck`"
            ) from missing
        if kind == _KIND.TREE:
            fresh = set(entries_of(raw)) - entries
            entries |= fresh
            found |= {one[-20:] for one in fresh if not one.startswith(_TREE)}
            waiting += [pygit2.Oid(raw=one[-20:]) for one in fresh if one.startswith(_TREE)]
        elif kind != _KIND.BLOB:
            waiting += _leads_to(raw)
    return found


def _leads_to(raw: bytes) -> list[pygit2.Oid]:
    head = raw.partition(b"\n\n")[0]
    found: list[bytes] = re.findall(rb"^(?:tree|parent|object) ([0-9a-f]{40})$", head, re.MULTILINE)
    return [pygit2.Oid(hex=one.decode()) for one in found]
