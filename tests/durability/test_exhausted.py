"""A full disk, a read-only folder, no descriptors left: a named error, nothing half-written, then normal."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest

from diffmem import Memory
from diffmem.errors import StoreError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs the limits of Linux")

TESTS = Path(__file__).parents[1]
WORDS = "Ann: " + "I went to the market and met Mel there. " * 400

# Works in a home under a limit, then without; prints the names of the errors, and what must not be.
SCRIPT = """
import json, os, resource, sys
from pathlib import Path
import anyio
from diffmem import Memory
from diffmem.errors import DiffMemError
from diffmem.storage.failpoint import on_reaching

home, limit = Path(sys.argv[1]), sys.argv[2]
memory = Memory.open(home)
anyio.run(memory.remember, "alex", "Ann: hello", "s-1")
anyio.run(memory.recall, "alex", "hello")
words = "".join(f"Ann: number {n} met Mel at {n * 7919} o'clock.\\n" for n in range(20_000))
held, told, bad = [], [], []
soft = resource.getrlimit(getattr(resource, limit))

def restrict():
    if limit == "RLIMIT_FSIZE":
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, soft[1]))
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (80, soft[1]))
        while True:
            try:
                held.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                break
        for _ in range(room):
            os.close(held.pop())

def release():
    while held:
        os.close(held.pop())
    resource.setrlimit(getattr(resource, limit), soft)

async def hindered(verb, *arguments):
    restrict()
    try:
        await verb(*arguments)
    finally:
        release()

def attempt(verb, *arguments):
    try:
        anyio.run(hindered, verb, *arguments)
        told.append("done")
    except DiffMemError as named:
        told.append(type(named).__name__ + ": " + str(named))
    except BaseException as bare:
        bad.append(f"{verb.__name__}: {type(bare).__name__}: {bare}")

for room in range(0, 24) if limit == "RLIMIT_NOFILE" else (0,):
    attempt(memory.remember, "alex", words[: 200 + room], f"s-x{room}", "2023-05-08")
    attempt(memory.recall, "alex", "hello")
    attempt(memory.view, "alex")
if limit == "RLIMIT_FSIZE":
    attempt(memory.remember, "alex", words, "s-big", "2023-05-08")
anyio.run(memory.remember, "alex", "Ann: all is well", "s-2")
files = [file.path for file in anyio.run(memory.list, "alex").files]
print(json.dumps({"told": told, "bad": bad, "well": any("s-2" in path for path in files),
                  "big": any("s-big" in path for path in files)}))
"""


def limited(home: Path, limit: str) -> dict[str, object]:
    """What a child says that works under a limit."""
    import json

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home), limit],
        check=False,
        capture_output=True,
        text=True,
        cwd=TESTS,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout))


def sound(home: Path) -> bool:
    """Whether git finds the user's repository whole, and no lock was left."""
    repository = home / "users" / "alex.git"
    fsck = subprocess.run(["git", "fsck", "--strict", "--no-dangling"], cwd=repository, check=False)
    return fsck.returncode == 0 and not list(repository.rglob("*.lock"))


def test_without_descriptors_every_error_has_a_name_and_all_is_well_afterwards(tmp_path: Path) -> None:
    found = limited(tmp_path, "RLIMIT_NOFILE")

    assert found["bad"] == []
    assert any("too many files are open" in str(one) for one in list[object](found["told"]))  # pyright: ignore
    assert found["well"]
    assert sound(tmp_path)


def test_a_file_that_may_not_grow_is_a_named_error_and_nothing_is_half_written(tmp_path: Path) -> None:
    found = limited(tmp_path, "RLIMIT_FSIZE")

    assert found["bad"] == []
    assert any("StoreError" in str(one) for one in list[object](found["told"]))  # pyright: ignore
    assert found["well"]
    assert not found["big"]
    assert sound(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A file system of six megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    try:
        made = subprocess.run(mount, check=False, capture_output=True)
    except OSError:
        pytest.skip("there is no mount program")
    if made.returncode:
        pytest.skip("nothing may be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_full_disk_is_told_of_and_space_makes_all_well_again(small_disk: Path) -> None:
    memory = Memory.open(small_disk / "home")
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 3_000_000)
    kept = 0

    async def fill() -> None:
        nonlocal kept
        for kept in range(500):
            await memory.remember("alex", f"Ann: {os.urandom(12_000).hex()}", f"s-{kept}", wait=False)

    with pytest.raises(StoreError, match="the disk is full"):
        await fill()
    assert kept > 3
    ballast.unlink()

    await memory.remember("alex", "Ann: all is well", "s-after", wait=False)

    stored = [file.path for file in (await memory.list("alex")).files if file.path.startswith("sessions/")]
    assert len(stored) == kept + 1
    assert sound(small_disk / "home")


def test_a_folder_that_is_mounted_read_only_is_told_of_and_can_be_read(small_disk: Path) -> None:
    memory = Memory.open(small_disk / "home")
    anyio.run(memory.remember, "alex", "Ann: I play chess", "s-1")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        with pytest.raises(StoreError, match="read-only"):
            anyio.run(memory.remember, "alex", "Ann: hello", "s-2")
        with pytest.raises(StoreError, match="read-only"):
            anyio.run(memory.remember, "blair", "Ann: hello", "s-2")
        assert anyio.run(memory.recall, "alex", "chess").blocks
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    anyio.run(memory.remember, "alex", "Ann: hello", "s-2")
    assert sound(small_disk / "home")
