"""SIGTERM under load: whatever was acknowledged is there, and the server ends by itself within its grace."""

import http.client
import json
import random
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import anyio
import pytest
from fleet import Fleet, Server, sent
from verdict import wrong

from diffmem.memory import Memory
from diffmem.server.app import GRACE_SECONDS
from diffmem.server.backup import FLUSH_SECONDS
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM")

USERS = ("alex", "bob", "carla", "dora")
CLIENTS = 4
ENOUGH = 30
SLACK_SECONDS = 30
"""What a busy machine may take beyond the grace; a server that hangs takes for ever."""


class Clients:
    """Clients that say one thing after the other until the server is gone."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.acknowledged: list[tuple[str, str]] = []
        self.other: list[int] = []
        self.enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._talk, args=(user, f"c{number}"))
            for user in USERS
            for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all have found the server gone."""
        for thread in self._threads:
            thread.join()

    def _talk(self, user: str, name: str) -> None:
        for number in range(10**6):
            session, content = f"{name}-{number}", f"user: I met {name} at place{number}."
            body = {"content": content, "session_id": session, "wait": number % 3 == 0}
            try:
                status, _ = sent(self.server.port, "POST", f"/memory/{user}/remember", body)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                return
            if status == 200:
                self.acknowledged.append((user, session))
                if len(self.acknowledged) >= ENOUGH:
                    self.enough.set()
            else:
                self.other.append(status)


def test_a_server_told_to_stop_under_load_loses_nothing(tmp_path: Path, torture: bool) -> None:
    home, chance = tmp_path / "home", random.Random(3)
    told: list[tuple[str, str]] = []
    for _ in range(8 if torture else 2):
        server = Server(home)
        clients = Clients(server)
        try:
            assert clients.enough.wait(120)
            time.sleep(chance.random() / 5)
            server.terminate()
            code = server.ended(GRACE_SECONDS + FLUSH_SECONDS + SLACK_SECONDS)
        finally:
            server.kill(whole=True)
            clients.join()
        told += clients.acknowledged
        assert code in (0, -signal.SIGTERM)
        assert not set(clients.other) - {503}
        assert "Traceback" not in "".join(server.told)
    fleet = Fleet([partial(Server, home)])
    try:
        fleet.settle(USERS)
    finally:
        fleet.stop()
        fleet.close()
    assert fleet.ledger.faults == []
    memory = Memory.open(home)
    for user in map(user_id, USERS):
        paths = " ".join(file.path for file in anyio.run(memory.list, user).files)
        assert all(f"_{session}.md" in paths for whose, session in told if whose == user)
        found = wrong(Store(home).branch(user), fleet.ledger)
        assert [what for what in found if "was never said" not in what] == []
