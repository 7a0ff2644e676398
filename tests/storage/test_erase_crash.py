"""What a crash at any point of an erase leaves behind, and what the next start makes of it."""

import subprocess
import sys
from pathlib import Path

import pygit2
import pytest
from redactions import CANARY

from diffmem.storage.branch import Branch
from diffmem.storage.durability import Durability
from diffmem.storage.erase import sweep
from diffmem.storage.names import user_id
from diffmem.storage.proof import proof
from diffmem.storage.store import Store
from diffmem.storage.view import View

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

OLD = {"a.md": f"0\n{CANARY} again\n".encode(), "0.md": b"x\n", "1.md": b"x\n", "2.md": b"x\n"}
NEW = {"a.md": b"0\n", "0.md": b"x\n", "1.md": b"x\n", "2.md": b"x\n"}

# Runs `build` in a new home for n = 1, 2, ... and kills `cut` at the n-th point it reaches, then
# `cut_again` at its n-th, until one n is never reached; prints how many homes there are.
SCRIPT = """
import os, signal, sys
from datetime import date
from itertools import count
from pathlib import Path
from redactions import CANARY, Lines
from support import put
from diffmem.storage.branch import Branch
from diffmem.storage.durability import Durability
from diffmem.storage.erase import erase, erase_user, sweep
from diffmem.storage.failpoint import on_reaching
from diffmem.storage.git import git
from diffmem.storage.names import user_id
from diffmem.storage.store import Store
from diffmem.storage.view import View

def build(store):
    branch = store.created(user_id("alex"))
    for number in range(3):
        put(branch, {"a.md": f"{number}\\n{CANARY}\\n" if number else "0\\n", f"{number}.md": "x\\n"})
        if number == 1:
            git(branch.repository, "repack", "-a", "-d", "-q")
    git(branch.repository, "update-ref", f"refs/heads/archive/{CANARY}", branch.tip())
    put(branch, {"a.md": f"0\\n{CANARY} again\\n"})
    View(branch, store.view_folder(branch.user)).bring_to(branch.snapshot())

def erasing(store):
    with store.branch(user_id("alex")).writing() as writer:
        erase(writer, Lines(), [CANARY.encode()], today=date(2026, 3, 2))

def resuming(store):
    with store.branch(user_id("alex")).writing():
        pass

def leaving(store):
    erase_user(store, user_id("alex"))

def killed(work, store, name, nth):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    passed = iter(range(1, 10**6))
    def hook(reached):
        if name in ("", reached) and next(passed) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
    on_reaching(hook)
    work(store)
    os._exit(0)

root, first, name, second = Path(sys.argv[1]), *sys.argv[2:]
for nth in count(1):
    store = Store(root / str(nth), Durability.RELAXED)
    build(store)
    hit = killed(globals()[first], store, name, 1 if name else nth)
    if second:
        hit = killed(globals()[second], store, "", nth)
    if not hit:
        break
print(nth)
"""


def homes(folder: Path, first: str, name: str = "", second: str = "") -> list[Store]:
    """The stores that a run left, one for each point it was cut off at; the last was not cut off."""
    tests = Path(__file__).parent.parent
    script = f"import sys; sys.path.insert(0, {str(tests)!r})\n{SCRIPT}"
    told = subprocess.run(
        [sys.executable, "-c", script, str(folder), first, name, second],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [Store(folder / str(nth), Durability.RELAXED) for nth in range(1, int(told.stdout) + 1)]


def outcome(store: Store) -> str:
    """Start again after a crash; answers which history there is, having looked at all of it."""
    branch = store.branch(user_id("alex"))
    assert listing(branch) in (OLD, NEW)
    with branch.writing() as writer:
        # What was killed before the erase began has nothing to resume.
        answer = writer.resumed or ("kept" if listing(branch) == OLD else "erased")
    view = View(branch, store.view_folder(branch.user))
    assert not view.edits()
    assert view.bring_to(branch.snapshot())
    fsck = subprocess.run(
        ["git", "fsck", "--strict"], cwd=branch.repository, check=False, capture_output=True
    )
    assert fsck.returncode == 0
    if answer != "kept":
        assert listing(branch) == NEW
        assert proof(branch, [CANARY.encode()]).found == ()
        assert not any(
            CANARY.encode() in file.read_bytes() for file in store.home.rglob("*") if file.is_file()
        )
        return "erased"
    assert listing(branch) == OLD
    assert f"refs/heads/archive/{CANARY}" in pygit2.Repository(str(branch.repository)).references
    return "kept"


def listing(branch: Branch) -> dict[str, bytes]:
    return {path: branch.snapshot().content(blob) for path, blob in branch.snapshot().files()}


def test_an_erase_killed_anywhere_leaves_the_old_or_the_new_history(tmp_path: Path) -> None:
    outcomes = [outcome(store) for store in homes(tmp_path, "erasing")]
    kept = outcomes.count("kept")
    assert outcomes == ["kept"] * kept + ["erased"] * (len(outcomes) - kept)
    assert kept > 3
    assert len(outcomes) > 15


@pytest.mark.parametrize("name", ["erase.moved", "purge.aids"])
def test_a_resumption_killed_anywhere_can_be_resumed(tmp_path: Path, name: str) -> None:
    assert {outcome(store) for store in homes(tmp_path, "erasing", name, "resuming")} == {"erased"}


def test_a_departure_killed_anywhere_leaves_all_of_a_user_or_nothing(tmp_path: Path) -> None:
    gone: list[bool] = []
    for store in homes(tmp_path, "leaving"):
        sweep(store)
        left = {file.name for file in store.home.rglob("*") if file.is_file()} - {".users.lock"}
        gone.append(not left)
        if left:
            branch = store.branch(user_id("alex"))
            assert listing(branch) == OLD
            assert View(branch, store.view_folder(branch.user)).edits() is not None
    assert gone == sorted(gone)
    assert not gone[0]
