"""Care of a memory: that nothing is lost by it, that it yields to an erase, and what it takes away."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pygit2
import pytest
from mirrors import is_sound
from redactions import CANARY, Lines
from support import put

from diffmem.errors import Busy, UnknownUser
from diffmem.storage import packs, staged, trails
from diffmem.storage.branch import Branch
from diffmem.storage.care import Tended, is_due, tend
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.durability import Durability
from diffmem.storage.erase import erase, erase_user
from diffmem.storage.failpoint import on_reaching
from diffmem.storage.git import git
from diffmem.storage.history import History
from diffmem.storage.loose import loose_estimate
from diffmem.storage.names import SessionId, user_id
from diffmem.storage.store import Store
from diffmem.storage.tending import kept_out, turn
from diffmem.storage.view import View

HOUR = 3600.0
DAY = timedelta(days=1)


@pytest.fixture
def relaxed(tmp_path: Path) -> Branch:
    return Store(tmp_path / "home", Durability.RELAXED).created(user_id("alex"))


@pytest.fixture
def reaching() -> Generator[Callable[[Callable[[str], None]], None]]:
    yield on_reaching
    on_reaching(None)


def aged(repository: Path, hours: float) -> None:
    """Make every loose object so old."""
    then = time.time() - hours * HOUR
    for path in repository.glob("objects/[0-9a-f][0-9a-f]/*"):
        path.chmod(0o644)
        os.utime(path, (then, then))


def orphan(branch: Branch, text: str) -> str:
    """An object that nothing leads to."""
    return str(pygit2.Repository(str(branch.repository)).create_blob(text.encode()))


def has(branch: Branch, identity: str) -> bool:
    return identity in pygit2.Repository(str(branch.repository))


def loose(branch: Branch) -> list[Path]:
    return list(branch.repository.glob("objects/[0-9a-f][0-9a-f]/*"))


def history(branch: Branch) -> list[str]:
    return [commit.id for commit in History(branch.snapshot()).commits()]


def test_a_tended_memory_reads_as_before_and_takes_new_commits(branch: Branch) -> None:
    commits = [put(branch, {"a.md": f"{number}\n"}) for number in range(30)]
    assert tend(branch) == Tended()
    assert not loose(branch)
    assert list((branch.repository / "objects/info").glob("commit-graph*"))
    assert branch.tip() == commits[-1]
    newest = put(branch, {"a.md": "new\n"})
    assert [commit.id for commit in History(branch.snapshot()).commits(["a.md"])] == [newest, *commits[::-1]]


def test_packs_stay_few_however_often_a_memory_is_tended(relaxed: Branch) -> None:
    dice, known = random.Random(3), list[str]()
    for _ in range(12):
        for _ in range(dice.randrange(1, 9)):
            known.append(put(relaxed, {f"{dice.randrange(5)}.md": f"{dice.random()}\n"}))
        tend(relaxed)
        sizes = [pack.objects for pack in packs.packs(relaxed.repository)]
        assert all(2 * small <= large for small, large in pairwise(sizes)), sizes
    assert len(packs.packs(relaxed.repository)) <= 5
    assert history(relaxed) == known[::-1]
    assert is_sound(relaxed.repository)


def test_care_is_due_for_many_loose_objects_or_some_in_a_quiet_memory(relaxed: Branch) -> None:
    def objects(few: int, many: int) -> None:
        for number in range(few, many):
            orphan(relaxed, f"{number}")

    put(relaxed, {"a.md": "a\n"})
    assert not is_due(relaxed)
    objects(0, 300)
    assert not is_due(relaxed)
    then = time.time() - 2 * DAY.total_seconds()
    os.utime(relaxed.repository / relaxed.ref, (then, then))
    assert is_due(relaxed)
    put(relaxed, {"a.md": "b\n"})
    assert not is_due(relaxed)
    objects(300, 1000)
    assert is_due(relaxed)
    for number in range(12):
        put(relaxed, {f"{number}.md": f"{number}\n"})
    aged(relaxed.repository, 2)
    tend(relaxed, grace=timedelta(hours=1))
    assert loose_estimate(relaxed.repository) == 0
    assert not is_due(relaxed)


def test_what_nothing_leads_to_goes_once_it_is_older_than_the_grace(relaxed: Branch) -> None:
    put(relaxed, {"a.md": "a\n"})
    old = orphan(relaxed, "old")
    aged(relaxed.repository, 3)
    young = orphan(relaxed, "young")

    assert tend(relaxed, grace=timedelta(hours=4)).pruned == 0
    assert has(relaxed, old)
    assert tend(relaxed, grace=timedelta(hours=2)).pruned == 1
    assert (has(relaxed, old), has(relaxed, young)) == (False, True)
    assert is_sound(relaxed.repository)


def test_less_than_an_hour_of_grace_is_an_hour(relaxed: Branch) -> None:
    put(relaxed, {"a.md": "a\n"})
    one = orphan(relaxed, "one")
    aged(relaxed.repository, 0.5)
    assert tend(relaxed, grace=timedelta(0)).pruned == 0
    assert has(relaxed, one)


def test_nothing_that_any_reference_holds_is_pruned(store: Store) -> None:
    branch = store.created(user_id("alex"))
    put(branch, {"a.md": "a\n"})
    with branch.writing() as writer:
        kept = staged.put(
            writing=writer,
            session=SessionId("s1"),
            changes=ChangeSet("digest: s1", Stage.DIGEST, Actor.WRITER, {"b.md": "staged\n"}),
        )
        archive = writer.keep("archive/alex/1")
    git(branch.repository, "update-ref", "refs/meta/alex", orphan_commit(branch, "meta"))
    git(branch.repository, "update-ref", "refs/remotes/mirror/user/alex", orphan_commit(branch, "mirror"))
    view = View(branch, store.view_folder(branch.user))
    view.bring_to(branch.snapshot())
    before = git(branch.repository, "for-each-ref")
    aged(branch.repository, 1000)
    assert tend(branch, grace=timedelta(hours=1)).pruned == 0
    assert git(branch.repository, "for-each-ref") == before
    assert has(branch, kept)
    assert has(branch, archive)
    assert staged.get(branch, SessionId("s1")) is not None
    assert not view.edits()
    assert is_sound(branch.repository)


def orphan_commit(branch: Branch, text: str) -> str:
    handle = pygit2.Repository(str(branch.repository))
    builder = handle.TreeBuilder()
    builder.insert("x", handle.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
    who = pygit2.Signature("a", "a@b")
    return str(handle.create_commit(None, who, who, text, builder.write(), []))


def test_what_was_packed_before_nothing_led_to_it_goes_too_in_the_end(relaxed: Branch) -> None:
    for number in range(4):
        put(relaxed, {"a.md": f"{number}\n"})
    with relaxed.writing() as writer:
        changes = ChangeSet("digest: s1", Stage.DIGEST, Actor.WRITER, {"b.md": "staged\n"})
        kept = staged.put(writer, SessionId("s1"), changes)
    tend(relaxed)
    with relaxed.writing() as writer:
        staged.drop(writer, SessionId("s1"))
    for number in range(4):
        put(relaxed, {"a.md": f"again {number}\n"})
    tend(relaxed)
    assert has(relaxed, kept)
    aged(relaxed.repository, 2)
    assert tend(relaxed, grace=timedelta(hours=1)).pruned == 3
    assert not has(relaxed, kept)
    assert is_sound(relaxed.repository)


def test_an_old_object_that_somebody_needs_meanwhile_stays(
    relaxed: Branch, reaching: Callable[[Callable[[str], None]], None]
) -> None:
    put(relaxed, {"a.md": "a\n"})
    old, gone = orphan(relaxed, "wanted\n"), orphan(relaxed, "not wanted\n")
    aged(relaxed.repository, 3)

    def hook(name: str) -> None:
        if name == "care.pruning":
            put(relaxed, {"b.md": "wanted\n"})

    reaching(hook)
    assert tend(relaxed, grace=timedelta(hours=1)).pruned == 1
    assert relaxed.snapshot().blob("b.md") == old
    assert relaxed.snapshot().read("b.md") == "wanted\n"
    assert not has(relaxed, gone)
    assert is_sound(relaxed.repository)


def test_what_killed_programs_left_goes_after_an_hour(relaxed: Branch) -> None:
    put(relaxed, {"a.md": "a\n"})
    repository = relaxed.repository
    left = (
        "packed-refs.lock",
        "objects/pack/tmp_pack_x",
        "objects/aa/tmp_obj_x",
        "objects/info/commit-graph.lock",
    )
    for name in left:
        repository.joinpath(name).parent.mkdir(exist_ok=True)
        repository.joinpath(name).write_bytes(b"")
        then = time.time() - 2 * HOUR
        os.utime(repository / name, (then, then))
    fresh = repository / "objects/pack/tmp_pack_y"
    fresh.write_bytes(b"")
    assert tend(relaxed).litter
    assert not any(repository.joinpath(name).exists() for name in left)
    assert fresh.exists()


def test_writers_readers_and_care_go_on_beside_each_other(tmp_path: Path) -> None:
    home = tmp_path / "home"
    branch = Store(home, Durability.RELAXED).created(user_id("alex"))
    put(branch, {"a.md": "0\n"})
    script = (
        "import sys\n"
        f"sys.path[:0] = {[str(Path(__file__).parents[1])]!r}\n"
        "from pathlib import Path\n"
        "from support import put\n"
        "from diffmem.storage.durability import Durability\n"
        "from diffmem.storage.names import user_id\n"
        "from diffmem.storage.store import Store\n"
        "branch = Store(Path(sys.argv[1]), Durability.RELAXED).branch(user_id('alex'))\n"
        "for number in range(60):\n"
        "    print(put(branch, {f'{sys.argv[2]}{number % 7}.md': f'{number}\\n'}))\n"
        "    assert branch.snapshot().read('a.md') == '0\\n'\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(home), name],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "bc"
    ]
    rounds = 0
    while any(writer.poll() is None for writer in writers) or rounds < 3:
        assert tend(branch, seconds=30).whole
        rounds += 1
    told = [writer.communicate()[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    known = history(branch)
    assert len(known) == 121
    for mine in told:
        assert [commit for commit in known if commit in set(mine)] == mine[::-1]
    assert is_sound(branch.repository)


@pytest.mark.parametrize(
    "point", ["care.begun", "care.packed", "care.graph", "care.trails", "trails.written", "care.pruning"]
)
@pytest.mark.parametrize("whole", [False, True], ids=["words", "user"])
def test_an_erase_has_care_leave_off_and_nothing_comes_back(
    store: Store, reaching: Callable[[Callable[[str], None]], None], point: str, whole: bool
) -> None:
    branch = store.created(user_id("alex"))
    for number in range(8):
        put(branch, {"a.md": f"{number}\n{CANARY}\n"})
    tend(branch)
    put(branch, {"a.md": f"9\n{CANARY}\n"})
    _ = orphan(branch, "old")
    aged(branch.repository, 3)
    arrived, go_on = threading.Event(), threading.Event()

    def hook(name: str) -> None:
        if name == point:
            arrived.set()
            assert go_on.wait(20)
        elif name in ("erase.moved", "erase.begun"):
            go_on.set()

    ended: list[object] = []

    def care() -> None:
        try:
            ended.append(tend(branch, grace=timedelta(hours=1)))
        except (Busy, UnknownUser) as error:
            ended.append(error)

    reaching(hook)
    thread = threading.Thread(target=care)
    thread.start()
    assert arrived.wait(20)
    if whole:
        threading.Timer(0.2, go_on.set).start()
        assert erase_user(store, branch.user).found == ()
    else:
        with branch.writing() as writer:
            assert erase(writer, Lines(), [CANARY.encode()], today=date(2026, 3, 2)).found == ()
    thread.join(20)
    assert ended
    assert list(store.users()) == ([] if whole else ["alex"])
    assert not list(branch.notes.glob(f"{trails.NAME}*"))
    if not whole:
        assert is_sound(branch.repository)
        objects = pygit2.Repository(str(branch.repository)).odb
        assert not any(CANARY.encode() in objects.read(one)[1] for one in objects)
        assert tend(branch).whole


def test_care_that_is_cancelled_leaves_off_and_the_next_one_does_it(relaxed: Branch) -> None:
    put(relaxed, {"a.md": "a\n"})
    assert not tend(relaxed, cancelled=lambda: True).whole
    assert loose(relaxed)
    assert tend(relaxed).whole
    assert not loose(relaxed)


def test_a_program_that_outlives_its_care_still_keeps_others_out(relaxed: Branch) -> None:
    put(relaxed, {"a.md": "a\n"})
    with turn(relaxed.repository, lambda: False) as mine:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=mine.handles
        )
    with pytest.raises(Busy), kept_out(relaxed.repository, 0):
        pass
    assert child.stdin is not None
    child.stdin.close()
    child.wait(20)
    with kept_out(relaxed.repository, 0):
        pass


def test_only_one_tends_a_memory_at_a_time(relaxed: Branch) -> None:
    put(relaxed, {"a.md": "a\n"})
    with turn(relaxed.repository, lambda: False), pytest.raises(Busy):
        tend(relaxed)
    assert tend(relaxed).whole
