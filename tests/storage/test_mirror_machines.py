"""Two machines that write to one mirror and are killed at random: nothing lost, one history.

For a long run call `run` with more rounds, tests/ and tests/storage being on the path.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pygit2
import pytest
from mirrors import Machine, bare, holds_anywhere, is_sound, machine, tip_of
from redactions import CANARY
from support import put

from diffmem.storage.erase import sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs process groups and SIGKILL")

ROUNDS = 8

# Takes in session after session, tells each once it is acknowledged, and pushes behind the writer's back.
WRITER = """
import sys, threading
from datetime import date
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from mirrors import digest, machine, take_in
from redactions import CANARY, Lines
from support import put
from diffmem.errors import DiffMemError, MirrorDiverged
from diffmem.storage.erase import erase

one = machine(Path(sys.argv[2]), sys.argv[3])
name, first, erases = sys.argv[4], int(sys.argv[5]), sys.argv[6] == "erases"
news = threading.Event()

def pushing():
    while True:
        news.wait()
        news.clear()
        try:
            one.mirror.push(one.branch)
        except MirrorDiverged as diverged:
            print("diverged", diverged, flush=True)
        except DiffMemError as failed:
            print("failed", failed, file=sys.stderr, flush=True)

threading.Thread(target=pushing, daemon=True).start()
for number in range(first, first + 10**6):
    path = f"s/{name}{number}.md"
    commit = take_in(one.branch, f"{name}{number}", path, f"{name} {number}\\n")
    print("ack", path, commit, flush=True)
    news.set()
    if number % 5:
        digest(one.branch, f"{name}{number}", f"m/{name}{number}.md", "filed\\n")
    if not erases and number % 3 == 0:
        told = one.branch.snapshot().text("both.md")
        put(one.branch, {"both.md": f"{told}- {name} {number}\\n"})
    if erases and name == "h" and number % 7 == 3:
        put(one.branch, {"secret.md": f"{CANARY}\\n"})
        one.mirror.push(one.branch) if number % 2 else None
        one.erase()
        news.set()
"""


class Process:
    """A machine's process, and what it has told so far."""

    def __init__(self, one: Machine, remote: Path, name: str, first: int, *, erases: bool) -> None:
        given = [str(Path(__file__).parent.parent), str(one.store.home), str(remote), name, str(first)]
        self._child = subprocess.Popen(
            [sys.executable, "-c", WRITER, *given, "erases" if erases else ""],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.told: list[str] = []
        self.errors = ""
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        self._more = threading.Condition()
        for reader in self._readers:
            reader.start()

    def wait_for(self, count: int) -> None:
        """Wait until it has told so many lines."""
        with self._more:
            self._more.wait_for(lambda: len(self.told) >= count or self._child.poll() is not None, 60)
        assert len(self.told) >= count, self.errors

    def kill(self) -> list[str]:
        """End it with every process it started; what it told."""
        os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        for reader in self._readers:
            reader.join()
        return self.told

    def _read(self) -> None:
        assert self._child.stdout
        with self._child.stdout as lines:
            for line in lines:
                if line.endswith("\n"):
                    with self._more:
                        self.told.append(line.strip())
                        self._more.notify_all()
        with self._more:
            self._more.notify_all()

    def _read_errors(self) -> None:
        assert self._child.stderr
        with self._child.stderr as lines:
            self.errors = lines.read()


def run(folder: Path, rounds: int, seed: int, *, erases: bool = False) -> tuple[int, int]:
    """Kill and restart, `rounds` times; answers how many acknowledgements and merge commits there were."""
    chance = random.Random(seed)
    remote = bare(folder / "mirror.git")
    machines = {name: machine(folder / name, remote) for name in "ht"}
    here, there = machines.values()
    put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    there.mirror.fetch(there.branch)
    told: list[str] = []
    count = dict.fromkeys(machines, 0)
    running: dict[str, Process] = {}
    for number in range(rounds):
        for name, one in machines.items():
            if name not in running:
                first = 1000 * (number + 1)
                running[name] = Process(one, remote, name, first, erases=erases)
        victim = chance.choice("ht")
        running[victim].wait_for(chance.randint(1, 12))
        told += running.pop(victim).kill()
        count[victim] += 1
    for process in running.values():
        process.wait_for(1)
        told += process.kill()
    return settled(here, there, remote, told, erases=erases)


def settled(here: Machine, there: Machine, remote: Path, told: list[str], *, erases: bool) -> tuple[int, int]:
    """Catch up, and look for everything that was acknowledged."""
    assert not [line for line in told if line.startswith("diverged")]
    for one in (here, there, here, there):
        sweep(one.store)
        assert one.mirror.catch_up(one.store).failed == {}
    assert here.branch.tip() == there.branch.tip() == tip_of(remote)
    files = here.files()
    acknowledged = [line.split()[1:] for line in told]
    assert {path for path, _ in acknowledged} <= files.keys()
    tip = here.branch.snapshot()
    if erases:
        here.erase()
        here.mirror.push(here.branch)
        there.mirror.fetch(there.branch)
        assert not any(holds_anywhere(one, CANARY) for one in (here.store.home, there.store.home, remote))
    else:
        assert all(tip.commit == commit or tip.follows(commit) for _, commit in acknowledged)
    for repository in (here.branch.repository, there.branch.repository, remote):
        assert is_sound(repository)
    walked = pygit2.Repository(str(here.branch.repository)).walk(here.branch.tip())
    return len(acknowledged), sum(1 for commit in walked if len(commit.parents) > 1)


def test_two_machines_killed_at_random_lose_nothing_and_end_in_one_history(tmp_path: Path) -> None:
    acknowledged, joined = run(tmp_path, ROUNDS, seed=1)
    assert acknowledged >= ROUNDS
    assert joined


def test_an_erase_among_kills_brings_nothing_back_and_loses_nothing_else(tmp_path: Path) -> None:
    acknowledged, _ = run(tmp_path, ROUNDS // 2, seed=2, erases=True)
    assert acknowledged >= ROUNDS // 2
