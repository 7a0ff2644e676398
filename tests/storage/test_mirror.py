import os
from pathlib import Path

import pygit2
import pytest
from mirrors import Machine, bare, is_sound, machine, take_in, tip_of
from support import put

from diffmem.errors import MirrorDiverged, MirrorFailed, UnknownUser
from diffmem.storage.erase import erase_user
from diffmem.storage.history import History
from diffmem.storage.merge import Edits, merged
from diffmem.storage.mirror import Mirror
from diffmem.storage.names import user_id
from diffmem.storage.objects import commit_of
from diffmem.storage.store import Store
from diffmem.storage.view import View


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "mirror.git")


@pytest.fixture
def here(tmp_path: Path, remote: Path) -> Machine:
    return machine(tmp_path / "here", remote)


@pytest.fixture
def there(tmp_path: Path, remote: Path) -> Machine:
    return machine(tmp_path / "there", remote)


def shared(here: Machine, there: Machine, files: dict[str, str] | None = None) -> None:
    """Have both machines hold the same memory."""
    put(here.branch, dict(files or {"a.md": "a\n"}))
    here.mirror.push(here.branch)
    there.mirror.fetch(there.branch)
    assert here.branch.tip() == there.branch.tip()


def test_a_push_leaves_the_mirror_at_the_tip(here: Machine, remote: Path) -> None:
    tip = put(here.branch, {"a.md": "a\n"})
    assert here.mirror.lag(here.branch).commits == 1
    assert here.mirror.push(here.branch).pushed
    assert tip_of(remote) == tip
    left = here.mirror.lag(here.branch)
    assert (left.pushed, left.commits, left.since, left.erase) == (tip, 0, None, False)


