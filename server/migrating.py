"""The verb of the command line that moves an older store into repositories of the users' own."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .console import Console, visible
from .progress import progress

if TYPE_CHECKING:
    from ..storage.migrate import Migrated
    from ..storage.names import UserId
    from ..storage.store import Store
    from .settings import Settings

Verb = Callable[[str, str], argparse.ArgumentParser]
_STATES = {
    "moved": "moved",
    "forwarded": "brought up to date",
    "in step": "nothing to do",
    "erased": "erased here since, and left so",
    "failed": "left as it was",
}
_CAME = frozenset({"moved", "forwarded"})
"""The states in which something is here that was not here before."""


def arguments(verb: Verb) -> None:
    """Add the verb and what can be asked of it."""
    made = verb("migrate", "move a store with one repository for all users into repositories of their own")
    made.add_argument("--from", dest="source", metavar="DIR", help="the store's repository (STORAGE_PATH)")
    made.add_argument("--worktrees", metavar="DIR", help="its users' folders (WORKTREE_ROOT)")
    made.add_argument("--dry-run", action="store_true", help="tell what would be moved, move nothing")


def migrate(asked: argparse.Namespace, settings: Settings) -> int:
    """Move every memory of a shared store; answers 1 if one could not be moved.

    Raises:
        BadSettings: there is no such store.
    """
    from ..storage.durability import Durability
    from ..storage.migrate import Migration
    from ..storage.seed_store import SeedStore
    from ..storage.store import Store
    from .settings import BadSettings

    storage, worktrees = settings.shared_places(settings.home)
    given = (Path(one).expanduser().absolute() if one else None for one in (asked.source, asked.worktrees))
    source = SeedStore(*(told or usual for told, usual in zip(given, (storage, worktrees), strict=True)))
    if not source.is_there():
        why = f"{source.storage} is no git repository with the branch of a user; name it with --from"
        raise BadSettings(f"STORAGE_PATH: {why}")
    store = Store(settings.home, Durability(settings.durability))
    work = Migration(source, store, settings.ontology)
    done: list[Migrated] = []
    users = sorted(source.users())
    with progress("migrate", len(users), "users") as bar:
        for user in users:
            done.append(work.foreseen(user) if asked.dry_run else work.brought(user))
            if not asked.dry_run and done[-1].state in _CAME:
                _note(store, user, settings)
            bar.step()
    told = {
        "source": str(source.storage),
        "home": str(settings.home),
        "dry_run": bool(asked.dry_run),
        "users": [asdict(one) for one in done],
    }
    lines = _told(done, dry_run=asked.dry_run)
    Console.here(settings.no_color).answer(told, lines, as_json=getattr(asked, "json", False))
    return 1 if any(one.state == "failed" for one in done) else 0


def _note(store: Store, user: UserId, settings: Settings) -> None:
    from .auth.audit import Audit
    from .auth.principal import local
    from .deeds import AUDIT

    tip = store.branch(user).tip() or ""
    Audit(settings.home / AUDIT).record(local(settings.user).name, "migrate", user, tip)


def _told(done: Sequence[Migrated], *, dry_run: bool) -> Iterator[str]:
    for one in done:
        why = f": {one.why}" if one.why else ""
        commits = f", {one.commits} commits" if one.commits else ""
        yield visible(f"{one.user}: {_STATES[one.state]}{commits}{why}")
        yield from (visible(f"  changed by hand, not committed there: {path}") for path in one.edits)
    states = Counter(one.state for one in done)
    yield ", ".join(f"{count} {_STATES[state]}" for state, count in sorted(states.items()))
    if dry_run:
        yield "nothing was moved"
    elif not states["failed"]:
        yield "the store is as it was; erase reaches only what is here, so take it away once all is well"
