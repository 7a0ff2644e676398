from pathlib import Path

import pytest
from mirrors import is_sound
from redactions import CANARY, Lines
from support import put

from diffmem.errors import BadInput, MirrorDiverged, UnknownUser
from diffmem.memory import Memory
from diffmem.storage import bundle, epoch
from diffmem.storage.branch import Branch
from diffmem.storage.erase import erase
from diffmem.storage.git import git
from diffmem.storage.mirror_point import here
from diffmem.storage.names import user_id
from diffmem.storage.store import Store


@pytest.fixture
def empty(tmp_path: Path) -> Store:
    return Store(tmp_path / "empty")


@pytest.mark.parametrize("name", ["alex", "a@b.example", "日" * 128])
def test_a_memory_comes_back_out_of_its_file(store: Store, empty: Store, tmp_path: Path, name: str) -> None:
    branch = store.created(user_id(name))
    put(branch, {"diffmem.yaml": f"format: 1\nuser: {name}\n", "a.md": f"{CANARY}\nb\n"})
    from datetime import date

    with branch.writing() as writer:
        erase(writer, Lines(), [CANARY.encode()], today=date(2026, 3, 2))
    told = bundle.bundle(branch, tmp_path / "x.bundle")
    assert told == here(branch)
    back = bundle.restored(empty, tmp_path / "x.bundle")
    assert (back.user, here(back)) == (name, told)
    assert epoch.number(back) == 1
    assert is_sound(back.repository)
    assert here(bundle.restored(empty, tmp_path / "x.bundle")) == told
    assert CANARY.encode() not in tmp_path.joinpath("x.bundle").read_bytes()


def test_another_history_is_not_overwritten(store: Store, empty: Store, tmp_path: Path) -> None:
    branch = store.created(user_id("alex"))
    put(branch, {"a.md": "a\n"})
    bundle.bundle(branch, tmp_path / "x.bundle")
    other = empty.created(user_id("alex"))
    tip = put(other, {"a.md": "mine\n"})
    with pytest.raises(MirrorDiverged, match="another one than that of the file"):
        bundle.restored(empty, tmp_path / "x.bundle")
    assert other.tip() == tip
    newer = put(branch, {"b.md": "b\n"})
    with pytest.raises(MirrorDiverged):
        bundle.restored(store, tmp_path / "x.bundle")
    assert branch.tip() == newer


@pytest.mark.parametrize("damage", ["cut", "flipped", "nothing", "text"])
def test_a_damaged_file_brings_nobody(store: Store, empty: Store, tmp_path: Path, damage: str) -> None:
    branch = store.created(user_id("alex"))
    put(branch, {"a.md": "a\n" * 1000, "b.md": "b\n"})
    file = tmp_path / "x.bundle"
    bundle.bundle(branch, file)
    raw = bytearray(file.read_bytes())
    raw[-40] ^= 1
    whole = {"cut": raw[:-30], "flipped": raw, "nothing": b"", "text": b"# v2 git bundle\nhello\n"}
    file.write_bytes(whole[damage])
    with pytest.raises(BadInput, match="no whole bundle: it was"):
        bundle.restored(empty, file)
    assert list(empty.users()) == []


@pytest.mark.parametrize(("name", "told"), [("x.bundle", "is not there; give a file"), (".", "is a folder")])
def test_a_file_that_is_not_there_brings_nobody(empty: Store, tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        bundle.restored(empty, tmp_path / name)
    assert list(empty.users()) == []


def test_a_file_of_many_branches_is_refused(store: Store, empty: Store, tmp_path: Path) -> None:
    branch = store.created(user_id("alex"))
    put(branch, {"a.md": "a\n"})
    git(branch.repository, "update-ref", "refs/heads/user/maya", branch.tip() or "")
    file = tmp_path / "x.bundle"
    git(branch.repository, "bundle", "create", "-q", str(file), "--all")
    with pytest.raises(BadInput, match="not the bundle of one memory"):
        bundle.restored(empty, file)


def test_there_is_no_file_of_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownUser):
        bundle.bundle(store.created(user_id("alex")), tmp_path / "x.bundle")
    assert list(tmp_path.glob("x*")) == []


async def test_a_drill_brings_back_every_commit_tree_and_answer(tmp_path: Path) -> None:
    here_home, there_home = tmp_path / "here", tmp_path / "there"
    memory = Memory.open(here_home, durability="relaxed")
    for user in ("alex", "a@b.example"):
        for number in range(3):
            said = f"user: I met Anna in Leeds {number}.\n"
            await memory.remember(user, said, f"s{number}", f"2024-03-0{number + 1}")
        await memory.remember(user, f"user: My password is {CANARY}.\n", "secret", "2024-03-05")
        await memory.forget(user, how="erase", words=CANARY)
        await memory.forget(user, how="archive", session="s1")
        await memory.maintain(user)
        await memory.stage(user, "user: I moved to York.\n", "staged", "2024-03-06")

    there = Store(there_home)
    for user in map(user_id, await memory.users()):
        bundle.bundle(memory.desk.store.branch(user), tmp_path / "drill.bundle")
        bundle.restored(there, tmp_path / "drill.bundle")

    again = Memory.open(there_home, durability="relaxed")
    assert await again.users() == await memory.users()
    for user in await memory.users():
        one, other = (store.branch(user_id(user)) for store in (memory.desk.store, there))
        kept = [one.ref, epoch.reference_of(one)]
        assert lines(other, "for-each-ref", "--format=%(refname) %(objectname)") == lines(
            one, "for-each-ref", "--format=%(refname) %(objectname)", *kept
        )
        # What only marks a place in the line of commits is not in the file, but all it leads to is.
        marks = lines(one, "for-each-ref", "--format=%(objectname)", "refs/heads/archive")
        assert all(mark in lines(other, "rev-list", other.ref) for mark in marks)
        for told in ("--format=%H %T %P %ct %B", "--objects"):
            assert lines(other, "log" if "%" in told else "rev-list", told, *kept) == lines(
                one, "log" if "%" in told else "rev-list", told, *kept
            )
        assert is_sound(other.repository)
        assert await again.recall(user, "Who is in Leeds?") == await memory.recall(user, "Who is in Leeds?")
        assert await again.pending(user) == ["staged"]
        assert (await again.commit_staged(user, "staged")).state == "digested"
        assert CANARY not in str(await again.recall(user, "What is my password?"))


def lines(branch: Branch, *command: str) -> list[str]:
    return git(branch.repository, *command).splitlines()