def test_what_is_pushed_already_asks_nothing_of_the_mirror(here: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    remote.rename(remote.with_name("away.git"))
    assert here.mirror.push(here.branch).rounds == 0


def test_the_lag_begins_with_the_oldest_commit_that_was_not_pushed(here: Machine) -> None:
    put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    put(here.branch, {"a.md": "b\n"})
    since = here.branch.snapshot().time
    put(here.branch, {"a.md": "c\n"})
    left = here.mirror.lag(here.branch)
    assert (left.commits, left.since) == (2, since)


def test_a_user_who_is_new_here_comes_from_the_mirror(here: Machine, there: Machine) -> None:
    shared(here, there)
    assert there.files() == {"a.md": "a\n"}
    assert there.mirror.lag(there.branch).commits == 0
    assert is_sound(there.branch.repository)


def test_a_user_whom_the_mirror_does_not_know_stays_new(here: Machine) -> None:
    assert here.mirror.fetch(here.branch).tip == ""
    assert here.branch.tip() is None


def test_a_fetch_follows_what_another_machine_wrote(here: Machine, there: Machine) -> None:
    shared(here, there)
    tip = put(here.branch, {"a.md": "b\n"})
    here.mirror.push(here.branch)
    done = there.mirror.fetch(there.branch)
    assert (done.tip, done.joined) == (tip, 0)
    assert there.files() == {"a.md": "b\n"}


def test_a_race_is_joined_and_every_receipt_keeps_its_commit(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    mine = put(here.branch, {"b.md": "b\n"})
    others = put(there.branch, {"c.md": "c\n"})
    here.mirror.push(here.branch)

    done = there.mirror.push(there.branch)

    assert (done.joined, done.pushed, tip_of(remote)) == (1, True, done.tip)
    handle = pygit2.Repository(str(there.branch.repository))
    assert [str(one) for one in commit_of(handle, done.tip).parent_ids] == [others, mine]
    snapshot = there.branch.snapshot()
    assert (snapshot.trailers["Stage"], snapshot.trailers["Actor"]) == ("merge", "operator")
    here.mirror.push(here.branch)
    here.mirror.fetch(here.branch)
    assert here.files() == there.files() == {"a.md": "a\n", "b.md": "b\n", "c.md": "c\n"}
    assert here.branch.tip() == there.branch.tip()
    assert all(map(is_sound, (here.branch.repository, there.branch.repository, remote)))


def test_a_joined_history_is_read_like_any_other(here: Machine, there: Machine) -> None:
    shared(here, there)
    mine = put(here.branch, {"b.md": "b\n"})
    others = put(there.branch, {"c.md": "c\n"})
    here.mirror.push(here.branch)
    done = there.mirror.push(there.branch)
    history = History(there.branch.snapshot())
    assert {mine, others, done.tip} <= {commit.id for commit in history.commits()}
    assert [commit.id for commit in history.commits(["b.md"])] == [done.tip, mine]
    assert there.branch.snapshot().follows(mine)


def test_a_join_commits_what_a_person_changed_in_the_view_as_theirs(here: Machine, there: Machine) -> None:
    shared(here, there)
    view = View(there.branch, there.store.view_folder(there.branch.user))
    view.bring_to(there.branch.snapshot())
    view.folder.joinpath("a.md").write_text("by hand\n", "utf-8")
    put(here.branch, {"b.md": "b\n"})
    here.mirror.push(here.branch)
    there.mirror.fetch(there.branch)
    edits = view.edits()
    assert edits is not None
    assert edits.write == {"a.md": b"by hand\n"}
    tip = there.branch.snapshot()
    assert merged(Edits(edits.base, edits.write, edits.delete), there.branch.snapshot(edits.base), tip).write


@pytest.mark.parametrize("first", ["here", "there"])
def test_both_sides_of_one_text_stand_after_a_join(here: Machine, there: Machine, first: str) -> None:
    shared(here, there, {"m.md": "# Maya\n\n- old\n"})
    put(here.branch, {"m.md": "# Maya\n\n- old\n- here\n"})
    put(there.branch, {"m.md": "# Maya\n\n- old\n- there\n"})
    one, other = (here, there) if first == "here" else (there, here)
    one.mirror.push(one.branch)
    other.mirror.push(other.branch)
    lines = other.files()["m.md"].splitlines()
    assert sorted(lines[2:]) == ["- here", "- old", "- there"]


@pytest.mark.parametrize("keeper", ["here", "there"])
def test_a_file_that_one_side_deleted_and_the_other_changed_stays(
    here: Machine, there: Machine, keeper: str
) -> None:
    shared(here, there, {"a.md": "a\n", "b.md": "b\n"})
    for one in (here, there):
        if one is (here if keeper == "here" else there):
            put(one.branch, {"a.md": "changed\n"})
        else:
            put(one.branch, {}, delete=["a.md", "b.md"])
    here.mirror.push(here.branch)
    there.mirror.push(there.branch)
    assert there.files() == {"a.md": "changed\n"}


def test_what_is_no_text_is_kept_twice(here: Machine, there: Machine) -> None:
    shared(here, there)
    put(here.branch, {"x.bin": b"\xff1"})
    put(there.branch, {"x.bin": b"\xff2"})
    here.mirror.push(here.branch)
    there.mirror.push(there.branch)
    snapshot = there.branch.snapshot()
    assert {snapshot.read_bytes(path) for path in ("x.bin", "x_2.bin")} == {b"\xff1", b"\xff2"}


def test_many_races_in_a_row_all_end_in_one_history(here: Machine, there: Machine) -> None:
    shared(here, there)
    for number in range(6):
        put(here.branch, {f"h{number}.md": "x\n", "both.md": f"h{number}\n"})
        put(there.branch, {f"t{number}.md": "x\n", "both.md": f"t{number}\n"})
        one, other = (here, there) if number % 2 else (there, here)
        one.mirror.push(one.branch)
        other.mirror.push(other.branch)
    here.mirror.fetch(here.branch)
    there.mirror.fetch(there.branch)
    assert here.branch.tip() == there.branch.tip()
    assert {f"{side}{number}.md" for side in "ht" for number in range(6)} < here.files().keys()


def test_histories_that_began_apart_are_left_alone(here: Machine, there: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    tip = put(there.branch, {"a.md": "b\n"})
    here.mirror.push(here.branch)
    with pytest.raises(MirrorDiverged, match="share no commit"):
        there.mirror.push(there.branch)
    assert (there.branch.tip(), tip_of(remote)) == (tip, here.branch.tip())


def test_a_memory_that_the_mirror_lost_is_not_pushed_again(here: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    put(here.branch, {"a.md": "b\n"})
    pygit2.Repository(str(remote)).references.delete("refs/heads/user/alex")
    for act in (here.mirror.push, here.mirror.fetch):
        with pytest.raises(MirrorDiverged, match="lost this memory"):
            act(here.branch)
    assert tip_of(remote) == ""


def test_a_mirror_that_went_back_is_brought_forward_again(here: Machine, remote: Path) -> None:
    old = put(here.branch, {"a.md": "a\n"})
    tip = put(here.branch, {"a.md": "b\n"})
    here.mirror.push(here.branch)
    pygit2.Repository(str(remote)).references["refs/heads/user/alex"].set_target(old)
    here.mirror.catch_up(here.store)
    assert tip_of(remote) == tip


def test_a_user_who_left_is_not_pushed(here: Machine) -> None:
    branch = here.branch
    put(branch, {"a.md": "a\n"})
    here.mirror.push(branch)
    erase_user(here.store, branch.user)
    with pytest.raises(UnknownUser):
        here.mirror.push(branch)
    assert not list(here.store.home.joinpath("locks").glob("alex*"))


@pytest.mark.parametrize("state", ["absent", "no repository", "broken"])
def test_a_mirror_that_fails_is_told_and_costs_nothing(here: Machine, remote: Path, state: str) -> None:
    tip = put(here.branch, {"a.md": "a\n"})
    if state == "absent":
        remote.rename(remote.with_name("away.git"))
    else:
        remote.joinpath("HEAD").unlink()
        if state == "no repository":
            remote.joinpath("objects").rename(remote / "x")
    with pytest.raises(MirrorFailed) as told:
        here.mirror.push(here.branch)
    assert str(remote) not in str(told.value)
    assert (here.branch.tip(), here.mirror.lag(here.branch).commits) == (tip, 1)


def test_a_mirror_that_refuses_is_told(here: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    put(here.branch, {"a.md": "b\n"})
    pygit2.Repository(str(remote)).config["core.repositoryformatversion"] = 99
    with pytest.raises(MirrorFailed):
        here.mirror.push(here.branch)


def test_no_hook_of_the_mirror_is_run(here: Machine, remote: Path, tmp_path: Path) -> None:
    for name in ("pre-receive", "update", "post-receive", "post-update"):
        hook = remote / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n", "utf-8")
        hook.chmod(0o755)
    put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    assert not tmp_path.joinpath("ran").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_mirror_that_belongs_to_somebody_else_is_used_all_the_same(
    here: Machine, there: Machine, remote: Path
) -> None:
    for path in (remote, *remote.rglob("*")):
        os.chown(path, 12345, 12345)
    shared(here, there)


def test_locks_that_the_dead_left_are_no_obstacle(here: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    put(here.branch, {"a.md": "b\n"})
    for lock in (
        remote / "refs/heads/user/alex.lock",
        here.branch.repository / "refs/remotes/mirror/user/alex.lock",
    ):
        lock.write_text("", "utf-8")
    assert here.mirror.push(here.branch).pushed
    assert here.mirror.lag(here.branch).commits == 0


def test_what_a_crash_left_of_a_fetch_is_cleared_away(here: Machine, there: Machine) -> None:
    shared(here, there)
    put(here.branch, {"a.md": "b\n"})
    here.mirror.push(here.branch)
    left = there.store.home / "incoming" / "alex" / "objects" / "pack" / "tmp_pack_x"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    there.mirror.fetch(there.branch)
    assert not list(there.store.home.joinpath("incoming").iterdir())


def test_a_damaged_commit_does_not_come_in(here: Machine, there: Machine, remote: Path) -> None:
    shared(here, there)
    handle = pygit2.Repository(str(remote))
    tree = handle.TreeBuilder()
    tree.insert("a", handle.create_blob(b"x"), pygit2.enums.FileMode.BLOB)
    raw = handle.odb.read(tree.write())[1].replace(b" a\0", b" ..\0")
    evil = handle.odb.write(pygit2.enums.ObjectType.TREE, raw)
    who = pygit2.Signature("x", "x@x")
    tip = pygit2.Oid(hex=tip_of(remote))
    handle.create_commit("refs/heads/user/alex", who, who, "x", evil, [tip])
    with pytest.raises(MirrorFailed, match="fsck"):
        there.mirror.fetch(there.branch)
    assert there.branch.tip() == str(tip)


def test_catching_up_reaches_every_user_and_tells_of_those_it_could_not(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    for name in ("maya", "bo@x"):
        put(here.store.created(user_id(name)), {"a.md": f"{name}\n"})
    put(there.store.created(user_id("maya")), {"a.md": "another maya\n"})
    put(there.branch, {"t.md": "t\n"})
    put(here.branch, {"h.md": "h\n"})
    done = here.mirror.catch_up(here.store)
    assert done.failed == {}
    assert sorted(done.synced) == ["alex", "bo@x", "maya"]
    assert here.mirror.catch_up(here.store).synced == {}
    again = there.mirror.catch_up(there.store)
    assert list(again.synced) == ["alex"]
    assert {user: type(error) for user, error in again.failed.items()} == {"maya": MirrorDiverged}
    assert list(here.mirror.catch_up(here.store).synced) == ["alex"]
    assert here.branch.tip() == there.branch.tip() == tip_of(remote)


def test_catching_up_with_a_mirror_that_is_away_says_so(here: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    remote.rename(remote.with_name("away.git"))
    with pytest.raises(MirrorFailed):
        here.mirror.catch_up(here.store)


@pytest.mark.parametrize("name", ["alex", "a@b.example", "..", "日" * 128, "mirror", "_mirror"])
def test_an_empty_home_gets_every_user_back(here: Machine, tmp_path: Path, name: str) -> None:
    for user in (name, "maya"):
        branch = here.store.created(user_id(user))
        put(branch, {"diffmem.yaml": f"format: 1\nuser: {user}\n", "a.md": user})
        take_in(branch, "s", "s.md", "words\n")
        here.mirror.push(branch)
    empty = Store(tmp_path / "empty")
    mirror = here.mirror

    done = mirror.restore_all(empty)

    assert set(done.users) == {name, "maya"} == set(empty.users())
    for user in (name, "maya"):
        old, new = here.store.branch(user_id(user)), empty.branch(user_id(user))
        assert old.tip() == new.tip()
        assert mirror.lag(new).commits == 0
        assert is_sound(new.repository)
    assert mirror.restore_all(empty).users == ()
    assert not list(empty.home.joinpath("incoming").iterdir())


def test_a_home_with_users_is_not_filled(here: Machine, there: Machine) -> None:
    put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    put(there.store.created(user_id("maya")), {"a.md": "a\n"})
    assert there.mirror.restore_all(there.store).users == ()
    assert list(there.store.users()) == ["maya"]


def test_a_branch_of_nobody_is_left_at_the_mirror(here: Machine, there: Machine, remote: Path) -> None:
    tip = put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    pygit2.Repository(str(remote)).references.create("refs/heads/user/Bob", tip)
    done = there.mirror.restore_all(there.store)
    assert (done.users, done.unknown) == (("alex",), ("Bob",))


def test_other_branches_can_be_named(here: Machine, remote: Path, tmp_path: Path) -> None:
    mirror = Mirror(str(remote), branch_prefix="team/user/")
    tip = put(here.branch, {"a.md": "a\n"})
    mirror.push(here.branch)
    assert str(pygit2.Repository(str(remote)).references["refs/heads/team/user/alex"].target) == tip
    empty = Store(tmp_path / "empty")
    assert mirror.restore_all(empty).users == ("alex",)
    assert empty.branch(user_id("alex")).tip() == tip
