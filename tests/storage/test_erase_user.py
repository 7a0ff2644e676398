import pygit2
import pytest
from support import put

from diffmem.errors import UnknownUser
from diffmem.storage.branch import Branch
from diffmem.storage.erase import erase_user, sweep
from diffmem.storage.names import UserId, key_of, user_id
from diffmem.storage.store import Store
from diffmem.storage.view import View


def filled(store: Store, name: str) -> Branch:
    """A user with everything the store keeps for one."""
    branch = store.created(user_id(name))
    put(branch, {"diffmem.yaml": f"format: 1\nuser: {name}\n", "a.md": "a\n"})
    View(branch, store.view_folder(branch.user)).bring_to(branch.snapshot())
    key = key_of(branch.user)
    for path in (f"cache/{key}/x", f"locks/{key}.digest", f"views/.aside-{key}.x/a.md"):
        store.home.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        store.home.joinpath(path).write_text("a", "utf-8")
    return branch


@pytest.mark.parametrize("name", ["maya", "users", "views", "a@b.example", "..", "日" * 128, "-x"])
def test_all_of_a_user_goes_and_nothing_of_others(store: Store, name: str) -> None:
    branch = filled(store, name)
    other = filled(store, "maya2")
    before = {path for path in store.home.rglob("*") if "maya2" in path.as_posix()}
    tip = branch.tip()

    told = erase_user(store, branch.user)

    assert (told.old, told.new, told.found) == (tip, "", ())
    assert tip in told.removed
    assert told.commits == {tip: ""}
    assert list(store.users()) == ["maya2"]
    left = {path.name for path in store.home.rglob("*")} - {path.name for path in before}
    assert left <= {"users", "views", "cache", "locks", ".users.lock"}
    assert {path for path in store.home.rglob("*") if "maya2" in path.as_posix()} == before
    assert other.snapshot().read("a.md") == "a\n"


def test_a_user_who_left_is_unknown_and_may_come_again(store: Store) -> None:
    branch = filled(store, "maya")
    erase_user(store, branch.user)
    with pytest.raises(UnknownUser):
        erase_user(store, branch.user)
    with pytest.raises(UnknownUser), branch.writing():
        pass
    assert not (store.home / "locks/maya.lock").exists()
    put(store.created(user_id("maya")), {"b.md": "b\n"})
    assert [file.path for file in store.branch(UserId("maya")).snapshot().files()] == ["b.md"]


def test_a_departure_cut_off_is_finished_before_the_user_comes_again(store: Store) -> None:
    branch = filled(store, "maya")
    trash = store.home / "users/.gone-x"
    trash.mkdir()
    trash.joinpath("key").write_text("maya", "utf-8")
    branch.repository.rename(trash / "repository")
    again = store.created(user_id("maya"))
    assert not store.view_folder(again.user).exists()
    put(again, {"b.md": "b\n"})
    assert View(again, store.view_folder(again.user)).edits() is None


@pytest.mark.parametrize("told", ["..", "../maya", "", "a/b", "x" * 200])
def test_a_trash_that_names_no_user_takes_nobody_along(store: Store, told: str) -> None:
    branch = filled(store, "maya")
    trash = store.home / "users/.gone-x"
    pygit2.init_repository(str(trash / "repository"), bare=True)
    trash.joinpath("key").write_text(told, "utf-8")
    assert sweep(store) == {}
    assert not trash.exists()
    assert branch.snapshot().read("a.md") == "a\n"
    assert (store.view_folder(branch.user) / "a.md").exists()
