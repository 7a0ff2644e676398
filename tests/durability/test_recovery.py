"""A memory that is damaged comes back by itself, or is out of use alone."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest
from mirrors import TODAY
from redactions import CANARY, Lines
from support import put

from diffmem import Memory
from diffmem.errors import Quarantined, StoreError
from diffmem.storage import recovery, tips
from diffmem.storage.branch import Branch
from diffmem.storage.erase import erase
from diffmem.storage.names import user_id
from diffmem.storage.store import Store
from diffmem.storage.view import View


def ref_file(branch: Branch) -> Path:
    return branch.repository / branch.ref


def object_file(branch: Branch, identity: str) -> Path:
    file = branch.repository / "objects" / identity[:2] / identity[2:]
    file.chmod(0o644)
    return file


def cut_ref(branch: Branch) -> None:
    ref_file(branch).write_bytes(b"")


def garble_ref(branch: Branch) -> None:
    ref_file(branch).write_bytes(b"\0\xffgarbage\n")


def lose_ref(branch: Branch) -> None:
    ref_file(branch).unlink()


def misguide_ref(branch: Branch) -> None:
    ref_file(branch).write_text("1" * 40 + "\n", "ascii")


def empty_tip(branch: Branch) -> None:
    object_file(branch, branch.tip() or "").write_bytes(b"")


def cut_tip(branch: Branch) -> None:
    file = object_file(branch, branch.tip() or "")
    file.write_bytes(file.read_bytes()[:10])


def garble_tip(branch: Branch) -> None:
    object_file(branch, branch.tip() or "").write_bytes(b"garbage")


def lose_tree(branch: Branch) -> None:
    object_file(branch, branch.snapshot().tree).unlink()


@pytest.mark.parametrize("harm", [cut_ref, garble_ref, lose_ref, misguide_ref])
@pytest.mark.parametrize("by_reading", [True, False], ids=["reader", "writer"])
def test_a_reference_that_is_damaged_names_the_newest_commit_again(
    harm: Callable[[Branch], None], by_reading: bool, branch: Branch
) -> None:
    put(branch, {"a.md": "one"})
    newest = put(branch, {"a.md": "two"})
    harm(branch)

    if by_reading:
        assert branch.snapshot().read("a.md") == "two"
    else:
        put(branch, {"b.md": "three"})
    assert branch.tip() == newest or branch.snapshot().follows(newest)


@pytest.mark.parametrize("harm", [empty_tip, cut_tip, garble_tip, lose_tree])
def test_a_newest_commit_that_is_damaged_gives_way_to_the_one_before(
    harm: Callable[[Branch], None], branch: Branch, store: Store
) -> None:
    good = put(branch, {"a.md": "one"})
    bad = put(branch, {"a.md": "two"})
    harm(branch)

    assert branch.snapshot().read("a.md") == "one"
    assert branch.tip() == good
    put(branch, {"b.md": "three"})
    (trouble,) = recovery.troubles(store)
    assert (trouble.user, trouble.kind) == ("alex", "recovered")
    assert bad[:12] in trouble.told


def test_a_commit_with_a_file_that_cannot_be_read_is_not_fallen_back_to(branch: Branch) -> None:
    put(branch, {"a.md": "one"})
    put(branch, {"a.md": "two"})
    middle = branch.snapshot().blob("a.md") or ""
    put(branch, {"a.md": "three"})
    object_file(branch, middle).write_bytes(b"")
    empty_tip(branch)

    assert branch.snapshot().read("a.md") == "one"


async def test_a_memory_with_no_commit_that_is_whole_is_out_of_use_and_no_other(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path / "home")
    for user in ("alex", "blair"):
        await memory.remember(user, "Ann: hello", "s-1")
    branch = memory.desk.store.branch(user_id("alex"))
    for file in branch.repository.glob("objects/??/*"):
        file.chmod(0o644)
        file.write_bytes(b"")

    for ask in (memory.recall, memory.remember):
        with pytest.raises(Quarantined, match="bundle"):
            await ask("alex", "Ann: hello again")
    await memory.remember("blair", "Ann: hello again", "s-2")
    assert [(one.user, one.kind) for one in recovery.troubles(memory.desk.store)] == [("alex", "quarantined")]


def test_a_repository_that_git_cannot_open_is_out_of_use(branch: Branch) -> None:
    put(branch, {"a.md": "one"})
    branch.repository.joinpath("HEAD").unlink()

    with pytest.raises(Quarantined):
        branch.snapshot()


def test_locks_of_the_dead_keep_nobody_out(branch: Branch) -> None:
    put(branch, {"a.md": "one"})
    for name in (f"{branch.ref}.lock", "packed-refs.lock", "config.lock", "HEAD.lock"):
        branch.repository.joinpath(name).touch()

    put(branch, {"a.md": "two"})
    subprocess.run(["git", "pack-refs", "--all"], cwd=branch.repository, check=True)
    assert not list(branch.repository.rglob("*.lock"))


def test_what_is_noted_of_commits_is_bounded_and_survives_a_torn_line(tmp_path: Path) -> None:
    ids = [f"{number:040x}" for number in range(1000)]
    for one in ids:
        tips.note(tmp_path, one)
    with tmp_path.joinpath("tips").open("ab") as file:
        file.write(b"\0\0\0abc\n")

    assert tips.noted(tmp_path)[:3] == ids[:-4:-1]
    assert len(tips.noted(tmp_path)) <= 257


def test_an_erase_leaves_no_note_of_what_it_erased(branch: Branch) -> None:
    kept = put(branch, {"a.md": "one\n"})
    gone = put(branch, {"a.md": f"one\n{CANARY}\n"})
    with branch.writing() as writer:
        done = erase(writer, Lines(), [CANARY.encode()], today=TODAY)

    assert gone not in tips.noted(branch.notes)
    assert tips.noted(branch.notes) == [one for one in (done.new, kept) if one in tips.noted(branch.notes)]
    cut_ref(branch)
    assert branch.tip() == done.new


def admin(branch: Branch) -> Path:
    (found,) = (branch.repository / "worktrees").iterdir()
    return found


def lose_admin(branch: Branch, folder: Path) -> None:
    shutil.rmtree(admin(branch))


def lose_index(branch: Branch, folder: Path) -> None:
    admin(branch).joinpath("index").unlink()


def lose_head(branch: Branch, folder: Path) -> None:
    admin(branch).joinpath("HEAD").unlink()


def empty_head(branch: Branch, folder: Path) -> None:
    admin(branch).joinpath("HEAD").write_bytes(b"")


def lose_mark(branch: Branch, folder: Path) -> None:
    folder.joinpath(".git").unlink()


def lock_index(branch: Branch, folder: Path) -> None:
    lock = admin(branch) / "index.lock"
    lock.touch()
    os.utime(lock, (0, 0))


def shown_by_git(folder: Path) -> bytes:
    status = ["git", "status", "--porcelain"]
    return subprocess.run(status, cwd=folder, check=True, capture_output=True).stdout


@pytest.mark.parametrize("harm", [lose_admin, lose_index, lose_head, empty_head, lose_mark, lock_index])
async def test_a_broken_view_is_made_again_and_what_a_person_wrote_there_stays(
    harm: Callable[[Branch, Path], None], tmp_path: Path
) -> None:
    memory = Memory.open(tmp_path / "home")
    await memory.remember("alex", "Ann: hello", "s-1")
    folder = await memory.view("alex")
    branch = memory.desk.store.branch(user_id("alex"))
    put(branch, {"new.md": "ours, which the folder does not show yet\n", "repo_guide.md": "newer\n"})
    folder.joinpath("note.md").write_text("mine\n", "utf-8")
    harm(branch, folder)

    await memory.view("alex")

    snapshot = branch.snapshot()
    assert snapshot.read("note.md") == "mine\n"
    assert snapshot.read("repo_guide.md") == "newer\n"
    assert folder.joinpath("new.md").is_file()
    assert folder.joinpath("repo_guide.md").read_text("utf-8") == "newer\n"
    view = View(branch, folder)
    assert view.base() == branch.tip()
    assert not view.edits()
    assert shown_by_git(folder) == b""


def test_the_tip_is_not_taken_from_a_repository_that_is_being_made(store: Store) -> None:
    branch = store.created(user_id("alex"))
    assert branch.tip() is None
    with pytest.raises(StoreError), branch.writing():
        raise OSError(5, "Input/output error")
    assert pygit2.Repository(str(branch.repository)).is_bare
