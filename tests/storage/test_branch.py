import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pygit2
import pytest
from support import put

from diffmem.errors import Busy, UnknownPath, UnknownUser
from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.names import UserId, user_id
from diffmem.storage.objects import tree_of
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store


@pytest.mark.parametrize("text", ["", "no line end", "crlf\r\n", "  leading", "日本\n", "a\n\n\n"], ids=repr)
def test_what_is_committed_reads_back_to_the_byte(branch: Branch, text: str) -> None:
    put(branch, {"a/b/c.md": text})
    assert branch.snapshot().read("a/b/c.md") == text


def test_a_snapshot_does_not_see_later_writes(branch: Branch) -> None:
    put(branch, {"a.md": "old"})
    before = branch.snapshot()
    put(branch, {"a.md": "new"}, delete=[])
    assert before.read("a.md") == "old"
    assert branch.snapshot().read("a.md") == "new"


def test_a_folder_left_empty_is_gone(branch: Branch) -> None:
    put(branch, {"a/b.md": "1", "c.md": "2"})
    put(branch, {}, delete=["a/b.md", "never/there.md"])
    assert [file.path for file in branch.snapshot().files()] == ["c.md"]


@pytest.mark.parametrize(
    "path", ["", "..", "../c.md", "a/../c.md", "./c.md", "/c.md", "a", "a//b.md", "c.md/x"]
)
def test_only_paths_of_the_tree_have_a_name(branch: Branch, path: str) -> None:
    put(branch, {"a/b.md": "1", "c.md": "2"})
    with pytest.raises(UnknownPath):
        branch.snapshot().read(path)


def test_an_unknown_path_names_the_nearest(branch: Branch) -> None:
    put(branch, {"memories/people/maya.md": "1"})
    with pytest.raises(UnknownPath, match=r"nearest: memories/people/maya\.md"):
        branch.snapshot().read("people/maya.md")


def test_symlinks_and_submodules_have_no_name(branch: Branch) -> None:
    commit = put(branch, {"a.md": "1"})
    handle = pygit2.Repository(str(branch.repository))
    builder = handle.TreeBuilder(tree_of(handle, commit))
    builder.insert("link.md", handle.create_blob(b"/etc/passwd"), pygit2.enums.FileMode.LINK)
    builder.insert("sub", pygit2.Oid(hex=commit), pygit2.enums.FileMode.COMMIT)
    who = pygit2.Signature("x", "x@x")
    foreign = handle.create_commit(None, who, who, "x", builder.write(), [commit])
    snapshot = Snapshot(handle, str(foreign))
    assert [file.path for file in snapshot.files()] == ["a.md"]
    for path in ("link.md", "sub"):
        with pytest.raises(UnknownPath):
            snapshot.read(path)


def test_an_unknown_user_has_no_memory_and_gets_none_by_asking(store: Store) -> None:
    with pytest.raises(UnknownUser, match="remember"):
        store.branch(user_id("nobody"))
    assert list(store.users()) == []


@pytest.mark.parametrize("name", ["a@b.example", "+49 151", "..", "Bob", "bob", "CON", "日" * 128, "-x"])
def test_every_user_has_a_repository_inside_the_home(store: Store, name: str) -> None:
    branch = store.created(user_id(name))
    put(branch, {"diffmem.yaml": f"format: 1\nuser: {name}\n"})
    assert branch.repository.resolve().parent == (store.home / "users").resolve()
    assert list(store.users()) == [name]


def test_times_before_1970_are_kept_as_data_and_clamped_in_git(branch: Branch) -> None:
    when = datetime(1660, 1, 11, tzinfo=UTC)
    changes = ChangeSet(
        "s", Stage.INTAKE, Actor.USER, {"a": "1"}, trailers={"Session-Date": when.isoformat()}, when=when
    )
    with branch.writing() as writer:
        writer.commit(changes)
    commit = branch.snapshot()._commit  # pyright: ignore[reportPrivateUsage]
    assert commit.author.time == 0
    assert branch.snapshot().trailers["Session-Date"] == "1660-01-11T00:00:00+00:00"


def test_committer_times_never_run_backwards(branch: Branch) -> None:
    put(branch, {"a": "1"})
    handle = pygit2.Repository(str(branch.repository))
    tip = branch.snapshot()
    future = pygit2.Signature("x", "x@x", 4_000_000_000, 0)
    ahead = handle.create_commit(None, future, future, "x", tip.tree, [tip.commit])
    handle.references[branch.ref].set_target(ahead)
    put(branch, {"a": "2"})
    assert branch.snapshot().time >= Snapshot(handle, str(ahead)).time


def test_a_reference_lock_left_by_the_dead_is_no_obstacle(branch: Branch) -> None:
    put(branch, {"a": "1"})
    branch.repository.joinpath(f"{branch.ref}.lock").write_text("")
    put(branch, {"a": "2"})
    assert branch.snapshot().read("a") == "2"


def test_a_second_writer_waits_and_then_says_so(branch: Branch) -> None:
    with branch.writing(), ThreadPoolExecutor(1) as other:

        def late() -> None:
            with branch.writing(seconds=0.05):
                pass

        with pytest.raises(Busy, match="try again"):
            other.submit(late).result()


WRITER = """
import sys
from pathlib import Path
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

branch = Store(Path(sys.argv[1])).created(user_id("alex"))
for number in range(20):
    with branch.writing() as writer:
        writer.commit(ChangeSet("w", Stage.EDIT, Actor.PERSON, {f"{sys.argv[2]}/{number}.md": "x"}))
"""


def test_two_processes_lose_nothing(store: Store) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(store.home), name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    branch = store.branch(UserId("alex"))
    assert len(list(branch.snapshot().files())) == 40
    assert subprocess.run(["git", "fsck", "--strict"], cwd=branch.repository, check=False).returncode == 0


def test_an_acknowledged_commit_survives_a_kill(tmp_path: Path) -> None:
    script = WRITER.replace("range(20)", "range(10**6)") + "\n"
    script = script.replace('"x"}))', '"x"}))\n    print(number, flush=True)')
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), "k"], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    acknowledged = [child.stdout.readline().strip() for _ in range(5)]
    child.kill()
    child.wait()
    child.stdout.close()
    snapshot = Store(tmp_path).branch(UserId("alex")).snapshot()
    assert {f"k/{number}.md" for number in acknowledged} <= {file.path for file in snapshot.files()}
