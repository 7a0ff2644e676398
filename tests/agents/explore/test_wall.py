"""The second wall: a child per command, that can do nothing but read objects, and is gone afterwards."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from support import put

from diffmem.agents.explore import explore as door
from diffmem.agents.explore.explore import Explored, Walls, close, explore, walls
from diffmem.agents.explore.wall import Wall
from diffmem.storage.branch import Branch
from diffmem.storage.snapshot import Snapshot

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture
def snapshot(branch: Branch) -> Snapshot:
    put(branch, {"notes.md": "hello\n" * 3})
    return branch.snapshot()


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    close()


def test_a_command_is_answered_with_its_exit_code_and_time(snapshot: Snapshot) -> None:
    found = explore(snapshot, "grep -c hello notes.md; false")
    assert (found.output, found.exit_code, found.cut) == ("3\n", 1, 0)
    assert str(found) == f"3\n[exit:1 | {found.elapsed_ms}ms]"


def test_the_time_stands_on_a_line_of_its_own() -> None:
    assert str(Explored("no end", 0, 7)) == "no end\n[exit:0 | 7ms]"


def test_a_lone_surrogate_is_refused_like_any_odd_character(snapshot: Snapshot) -> None:
    assert explore(snapshot, "cat '\ud800'").exit_code


def test_without_a_process_the_first_wall_answers_and_says_so(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "fork", raising=False)
    monkeypatch.setattr(door, "_wall", Wall())
    assert explore(snapshot, "head -1 notes.md").output == "hello\n"
    assert walls() == Walls(process=False, limits=False, memory=False, landlock=0)
    assert str(walls()) == "interpreter over git objects (no child process here; no Landlock here)"


@linux
def test_the_walls_that_stand_are_told(snapshot: Snapshot) -> None:
    told = walls()
    assert (told.process, told.limits, told.memory) == (True, True, True)
    assert "a child process per command, limits on time and memory" in str(told)


@linux
def test_the_server_has_no_environment_and_one_thread(snapshot: Snapshot) -> None:
    explore(snapshot, "true")
    [server] = _children()
    process = Path(f"/proc/{server}")
    assert process.joinpath("environ").read_bytes() == b""
    assert len(list(process.joinpath("task").iterdir())) == 1


@linux
def test_two_hundred_at_once_are_answered_and_nothing_is_left(snapshot: Snapshot) -> None:
    explore(snapshot, "true")
    [server] = _children()
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(partial(explore, snapshot), ["grep -c hello notes.md"] * 200))
    assert {answer.output for answer in answers} == {"3\n"}
    assert _children() == [server]
    assert _without_children(server)
    assert _megabytes(server) < 200


@linux
def test_a_server_that_was_killed_is_replaced(snapshot: Snapshot) -> None:
    explore(snapshot, "true")
    [server] = _children()
    os.kill(server, 9)
    assert explore(snapshot, "head -1 notes.md").output == "hello\n"


@linux
def test_the_server_ends_when_its_owner_does(snapshot: Snapshot) -> None:
    program = f"""
import os, pygit2
from diffmem.agents.explore.explore import explore
from diffmem.storage.snapshot import Snapshot
snapshot = Snapshot(pygit2.Repository({snapshot.repository.path!r}), {snapshot.commit!r})
print(explore(snapshot, "head -1 notes.md").output, end="", flush=True)
children = open(f"/proc/self/task/{{os.getpid()}}/children").read()
print(children, flush=True)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    answer, server = done.stdout.splitlines()
    assert answer == "hello"
    deadline = time.monotonic() + 5
    while Path(f"/proc/{server.strip()}").exists() and time.monotonic() < deadline:
        pass
    assert not Path(f"/proc/{server.strip()}").exists()


JAILED = """
import json, os, socket, sys
from functools import partial
from pathlib import Path
from diffmem.agents.explore import jail
bars = jail.enter(Path(sys.argv[1]))
def tried(name, what):
    try:
        what()
        return name, "done"
    except (OSError, MemoryError) as refused:
        return name, type(refused).__name__
print(json.dumps([bars.landlock, dict([
    tried("objects", lambda: os.listdir(sys.argv[1] + "/objects")),
    tried("settings", lambda: open(sys.argv[1] + "/config")),
    tried("passwd", lambda: open("/etc/passwd")),
    tried("parent", lambda: os.listdir(sys.argv[1] + "/..")),
    tried("write", lambda: open(sys.argv[1] + "/objects/x", "w").write("x" * 10)),
    tried("program", lambda: os.execv("/bin/true", ["true"])),
    tried("memory", lambda: bytearray(1 << 30)),
    tried("network", lambda: socket.create_connection(("127.0.0.1", 9), 1)),
])]))
"""


@linux
def test_a_child_can_read_objects_and_do_nothing_else(snapshot: Snapshot) -> None:
    command = [sys.executable, "-c", JAILED, snapshot.repository.path.rstrip("/")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    landlock, tried = json.loads(done.stdout)
    if not landlock:
        pytest.skip("this kernel has no Landlock")
    assert tried.pop("objects") == "done"
    assert tried.pop("memory") == "MemoryError"
    assert set(tried.values()) <= {"PermissionError", "ConnectionRefusedError"}


def _children() -> list[int]:
    told = Path("/proc/self/task").glob("*/children")
    return sorted(
        {int(child) for line in told for child in line.read_text("ascii").split() if _is_server(int(child))}
    )


def _is_server(process: int) -> bool:
    try:
        return b"forkserver" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def _without_children(process: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not Path(f"/proc/{process}/task/{process}/children").read_text("ascii").strip():
            return True
    return False


def _megabytes(process: int) -> int:
    return (
        int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    )
