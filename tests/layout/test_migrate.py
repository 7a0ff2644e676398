import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from seed_stores import BOB, CARLA, LITTLE_BOB, USERS, Seed, seed_store

from diffmem import Memory
from diffmem.server.cli import main
from diffmem.storage.durability import Durability
from diffmem.storage.migrate import Migration
from diffmem.storage.names import UserId, user_id
from diffmem.storage.seed_store import SeedStore
from diffmem.storage.store import Store


@pytest.fixture
def seed(tmp_path: Path) -> Seed:
    return seed_store(tmp_path)


@pytest.fixture
def work(seed: Seed, tmp_path: Path) -> Migration:
    return Migration(SeedStore(seed.storage, seed.worktrees), Store(tmp_path / "home", Durability.RELAXED))


def states(work: Migration) -> dict[str, str]:
    return {user: work.brought(user).state for user in work.source.users()}


def line(store: Store, user: str) -> list[str]:
    snapshot = store.branch(user_id(user)).snapshot()
    return [str(commit.id) for commit in snapshot.repository.walk(snapshot.commit)]


def everything(seed: Seed) -> dict[str, str]:
    files = (path for top in (seed.storage, seed.worktrees) for path in top.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_commit_comes_under_its_id_and_the_source_is_as_it_was(work: Migration, seed: Seed) -> None:
    before = everything(seed)
    assert {work.foreseen(user).state for user in work.source.users()} == {"moved"}
    assert not list(work.store.users())
    assert states(work) == dict.fromkeys(USERS, "moved")

    assert {user: line(work.store, user) for user in USERS} == {user: seed.line(user) for user in USERS}
    assert states(work) == dict.fromkeys(USERS, "in step")
    assert everything(seed) == before
    for user in USERS:
        repository = work.store.branch(user_id(user)).repository
        assert seed.git("fsck", "--strict", at=repository) == ""


def test_what_the_seed_commits_later_follows(work: Migration, seed: Seed) -> None:
    states(work)
    seed.writes(BOB, {"memories/people/ida.md": "# Ida\n"}, "Session s-002 | ida")
    assert states(work) == {BOB: "forwarded", LITTLE_BOB: "in step", CARLA: "in step"}
    assert line(work.store, BOB) == seed.line(BOB)


@pytest.mark.anyio
async def test_one_who_was_written_to_on_both_sides_stops_nobody_else(work: Migration, seed: Seed) -> None:
    states(work)
    await Memory(work.store).remember(BOB, "Ida sings.", "n-1", "2025-01-01")
    for user in USERS:
        seed.writes(user, {"memories/people/ida.md": "# Ida\n"}, "Session s-002 | ida")
    here = line(work.store, BOB)

    assert work.foreseen(UserId(BOB)).state == "failed"
    assert states(work) == {BOB: "failed", LITTLE_BOB: "forwarded", CARLA: "forwarded"}
    assert "both here and there" in work.brought(UserId(BOB)).why
    assert line(work.store, BOB) == here


@pytest.mark.anyio
async def test_what_goes_on_here_is_left_alone(work: Migration, seed: Seed) -> None:
    states(work)
    await Memory(work.store).remember(BOB, "Ida sings.", "n-1", "2025-01-01")
    assert work.brought(UserId(BOB)).state == "in step"
    await Memory(work.store).forget(LITTLE_BOB, how="erase", everything=True)
    assert work.brought(UserId(LITTLE_BOB)).state == "erased"
    assert LITTLE_BOB not in set(work.store.users())
    assert work.missing() == []


@pytest.mark.anyio
async def test_edits_that_nobody_committed_come_along_once(work: Migration, seed: Seed) -> None:
    note = seed.worktree(BOB) / "My Note.md"
    note.write_text("mine\n", "utf-8")
    assert work.foreseen(UserId(BOB)).edits == ("My Note.md",)
    assert work.brought(UserId(BOB)).edits == ("My Note.md",)
    memory = Memory(work.store)
    assert (await memory.read(BOB, "My Note.md")).text == "mine\n"
    assert [entry.actor for entry in (await memory.history(BOB, stage="edit")).entries] == ["person"]
    assert work.brought(UserId(BOB)).state == "in step"

    seed.writes(BOB, {}, "Session s-002 | note")
    assert work.brought(UserId(BOB)).state == "forwarded"
    assert line(work.store, BOB) == seed.line(BOB)


@pytest.mark.anyio
async def test_every_reference_of_a_user_comes_along(work: Migration, seed: Seed) -> None:
    shared = Memory(Store.shared(seed.storage, seed.worktrees, Durability.RELAXED))
    await shared.forget(BOB, how="archive", entity="Maya")
    await shared.forget(BOB, how="erase", words="cello")
    await shared.stage(BOB, "Ida sings.", "held", "2025-01-01")
    assert states(work) == dict.fromkeys(USERS, "moved")

    names = seed.git("for-each-ref", "--format=%(refname)", at=work.store.branch(user_id(BOB)).repository)
    kinds = sorted(name.rpartition("/")[0] for name in names.split())
    assert kinds == ["refs/heads/archive", "refs/heads/user", "refs/meta", "refs/staged/_42ob"]
    assert (await Memory(work.store).commit_staged(BOB, "held")).state == "digested"
    assert line(work.store, BOB)[1:] == seed.line(BOB)


KILLED = """
import os, sys
from pathlib import Path
from diffmem.storage import failpoint
from diffmem.storage.durability import Durability
from diffmem.storage.migrate import Migration
from diffmem.storage.seed_store import SeedStore
from diffmem.storage.store import Store
storage, worktrees, home, nth = sys.argv[1:]
left = int(nth)
def reached(name):
    global left
    left -= 1
    if left == 0:
        os._exit(9)
failpoint.on_reaching(reached)
work = Migration(SeedStore(Path(storage), Path(worktrees)), Store(Path(home), Durability.RELAXED))
for user in work.source.users():
    assert work.brought(user).state in ("moved", "in step", "forwarded"), work.brought(user)
"""


def test_cut_off_anywhere_it_is_done_by_doing_it_again(seed: Seed, tmp_path: Path) -> None:
    seed.worktree(BOB).joinpath("My Note.md").write_text("mine\n", "utf-8")
    before = everything(seed)
    home = tmp_path / "killed"
    given = [sys.executable, "-c", KILLED, str(seed.storage), str(seed.worktrees), str(home)]
    # Each run is cut off at a later point and goes on from what the one before has left.
    codes = [subprocess.run([*given, str(nth)], check=False).returncode for nth in (1, 2, 3, 5, 8, 13, 21)]
    assert 9 in codes
    assert subprocess.run([*given, "0"], check=False).returncode == 0

    store = Store(home, Durability.RELAXED)
    assert line(store, LITTLE_BOB) == seed.line(LITTLE_BOB)
    assert line(store, BOB)[1:] == seed.line(BOB)
    assert everything(seed) == before


def test_the_command_line_names_the_way_and_goes_it(
    seed: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STORAGE_PATH", str(seed.storage))
    monkeypatch.setenv("WORKTREE_ROOT", str(seed.worktrees))
    home = ["--home", str(tmp_path / "new")]
    assert main(["users", *home]) == 2
    told = capsys.readouterr().err
    assert "DIFFMEM_STORE_LAYOUT=shared" in told
    assert "`diffmem migrate`" in told

    assert main(["migrate", "--dry-run", *home]) == 0
    assert "nothing was moved" in capsys.readouterr().out
    assert main(["migrate", "--json", *home]) == 0
    users = json.loads(capsys.readouterr().out)["users"]
    assert {one["user"]: one["state"] for one in users} == dict.fromkeys(USERS, "moved")
    assert main(["migrate", "--json", *home]) == 0
    capsys.readouterr()
    noted = [json.loads(line) for line in (tmp_path / "new" / "audit.jsonl").read_text("utf-8").splitlines()]
    assert sorted((line["who"], line["verb"], line["user"]) for line in noted) == sorted(
        ("local", "migrate", user) for user in USERS
    )
    assert main(["users", "--json", *home]) == 0
    assert sorted(json.loads(capsys.readouterr().out)) == sorted(USERS)

    monkeypatch.setenv("DIFFMEM_STORE_LAYOUT", "shared")
    assert main(["recall", "What does Maya play?", "--user", BOB, *home]) == 0
    assert "cello" in capsys.readouterr().out
