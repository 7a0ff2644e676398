"""An erase travels: to the mirror, and from there to every machine that still has the old history."""

import subprocess
import sys
from pathlib import Path

import pygit2
import pytest
from mirrors import Machine, bare, digest, holds_anywhere, is_sound, machine, served, take_in, tip_of
from redactions import CANARY, Lines
from support import put

from diffmem.errors import Conflict, MirrorDiverged, MirrorFailed
from diffmem.storage import epoch, pending, staged
from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.erase import erase_user
from diffmem.storage.git import git
from diffmem.storage.history import Commit
from diffmem.storage.mirror import Mirror
from diffmem.storage.names import SessionId, user_id
from diffmem.storage.proof import proof
from diffmem.storage.view import View


class Worded(Lines):
    """Takes out a word only; what stands around it stays, as an erase of words does it."""

    def content(self, path: str, data: bytes) -> bytes | None:
        """A file with a mark for the word."""
        return None if f"{self.word}.md" in path else data.replace(self.word.encode(), b"[erased]")

    def message(self, commit: Commit, message: str) -> str | None:
        """A message with a mark for the word."""
        return message.replace(self.word, "[erased]")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "mirror.git")


@pytest.fixture
def here(tmp_path: Path, remote: Path) -> Machine:
    return machine(tmp_path / "here", remote)


@pytest.fixture
def there(tmp_path: Path, remote: Path) -> Machine:
    return machine(tmp_path / "there", remote)


def shared(here: Machine, there: Machine) -> None:
    put(here.branch, {"a.md": "a\n"})
    take_in(here.branch, CANARY, f"s/{CANARY}.md", f"I went to {CANARY} once\n")
    take_in(here.branch, "open", "s/open.md", f"first\nabout {CANARY} we talked\nlast\n")
    here.mirror.push(here.branch)
    there.mirror.fetch(there.branch)
    assert there.branch.tip() == here.branch.tip()


def erased(one: Machine, redaction: Lines | None = None) -> tuple[str, ...]:
    done = one.mirror.erased(one.branch, one.erase(redaction=redaction), [CANARY.encode()])
    assert (done.found, done.held) == ((), ())
    return done.removed


def same(here: Machine, there: Machine, remote: Path) -> None:
    """Both machines and the mirror hold one history, and no word of what went."""
    assert here.branch.tip() == there.branch.tip() == tip_of(remote)
    assert epoch.number(here.branch) == epoch.number(there.branch)
    for folder in (here.store.home, there.store.home, remote):
        assert not holds_anywhere(folder, CANARY)
    for one in (here, there):
        assert is_sound(one.branch.repository)
        assert proof(one.branch, [CANARY.encode()]).found == ()
        assert one.mirror.lag(one.branch).commits == 0
    assert is_sound(remote)


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_an_erase_leaves_nothing_at_a_mirror_on_this_machine(
    here: Machine, there: Machine, remote: Path, packed: bool
) -> None:
    shared(here, there)
    if packed:
        git(remote, "repack", "-a", "-d", "-q")
        git(remote, "commit-graph", "write", "--reachable")
    removed = erased(here)
    assert removed
    assert not holds_anywhere(remote, CANARY)
    assert is_sound(remote)
    assert tip_of(remote) == here.branch.tip()


def test_another_machine_drops_its_copy(here: Machine, there: Machine, remote: Path) -> None:
    shared(here, there)
    View(there.branch, there.store.view_folder(there.branch.user)).bring_to(there.branch.snapshot())
    erased(here)
    done = there.mirror.fetch(there.branch)
    assert done.erased
    same(here, there, remote)
    view = View(there.branch, there.store.view_folder(there.branch.user))
    assert view.edits() is not None
    assert not view.edits()
    assert not holds_anywhere(view.folder, CANARY)
    assert epoch.erased_on(there.branch, done.before) == "2026-03-02"


