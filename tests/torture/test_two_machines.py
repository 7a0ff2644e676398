"""Two homes, a server on each, one mirror: killed at random, nothing is lost and history stays one."""

import random
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from fleet import Fleet, Said, Server
from mirrors import bare, holds_anywhere, is_sound
from verdict import Past, target, wrong

from diffmem.storage.names import UserId, user_id
from diffmem.storage.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")

USERS = ("alex", "bob", "Carla Ruiz")
CANARY = "swordfish4711"
SECRET = "secret-1"
KILL_SECONDS = 3.0


def run(folder: Path, seconds: float, seed: int) -> Fleet:
    """Write the same users on both machines, kill either now and then, and erase something in the middle."""
    remote = bare(folder / "mirror.git")
    mirrored = {"DIFFMEM_BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": str(remote)}
    fleet = Fleet([partial(Server, folder / name, **mirrored) for name in ("here", "there")])
    try:
        fleet.run(seconds, works(fleet, seconds, seed))

        def sync() -> None:
            for server in fleet.servers * 2:
                fleet.asked(server, "POST", "/server/sync")

        # What came in on one machine is filed there, and the other one learns of it.
        sync()
        fleet.settle(USERS, meanwhile=sync)
        sync()
        fleet.ledger.faults += [f"a server ended by {code}" for code in fleet.stop() if code not in (0, -15)]
    finally:
        fleet.close()
    return fleet


def in_step(folder: Path) -> bool:
    """Whether both homes and the mirror stand at the same commits."""
    stores = [Store(folder / name) for name in ("here", "there")]
    return all(
        stores[0].branch(user).tip() == stores[1].branch(user).tip() == mirrored(folder, user)
        for user in map(user_id, USERS)
    )


def mirrored(folder: Path, user: UserId) -> str:
    """The newest commit that the mirror has of a user."""
    return target(folder / "mirror.git", Store(folder / "here").branch(user).ref)


def works(fleet: Fleet, seconds: float, seed: int) -> list[Callable[[], object]]:
    """What goes on at the same time."""
    chance = random.Random(seed)

    def dice() -> random.Random:
        return random.Random(chance.getrandbits(32))

    def server_of(place: int) -> Callable[[], Server]:
        return lambda: fleet.servers[place]

    def erase() -> None:
        said = {"content": f"user: The word is {CANARY}.", "session_id": SECRET}
        fleet.ledger.said.append(Said("alex", SECRET, 0.0))
        while not fleet.asked(fleet.servers[0], "POST", "/memory/alex/remember", said):
            if fleet.ledger.faults:
                return
            threading.Event().wait(0.1)
        # Long enough for the other machine to have it, too.
        threading.Event().wait(seconds / 3)
        asked = {"how": "erase", "words": CANARY}
        while not fleet.asked(fleet.servers[0], "POST", "/memory/alex/forget", asked):
            if fleet.ledger.faults:
                return
            threading.Event().wait(0.1)

    clients = [
        partial(fleet.write, user, name, server_of(place), dice())
        for user in USERS
        for place, name in ((0, "h"), (1, "t"))
    ]
    return [*clients, erase, partial(fleet.kill_each, KILL_SECONDS, dice())]


def test_two_machines_end_in_one_history_that_lacks_nothing(tmp_path: Path, torture: bool) -> None:
    fleet = run(tmp_path, 60 if torture else 7, seed=5)

    assert fleet.ledger.faults == []
    assert in_step(tmp_path)
    for name in ("here", "there"):
        for user in map(user_id, USERS):
            branch = Store(tmp_path / name).branch(user)
            assert wrong(branch, fleet.ledger, one_line=False, erased=user == "alex") == []
            assert Past.of(branch).merges
        assert not holds_anywhere(tmp_path / name, CANARY)
    assert not holds_anywhere(tmp_path / "mirror.git", CANARY)
    assert is_sound(tmp_path / "mirror.git")
    assert {(one.user, one.session[0]) for one in fleet.ledger.acknowledged} >= {
        (user, side) for user in USERS for side in "ht"
    }
