"""Checks of the mirror: whether it answers, what it lacks, whether both sides can still be joined."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pygit2

from ...errors import MirrorFailed
from ...storage import epoch
from ...storage.branch import Branch
from ...storage.mirror_point import here, leads
from ...storage.remote import Remote
from ...storage.remote_address import address
from .check import Case, Result, counted, fail, ok, warn

_ALL = ("refs/heads/user/*", "refs/meta/*")


def mirror(case: Case) -> Iterator[Result]:
    """Whether there is a mirror, and whether it answers where it may be asked."""
    named = case.memory.mirror
    if named is None:
        yield ok("mirror", "no mirror is named (DIFFMEM_BACKUP_BACKEND); the memories are on this disk alone")
        return
    at = address(named.remote_url)
    if not (case.online or at.folder):
        yield ok("mirror", f"{case.settings.backup}, over {at.transport}; `--online` asks whether it answers")
        return
    branches = [case.memory.desk.store.branch(user) for user in case.users]
    if not branches:
        yield ok("mirror", f"{case.settings.backup}, over {at.transport}; there is nothing to mirror yet")
        return
    try:
        there = Remote(at, named.token).listed(branches[0].repository, *_ALL)
    except MirrorFailed as failed:
        advice = "see address and token; commits go on here, and are pushed once it answers"
        yield fail("mirror", str(failed), advice)
        return
    kept = sum(1 for name in there if name.startswith("refs/heads/"))
    yield ok("mirror", f"{case.settings.backup}, over {at.transport}, answers and holds {kept} memories")
    for branch in branches:
        yield from _both(branch, there)


def lag(case: Case, branch: Branch) -> Iterator[Result]:
    """What the mirror lacks, as far as is known here."""
    if case.memory.mirror is None or branch.tip() is None:
        return
    found, user = case.memory.mirror.lag(branch), branch.user
    if not (found.commits or found.erase):
        yield ok("backup", "the mirror has every commit that is here", user=user)
        return
    hours = (datetime.now(UTC) - found.since).total_seconds() / 3600 if found.since else 0
    told = f"the mirror lacks {counted(found.commits, 'commit')}"
    told += f", the oldest of them {hours:.1f} hours old" if found.commits else ""
    told += "; it does not know of the newest erase" if found.erase else ""
    yield warn("backup", told, "`diffmem backup` brings it into step; a server does so by itself", user=user)


def _both(branch: Branch, there: Mapping[str, str]) -> Iterator[Result]:
    """Whether the two sides of a memory can still be joined."""
    key = branch.ref.rpartition("/")[2]
    tip, erased = there.get(f"refs/heads/user/{key}", ""), there.get(epoch.reference_of(branch), "")
    now, handle = here(branch), pygit2.Repository(str(branch.repository))
    sides = (
        f"here: commit {now.tip[:12] or 'none'}, erase {now.epoch[:12] or 'none'}",
        f"mirror: commit {tip[:12] or 'none'}, erase {erased[:12] or 'none'}",
    )
    known = erased in ("", now.epoch) or leads(handle, erased, now.epoch)
    if not known and erased in handle and not leads(handle, now.epoch, erased):
        advice = "decide which side is right; keep the other as a bundle (docs/operations.md)"
        told = "both sides were erased, each in its own way"
        yield fail("mirror", told, advice, user=branch.user, details=sides)
    elif not known or (tip and tip not in handle):
        told, advice = "other machines wrote there", "`diffmem backup` brings both into step"
        yield warn("mirror", told, advice, user=branch.user, details=sides)
