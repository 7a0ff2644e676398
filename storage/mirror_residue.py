"""What a mirror on this machine still holds of what was erased: cleared away, then looked for."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pygit2

from ..errors import GitFailed, MirrorFailed
from .git import git
from .redaction import holds
from .remote import Remote

_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Residue:
    """What a reading of the mirror came to.

    `found` names the objects in which something sought still stands, `held` those it still has, or may
    have where it lies on another machine.
    """

    objects: int = 0
    found: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


def pruned(remote: Remote) -> None:
    """Remove every object that no reference of a mirror on this machine leads to.

    A repository that somebody works in, and one on another machine, are left as they are.

    Raises:
        MirrorFailed: it may not be written to.
    """
    repository = remote.repository
    if repository is None or not pygit2.Repository(str(repository)).is_bare:
        return
    with remote.alone():
        try:
            for half_done in repository.joinpath("objects").glob("*incoming-*"):
                shutil.rmtree(half_done)
            # Tables that git rebuilds; they would go on naming commits that are gone.
            repository.joinpath("objects/info/commit-graph").unlink(missing_ok=True)
            shutil.rmtree(repository / "objects/info/commit-graphs", ignore_errors=True)
            git(repository, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
            git(repository, "repack", "-a", "-d", "-q", "--window-memory=64m", seconds=_SECONDS)
            git(repository, "prune", "--expire=now", seconds=_SECONDS)
        except (GitFailed, OSError) as failed:
            raise MirrorFailed("prune", str(failed)) from None


def residue(remote: Remote, own: Sequence[str], removed: Iterable[str], sought: Sequence[bytes]) -> Residue:
    """Read all that a mirror holds beside what other users' references lead to; `own` are this user's.

    Of a mirror that lies on another machine nothing can be read: it may hold all that was removed.
    """
    repository = remote.repository
    if repository is None:
        return Residue(held=tuple(sorted(removed)))
    others = _reachable_from_others(repository, own)
    handle = pygit2.Repository(str(repository))
    there = [identity for identity in handle.odb if str(identity) not in others]
    found = [str(one) for one in there if holds(handle.odb.read(one)[1], sought)]
    held = {str(one) for one in there}.intersection(removed)
    return Residue(len(there), tuple(f"mirror {one}" for one in sorted(found)), tuple(sorted(held)))


def _reachable_from_others(repository: Path, own: Sequence[str]) -> set[str]:
    excluded = [f"--exclude={name}" for name in own]
    told = git(repository, "rev-list", "--objects", "--no-object-names", *excluded, "--all", seconds=_SECONDS)
    return set(told.split())