def test_what_was_taken_in_and_never_pushed_stays_without_what_was_erased(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    take_in(there.branch, "new", "s/new.md", "of my own\n")
    take_in(there.branch, CANARY, f"s/{CANARY}.md", f"I went to {CANARY} once\nand again\n")
    put(there.branch, {"a.md": f"edited {CANARY}\n"})
    dropped = there.branch.tip()
    erased(here)

    done = there.mirror.push(there.branch)

    assert done.erased
    assert dropped in done.dropped
    assert len(done.dropped) == 2
    assert there.files()["s/new.md"] == "of my own\n"
    assert there.branch.snapshot().trailers["Session-Id"] == "new"
    assert pending.sessions(there.branch.snapshot()) == ["open", "new"]
    here.mirror.fetch(here.branch)
    same(here, there, remote)


def test_erased_words_do_not_come_back_with_a_session_that_grew(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    grown = f"first\nabout {CANARY} we talked\nlast\nand {CANARY.upper()}, too\n"
    take_in(there.branch, "open", "s/open.md", grown)
    take_in(there.branch, "later", "s/later.md", f"Then we saw {CANARY}.\n")
    erased(here, Worded())
    there.mirror.push(there.branch)
    here.mirror.fetch(here.branch)
    same(here, there, remote)
    assert not holds_anywhere(there.store.home, CANARY.upper())
    assert there.files()["s/open.md"].splitlines() == [
        "first", "about [erased] we talked", "last", "and [erased], too",
    ]  # fmt: skip
    assert there.files()["s/later.md"] == "Then we saw [erased].\n"


def test_what_another_machine_pushed_before_it_heard_of_the_erase_is_kept(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    take_in(there.branch, "new", "s/new.md", "of my own\n")
    there.mirror.push(there.branch)
    erased(here)
    assert here.files()["s/new.md"] == "of my own\n"
    assert there.mirror.fetch(there.branch).erased
    same(here, there, remote)


def test_both_machines_go_on_after_an_erase(here: Machine, there: Machine, remote: Path) -> None:
    shared(here, there)
    erased(here)
    for number in range(3):
        take_in(there.branch, f"t{number}", f"s/t{number}.md", "x\n")
        take_in(here.branch, f"h{number}", f"s/h{number}.md", "x\n")
        there.mirror.push(there.branch)
        here.mirror.push(here.branch)
    there.mirror.fetch(there.branch)
    same(here, there, remote)
    assert {f"s/{side}{number}.md" for side in "ht" for number in range(3)} < there.files().keys()


def test_several_erases_travel_at_once(here: Machine, there: Machine, remote: Path) -> None:
    shared(here, there)
    take_in(there.branch, "new", "s/new.md", "of my own\n")
    here.erase()
    put(here.branch, {"b.md": "a quince\n"})
    here.erase(["quince"], Lines("quince"))
    here.mirror.push(here.branch)
    there.mirror.push(there.branch)
    here.mirror.fetch(here.branch)
    same(here, there, remote)
    assert epoch.number(there.branch) == 2
    assert there.files()["s/new.md"] == "of my own\n"


def test_an_erase_that_could_not_be_pushed_is_pushed_later(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    away = remote.rename(remote.with_name("away.git"))
    done = here.erase()
    with pytest.raises(MirrorFailed):
        here.mirror.erased(here.branch, done, [CANARY.encode()])
    assert here.mirror.lag(here.branch).erase
    away.rename(remote)
    assert here.mirror.catch_up(here.store).failed == {}
    assert not here.mirror.lag(here.branch).erase
    there.mirror.fetch(there.branch)
    same(here, there, remote)


def test_a_memory_of_which_nothing_is_left_goes_from_the_mirror(
    here: Machine, there: Machine, remote: Path
) -> None:
    put(here.branch, {f"{CANARY}.md": "x"}, **{"Session-Id": CANARY})
    here.mirror.push(here.branch)
    there.mirror.fetch(there.branch)
    erased(here)
    assert tip_of(remote) == ""
    there.mirror.fetch(there.branch)
    assert there.branch.tip() is None
    assert not holds_anywhere(there.store.home, CANARY)


def test_what_was_made_of_the_old_history_goes_with_it(here: Machine, there: Machine) -> None:
    shared(here, there)
    with there.branch.writing() as writer:
        writer.keep("archive/x")
        changes = ChangeSet("d", Stage.DIGEST, Actor.WRITER, {"m.md": f"{CANARY}\n"})
        staged.put(writer, SessionId("open"), changes)
    put(there.branch, {f"{CANARY}2.md": "of my own\n"})
    with there.branch.writing() as writer:
        writer.keep("archive/y")
    erased(here)
    there.mirror.fetch(there.branch)
    names = [
        name for name in pygit2.Repository(str(there.branch.repository)).references if "alex" not in name
    ]
    assert names == ["refs/heads/archive/x"]
    assert not holds_anywhere(there.store.home, CANARY)


def test_a_person_at_work_in_the_view_is_waited_for(here: Machine, there: Machine) -> None:
    shared(here, there)
    view = View(there.branch, there.store.view_folder(there.branch.user))
    view.bring_to(there.branch.snapshot())
    view.folder.joinpath("a.md").write_text("by hand\n", "utf-8")
    tip = there.branch.tip()
    erased(here)
    with pytest.raises(Conflict, match="by hand"):
        there.mirror.fetch(there.branch)
    assert there.branch.tip() == tip


def test_erases_on_two_machines_at_once_are_left_to_people(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    put(there.branch, {"q.md": "quince\n"})
    there.erase(["quince"], Lines("quince"))
    erased(here)
    tip = there.branch.tip()
    with pytest.raises(MirrorDiverged, match="both sides were erased"):
        there.mirror.push(there.branch)
    assert (there.branch.tip(), tip_of(remote)) == (tip, here.branch.tip())


def test_a_mirror_that_went_back_behind_an_erase_with_other_words_is_left_alone(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    erased(here)
    put(there.branch, {"x.md": "x\n"})
    handle = pygit2.Repository(str(remote))
    handle.references.delete("refs/meta/alex")
    forced = f"+{there.branch.tip()}:refs/heads/user/alex"
    git(there.branch.repository, "push", "-q", str(remote), forced)
    put(here.branch, {"y.md": "y\n"})
    with pytest.raises(MirrorDiverged, match="went back"):
        here.mirror.push(here.branch)
    assert not holds_anywhere(here.store.home, CANARY)


def test_other_users_of_the_mirror_keep_what_they_said_themselves(
    here: Machine, there: Machine, remote: Path
) -> None:
    shared(here, there)
    maya = there.store.created(user_id("maya"))
    put(maya, {"m.md": f"I know {CANARY}, too\n"})
    there.mirror.push(maya)
    erased(here)
    assert tip_of(remote, "maya") == maya.tip()
    assert is_sound(remote)


def test_what_a_mirror_elsewhere_may_still_hold_is_named(here: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    put(here.branch, {"b.md": f"{CANARY}\n"})
    with served(remote) as url:
        elsewhere = Mirror(url)
        elsewhere.push(here.branch)
        done = elsewhere.erased(here.branch, here.erase(), [CANARY.encode()])
    assert done.held == done.removed
    assert done.found == ()
    assert tip_of(remote) == here.branch.tip()


def put_on(one: Machine) -> Branch:
    put(one.branch, {"z.md": "z\n"})
    return one.branch


def test_all_of_a_user_goes_from_the_mirror(here: Machine, there: Machine, remote: Path) -> None:
    shared(here, there)
    erased_before = erased(here)
    assert erased_before
    maya = here.store.created(user_id("maya"))
    put(maya, {"m.md": "m\n"})
    here.mirror.push(maya)
    left = here.mirror.remove(here.branch)
    assert (left.found, left.held) == ((), ())
    with pytest.raises(MirrorDiverged):
        here.mirror.push(put_on(here))
    erase_user(here.store, here.branch.user)
    assert sorted(pygit2.Repository(str(remote)).references) == ["refs/heads/user/maya"]
    with pytest.raises(MirrorDiverged, match="lost this memory"):
        there.mirror.push(put_on(there))
    assert here.mirror.remove(here.store.created(user_id("alex"))).held == ()


# Adopts an erase in a copy of a home for n = 1, 2, ... and kills it at the n-th point it reaches.
SCRIPT = """
import os, shutil, signal, sys
from itertools import count
from pathlib import Path
from diffmem.storage.failpoint import on_reaching
from diffmem.storage.mirror import Mirror
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

root, home, remote = map(Path, sys.argv[1:])
for nth in count(1):
    copy = root / str(nth)
    shutil.copytree(home, copy, symlinks=True)
    store = Store(copy)
    branch = store.branch(user_id("alex"))
    child = os.fork()
    if not child:
        passed = iter(range(1, 10**6))
        def hook(reached):
            if next(passed) == nth:
                os.kill(os.getpid(), signal.SIGKILL)
        on_reaching(hook)
        Mirror(str(remote)).fetch(branch)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
print(nth)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_an_erase_taken_over_and_killed_anywhere_loses_nothing(
    here: Machine, there: Machine, remote: Path, tmp_path: Path
) -> None:
    shared(here, there)
    take_in(there.branch, "new", "s/new.md", "of my own\n")
    erased(here)
    root = tmp_path / "copies"
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root), str(there.store.home), str(remote)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert int(told.stdout) > 8
    for copy in root.iterdir():
        one = machine(copy, remote)
        one.mirror.fetch(one.branch)
        assert one.files()["s/new.md"] == "of my own\n"
        assert pending.sessions(one.branch.snapshot()) == ["open", "new"]
        assert not holds_anywhere(copy, CANARY)
        assert is_sound(one.branch.repository)


def test_a_digest_that_was_never_pushed_is_made_again(here: Machine, there: Machine, remote: Path) -> None:
    shared(here, there)
    take_in(there.branch, "new", "s/new.md", "of my own\n")
    digest(there.branch, "new", "m.md", "filed\n")
    erased(here)
    there.mirror.push(there.branch)
    assert "m.md" not in there.files()
    assert "new" in pending.sessions(there.branch.snapshot())
    here.mirror.fetch(here.branch)
    same(here, there, remote)
