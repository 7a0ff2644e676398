"""The verbs of the command line that keep a memory a second time: at the mirror, or in a file."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import build
from .console import Console, visible
from .deeds import Deeds
from .one_shot import writes
from .settings import BadSettings

if TYPE_CHECKING:
    from ..memory import Memory
    from ..storage.mirror import CaughtUp
    from ..storage.names import UserId
    from .settings import Settings


def backup(asked: argparse.Namespace, settings: Settings) -> int:
    """Bring every memory and the mirror into step; answers 1 if one could not be."""
    from .backup import backup as kept

    memory = build.memory(settings)
    Deeds.of_home(memory, settings.home)
    made = kept(memory, settings)
    if made is None:
        why = "no mirror is named; give git and DIFFMEM_BACKUP_URL, or github"
        raise BadSettings(f"DIFFMEM_BACKUP_BACKEND: {why}")
    found = made.restore()
    done = made.compared()
    users = {user: _standing(user, done) for user in made.memory.desk.store.users()}
    told = {"backend": settings.backup, "restored": list(found.users), "users": users}
    _answer(asked, settings, told, _told(users, found.users))
    return 1 if done.failed else 0


def bundle(asked: argparse.Namespace, settings: Settings) -> int:
    """Write the memory into one file."""
    from ..storage import bundle as files
    from ..storage.names import user_id
    from .take.placing import in_place

    store = build.memory(settings).desk.store
    file = Path(asked.file).expanduser().absolute()
    with in_place(file, force=asked.force) as part:
        point = files.bundle(store.branch(user_id(settings.user)), part)
    told = {"user": settings.user, "file": str(file), "commit": point.tip}
    _answer(asked, settings, told, iter([visible(f"{file} holds {settings.user} at {point.tip[:12]}")]))
    return 0


@writes
def restore_bundle(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Bring back the memory that a file holds."""
    from ..storage import bundle as files

    branch = files.restored(memory.desk.store, Path(asked.file).expanduser())
    commit = branch.tip() or ""
    memory.desk.tell(branch.user, commit)
    told = {"user": branch.user, "commit": commit}
    _answer(asked, settings, told, iter([visible(f"{branch.user} is here at {commit[:12]}")]))
    return 0


def _standing(user: UserId, done: CaughtUp) -> str:
    if user in done.failed:
        return str(done.failed[user])
    synced = done.synced.get(user)
    if synced is None:
        return "in step"
    if synced.erased:
        return "erased as at the mirror"
    if synced.joined:
        return "joined with what other machines wrote"
    return "fetched" if synced.tip != synced.before else "pushed"


def _told(users: Mapping[UserId, str], restored: Collection[UserId]) -> Iterator[str]:
    yield from (f"{visible(user)}: brought back from the mirror" for user in restored)
    yield from (f"{visible(user)}: {visible(how)}" for user, how in users.items() if user not in restored)
    if not users:
        yield "there is no memory here yet, and none at the mirror"


def _answer(asked: argparse.Namespace, settings: Settings, told: Any, lines: Iterator[str]) -> None:
    Console.here(settings.no_color).answer(told, lines, as_json=getattr(asked, "json", False))
