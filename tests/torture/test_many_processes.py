"""Four servers on one home, killed one after the other under load: a history checker finds nothing wrong."""

import random
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import anyio
import pytest
from fleet import Fleet, Server
from mirrors import bare, is_sound
from verdict import target, wrong

from diffmem.errors import Busy
from diffmem.memory import Memory
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")

USERS = ("alex", "bob", "Carla Ruiz", "d@example.org", "eve", "fay", "gus", "hana")
SERVERS = 4
KILL_SECONDS = 3.0


def run(folder: Path, seconds: float, seed: int) -> Fleet:
    """Load all users for a time while servers are killed, memories packed and mirrored; then settle."""
    home, remote = folder / "home", bare(folder / "mirror.git")
    mirrored = {"DIFFMEM_BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": str(remote)}
    fleet = Fleet([partial(Server, home, **mirrored)] * SERVERS)
    try:
        for user in USERS:
            anyio.run(partial(Memory.open(home).onboard, user))
        fleet.run(seconds, works(fleet, home, seed))
        fleet.settle(USERS)
        # Whatever was pushed behind the last answers.
        fleet.asked(fleet.servers[0], "POST", "/server/sync")
        fleet.ledger.faults += [f"a server ended by {code}" for code in fleet.stop() if code not in (0, -15)]
    finally:
        fleet.close()
    return fleet


def works(fleet: Fleet, home: Path, seed: int) -> list[Callable[[], object]]:
    """What goes on at the same time."""
    chance = random.Random(seed)

    def dice() -> random.Random:
        return random.Random(chance.getrandbits(32))

    def any_of(choice: random.Random) -> Callable[[], Server]:
        return lambda: choice.choice(fleet.servers)

    def maintain() -> None:
        memory, choice = Memory.open(home), dice()
        while not fleet.over.wait(0.3):
            # A server may be at the same work.
            with suppress(Busy):
                anyio.run(memory.maintain, choice.choice(USERS))

    def mirror() -> None:
        choice = dice()
        while not fleet.over.wait(1):
            fleet.asked(choice.choice(fleet.servers), "POST", "/server/sync")

    clients = [
        partial(work, user, *name, any_of(dice()), dice())
        for user in USERS
        for work, name in ((fleet.write, ("a",)), (fleet.write, ("b",)), (fleet.read, ()))
    ]
    return [*clients, maintain, mirror, partial(fleet.kill_each, KILL_SECONDS, dice())]


def test_four_servers_killed_under_load_lose_nothing(tmp_path: Path, torture: bool) -> None:
    fleet = run(tmp_path, 60 if torture else 10, seed=1)
    home, remote, ledger = Store(tmp_path / "home"), tmp_path / "mirror.git", fleet.ledger

    sys.stdout.write(
        f"{len(ledger.acknowledged)} acknowledged, {len({one.commit for one in ledger.seen})} commits seen, "
        f"{fleet.kills} servers killed\n"
    )
    assert ledger.faults == []
    for user in map(user_id, USERS):
        branch = home.branch(user)
        assert wrong(branch, ledger) == []
        assert target(remote, branch.ref) == branch.tip()
        assert {one.user for one in ledger.acknowledged} >= {user}
    assert is_sound(remote)
    assert fleet.kills
