import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date
from pathlib import Path

import pygit2
import pytest
from redactions import CANARY, Lines
from support import put

from diffmem.errors import Conflict, StoreError, UnknownCommit
from diffmem.storage import journal, moment
from diffmem.storage.branch import Branch
from diffmem.storage.epoch import epochs, erased_on
from diffmem.storage.erase import Erasure, erase, sweep
from diffmem.storage.failpoint import on_reaching
from diffmem.storage.git import git
from diffmem.storage.history import Commit
from diffmem.storage.names import user_id
from diffmem.storage.objects import commit_of, tree_of
from diffmem.storage.proof import proof
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store
from diffmem.storage.view import View

TODAY = date(2026, 3, 2)


def erased(branch: Branch, redaction: Lines | None = None, *sought: str) -> Erasure:
    with branch.writing() as writer:
        words = [word.encode() for word in sought or (CANARY,)]
        return erase(writer, redaction or Lines(), words, today=TODAY)


def raw(branch: Branch, commit: str) -> bytes:
    return pygit2.Repository(str(branch.repository)).odb.read(pygit2.Oid(hex=commit))[1]


def line_of(branch: Branch) -> list[str]:
    handle = pygit2.Repository(str(branch.repository))
    return [str(commit.id) for commit in handle.walk(branch.tip())][::-1]


def listing(branch: Branch, commit: str = "") -> dict[str, bytes]:
    snapshot = branch.snapshot(commit)
    return {path: snapshot.content(blob) for path, blob in snapshot.files()}


def is_sound(branch: Branch) -> bool:
    told = subprocess.run(
        ["git", "fsck", "--strict", "--full"], cwd=branch.repository, capture_output=True, check=False
    )
    return told.returncode == 0


def packed(branch: Branch) -> None:
    git(branch.repository, "repack", "-a", "-d", "-q")
    git(branch.repository, "pack-refs", "--all")
    git(branch.repository, "commit-graph", "write", "--reachable", "--changed-paths")
    git(branch.repository, "multi-pack-index", "write")


def test_a_word_leaves_every_commit_and_everything_else_stays(branch: Branch) -> None:
    first = put(branch, {"a.md": "one\n", "b/c.md": "b\n"})
    second = put(branch, {"a.md": f"one\nabout {CANARY}\n"})
    third = put(branch, {"b/c.md": "other\n"})
    before = raw(branch, third)

    told = erased(branch)

    assert told.found == ()
    assert told.scanned > 0
    assert (told.old, told.new, told.epoch) == (third, branch.tip(), 1)
    assert line_of(branch) == [first, told.commits[second], told.commits[third]]
    assert listing(branch) == {"a.md": b"one\n", "b/c.md": b"other\n"}
    assert set(told.removed) >= {second, third}
    kept = raw(branch, told.new).split(b"\n")
    assert kept[2:] == before.split(b"\n")[2:]
    assert is_sound(branch)


def test_nothing_sought_and_nothing_changed_keeps_every_id(branch: Branch) -> None:
    tip = put(branch, {"a.md": "one\n"})
    told = erased(branch)
    assert (told.commits, told.new, told.epoch, told.found) == ({}, tip, 0, ())


@pytest.mark.parametrize("pack", [False, True], ids=["loose", "packed"])
def test_objects_nobody_can_reach_are_gone_too(branch: Branch, pack: bool) -> None:
    tip = put(branch, {"a.md": "one\n"})
    handle = pygit2.Repository(str(branch.repository))
    lost = str(handle.create_blob(f"{CANARY}\n".encode()))
    if pack:
        handle.references.create("refs/tags/lost", lost)
        packed(branch)
        handle.references.delete("refs/tags/lost")
    told = erased(branch)
    assert (told.new, told.found, told.removed) == (tip, (), (lost,))


def test_a_packed_memory_is_purged_as_well(branch: Branch) -> None:
    for number in range(5):
        put(branch, {"a.md": f"{number}\n{CANARY}\n", f"{number}.md": "x\n"})
    packed(branch)
    told = erased(branch)
    assert told.found == ()
    assert is_sound(branch)
    assert not (branch.repository / "objects/info/commit-graph").exists()


def test_files_go_and_get_other_names(branch: Branch) -> None:
    put(
        branch,
        {f"{CANARY}.md": "gone\n", f"x/{CANARY}_1.md": "1\n", "x/somebody_1.md": "2\n", f"{CANARY}/a": "3\n"},
    )
    told = erased(branch)
    assert told.found == ()
    assert listing(branch) == {"x/somebody_1.md": b"2\n", "x/somebody_1_2.md": b"1\n", "somebody/a": b"3\n"}
    assert is_sound(branch)


def test_a_commit_that_said_nothing_else_is_left_out(branch: Branch) -> None:
    first = put(branch, {"a.md": "one\n"})
    second = put(branch, {"s.md": f"{CANARY}\n", f"{CANARY}.md": "x"}, **{"Session-Id": CANARY})
    third = put(branch, {f"{CANARY}.md": "y"}, **{"Session-Id": CANARY})
    fourth = put(branch, {"b.md": "two\n"})
    told = erased(branch)
    assert told.commits[third] == ""
    assert told.found == ()
    assert line_of(branch) == [first, told.commits[second], told.commits[fourth]]
    assert branch.snapshot(told.commits[second]).subject == "erased"
    assert branch.snapshot(told.commits[second]).trailers == {"Stage": "edit", "Actor": "person"}


def test_a_memory_that_said_nothing_else_has_no_commit_left(branch: Branch) -> None:
    put(branch, {f"{CANARY}.md": "x"}, **{"Session-Id": CANARY})
    told = erased(branch)
    assert (told.new, branch.tip(), told.found, told.epoch) == ("", None, (), 1)
    assert put(branch, {"a.md": "again\n"}) == branch.tip()


def test_merges_keep_their_sides(branch: Branch) -> None:
    base = put(branch, {"a.md": "a\n", "b.md": "b\n"})
    left = put(branch, {"a.md": f"a\n{CANARY}\n"})
    handle = pygit2.Repository(str(branch.repository))
    who = pygit2.Signature("x", "x@x", 5, 60)
    side = handle.create_commit(None, who, who, "side", Snapshot(handle, base).tree, [base])
    merge = handle.create_commit(None, who, who, "merge", Snapshot(handle, left).tree, [left, side])
    handle.references[branch.ref].set_target(merge)
    told = erased(branch)
    found = commit_of(handle, told.new)
    assert [str(one) for one in found.parent_ids] == [told.commits[left], str(side)]
    assert str(side) not in told.commits


def test_every_reference_and_tag_is_rewritten(branch: Branch) -> None:
    old = put(branch, {"a.md": f"{CANARY}\n"})
    handle = pygit2.Repository(str(branch.repository))
    who = pygit2.Signature("x", "x@x", 5, 60)
    handle.references.create("refs/heads/archive/k1", old)
    handle.references.create(f"refs/heads/archive/{CANARY}", old)
    handle.references.create("refs/staged/alex/k1", old)
    handle.create_tag("v1", pygit2.Oid(hex=old), pygit2.enums.ObjectType.COMMIT, who, f"about {CANARY}")
    handle.create_tag("v2", pygit2.Oid(hex=old), pygit2.enums.ObjectType.COMMIT, who, "plain\n")
    packed(branch)
    told = erased(branch)
    new = told.commits[old]
    assert told.found == ()
    targets = {name: str(handle.references[name].peel().id) for name in handle.references}
    meta = targets.pop("refs/meta/alex")
    assert targets == {
        "refs/heads/user/alex": new,
        "refs/heads/archive/k1": new,
        f"refs/heads/archive/erased-{old[:16]}": new,
        "refs/staged/alex/k1": new,
        "refs/tags/v1": new,
        "refs/tags/v2": new,
    }
    assert meta
    assert is_sound(branch)


def test_other_encodings_headers_and_names_are_kept_or_cleaned(branch: Branch) -> None:
    tip = put(branch, {"a.md": f"{CANARY}\n"})
    handle = pygit2.Repository(str(branch.repository))
    tree = Snapshot(handle, tip).tree
    people = f"author {CANARY} <{CANARY}@x> 7 +0530\ncommitter J\u00fcrgen <j@x> 8 -0200\n"
    head = f"tree {tree}\nparent {tip}\n{people}"
    extra = b"encoding latin-1\nsource x\n  y\nnote zanzibar\ngpgsig -----BEGIN\n abc\n\nr\xe9sum\xe9\n"
    odd = handle.odb.write(pygit2.enums.ObjectType.COMMIT, head.encode("latin-1") + extra)
    handle.references[branch.ref].set_target(odd)
    told = erased(branch)
    found = raw(branch, told.new).split(b"\n", 2)[2]
    assert told.found == ()
    assert found == (
        b"author erased <erased@diffmem> 7 +0530\ncommitter J\xfcrgen <j@x> 8 -0200\n"
        b"encoding latin-1\nsource x\n  y\n\nr\xe9sum\xe9\n"
    )


@pytest.mark.parametrize(
    ("encoding", "said", "kept"),
    [
        (b"encoding latin-1\n", b"r\xe9sum\xe9 zanzibar\n", b"encoding latin-1\n\nr\xe9sum\xe9 \n"),
        (b"encoding nope-1\n", b"\xff zanzibar\n", b"encoding nope-1\n\n\xff \n"),
        (b"", b"\xff zanzibar\n", b"\n\xff \n"),
        (b"encoding latin-1\n", b"zanzibar snow\n", "\n \u2603\n".encode()),
    ],
    ids=["latin", "unknown", "broken", "not to be said in it"],
)
def test_a_message_is_cleaned_in_its_own_encoding(
    branch: Branch, encoding: bytes, said: bytes, kept: bytes
) -> None:
    class Word(Lines):
        __slots__ = ()

        def message(self, commit: Commit, message: str) -> str | None:
            return message.replace(CANARY, "").replace("snow", "\u2603")

    tip = put(branch, {"a.md": "a\n"})
    handle = pygit2.Repository(str(branch.repository))
    head = f"tree {Snapshot(handle, tip).tree}\nauthor x <x@x> 7 +0530\ncommitter x <x@x> 8 -0200\n".encode()
    odd = handle.odb.write(pygit2.enums.ObjectType.COMMIT, head + encoding + b"\n" + said)
    handle.references[branch.ref].set_target(odd)
    told = erased(branch, Word())
    assert told.found == ()
    assert raw(branch, told.new) == head + kept


def test_links_and_submodules_that_tell_are_gone_and_others_stay(branch: Branch) -> None:
    tip = put(branch, {"a.md": f"{CANARY}\n"})
    handle = pygit2.Repository(str(branch.repository))
    builder = handle.TreeBuilder(Snapshot(handle, tip).tree)
    link, sub = pygit2.enums.FileMode.LINK, pygit2.enums.FileMode.COMMIT
    builder.insert("tells", handle.create_blob(CANARY.encode()), link)
    builder.insert("plain", handle.create_blob(b"a.md"), link)
    builder.insert("sub", pygit2.Oid(hex=tip), sub)
    builder.insert(f"sub-{CANARY}", pygit2.Oid(hex=tip), sub)
    who = pygit2.Signature("x", "x@x", 5, 60)
    foreign = handle.create_commit(None, who, who, "x", builder.write(), [tip])
    handle.references[branch.ref].set_target(foreign)
    told = erased(branch)
    assert told.found == ()
    assert sorted(str(entry.name) for entry in tree_of(handle, told.new)) == ["a.md", "plain", "sub"]


def leave(*paths: str) -> Callable[[Branch], None]:
    def left(branch: Branch) -> None:
        for path in paths:
            file = branch.repository / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(CANARY, "utf-8")

    return left


@pytest.mark.parametrize(
    "leaving",
    [
        leave("logs/HEAD", "logs/refs/heads/user/alex"),
        leave("ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG", "MERGE_MSG"),
        leave("index", "index.lock", "packed-refs.lock", "refs/heads/user/alex.lock", "gc.log"),
        leave("objects/tmp_object_git2_x", "objects/ab/tmp_obj_x", "objects/pack/tmp_pack_x"),
        leave("objects/pack/pack-0123.keep", "objects/pack/.tmp-1-pack-0.pack", "objects/pack/pack-1.pack"),
        leave("objects/tmp_objdir-incoming-x/ab/x", "objects/info/commit-graphs/x.graph"),
        leave("rebase-merge/message", "sequencer/todo", "rr-cache/x/preimage"),
    ],
    ids=["reflogs", "former heads", "locks", "half objects", "half packs", "quarantine", "half done"],
)
def test_what_programs_leave_in_a_repository_goes(branch: Branch, leaving: Callable[[Branch], None]) -> None:
    put(branch, {"a.md": f"{CANARY}\n"})
    leaving(branch)
    assert erased(branch).found == ()
    assert is_sound(branch)


def test_the_proof_reads_what_lies_where_it_cannot_clean(branch: Branch) -> None:
    put(branch, {"a.md": "a\n"})
    (branch.repository / "notes.txt").write_text(f"about {CANARY}", "utf-8")
    (branch.repository / f"{CANARY}.txt").write_text("", "utf-8")
    assert erased(branch).found == ("notes.txt", f"{CANARY}.txt")


def test_the_proof_sees_loose_packed_and_hidden_objects(branch: Branch) -> None:
    tip = put(branch, {"a.md": f"{CANARY}\n"})
    blob = branch.snapshot(tip).blob("a.md") or ""
    assert proof(branch, [CANARY.encode()]).found == (f"objects/{blob[:2]}/{blob[2:]}",)
    packed(branch)
    (pack,) = (branch.repository / "objects/pack").glob("*.pack")
    assert set(proof(branch, [CANARY.encode()]).found) == {f"objects/pack/{pack.name}", blob}
    for listing_file in (branch.repository / "objects/pack").glob("*i*x"):
        listing_file.unlink()
    assert proof(branch, [CANARY.encode()]).found == (f"objects/pack/{pack.name}",)


def test_the_key_in_places_that_must_hold_it_is_no_finding(store: Store, branch: Branch) -> None:
    put(branch, {"a.md": "alex\n"})
    View(branch, store.view_folder(branch.user)).bring_to(branch.snapshot())
    assert erased(branch, Lines("alex"), "alex").found == ()


def test_an_erased_commit_says_when(branch: Branch) -> None:
    first = put(branch, {"a.md": f"{CANARY}\n"})
    second = put(branch, {"b.md": "kakadu\n"})
    told = erased(branch)
    again = erased(branch, Lines("kakadu"), "kakadu")
    assert [epoch.number for epoch in epochs(branch)] == [again.epoch, told.epoch] == [2, 1]
    for gone in (first, second, second[:7], told.commits[second]):
        assert erased_on(branch, gone) == "2026-03-02"
        with pytest.raises(UnknownCommit, match="erased on 2026-03-02"):
            moment.as_of(branch, gone, UTC)
    for other in ("0" * 40, "abcdef0", "", first[:6], again.new):
        assert erased_on(branch, other) is None
    with pytest.raises(UnknownCommit, match="no such commit"):
        moment.as_of(branch, "0" * 40, UTC)


def test_who_reads_an_erased_commit_is_told_so_and_gets_no_half(branch: Branch) -> None:
    old = put(branch, {"a.md": f"{CANARY}\n", "d/b.md": "b\n"})
    blob = branch.snapshot(old).blob("a.md") or ""
    reading = branch.snapshot(old)
    erased(branch)
    for read in (
        lambda: branch.snapshot(old).read("a.md"),
        lambda: branch.snapshot(old).text("nothing.md"),
        lambda: list(branch.snapshot(old).files()),
        lambda: branch.snapshot(old).time,
        lambda: branch.snapshot().content(blob),
        lambda: branch.snapshot().size(blob),
        lambda: reading.read("d/b.md/none"),
    ):
        with pytest.raises(UnknownCommit):
            read()


@pytest.fixture
def view(store: Store, branch: Branch) -> View:
    put(branch, {"a.md": f"one\n{CANARY}\n", f"d/{CANARY}.md": "d\n", "c.md": "c\n"})
    view = View(branch, store.view_folder(branch.user))
    assert view.bring_to(branch.snapshot())
    return view


def below(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def test_a_view_shows_the_new_history_and_holds_no_edit(view: View) -> None:
    told = erased(view.branch)
    assert told.found == ()
    found = below(view.folder)
    del found[".git"]
    assert found == {"a.md": b"one\n", "c.md": b"c\n"}
    assert view.base() == told.new
    assert not view.edits()
    assert not any(CANARY.encode() in content for content in below(view.folder.parent).values())
    put(view.branch, {"c.md": "later\n"})
    assert view.bring_to(view.branch.snapshot())
    assert (view.folder / "c.md").read_text("utf-8") == "later\n"


def test_a_view_behind_the_tip_is_no_obstacle(view: View) -> None:
    put(view.branch, {"a.md": f"one\n{CANARY}\ntwo\n"})
    assert erased(view.branch).found == ()
    assert (view.folder / "a.md").read_text("utf-8") == "one\ntwo\n"
    assert not view.edits()


def test_an_edit_by_hand_must_be_committed_first(view: View) -> None:
    tip = view.branch.tip()
    (view.folder / "c.md").write_text("mine\n", "utf-8")
    with pytest.raises(Conflict, match="by hand"):
        erased(view.branch)
    assert view.branch.tip() == tip
    assert (view.folder / "c.md").read_text("utf-8") == "mine\n"


def test_what_editors_dropped_is_gone_where_it_tells(view: View) -> None:
    for name in (".trash/x.md", "a.md~", ".obsidian/workspace.json", ".obsidian/app.json"):
        file = view.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("{}" if "app" in name else CANARY, "utf-8")
    assert erased(view.branch).found == ()
    assert ".obsidian/app.json" in below(view.folder)


def test_a_view_whose_memory_is_all_gone_is_taken_away(view: View) -> None:
    put(view.branch, {f"{CANARY}.md": "x"}, delete=["a.md", "c.md", f"d/{CANARY}.md"])

    class Everything(Lines):
        __slots__ = ()

        def content(self, path: str, data: bytes) -> bytes | None:
            return None

        def message(self, commit: Commit, message: str) -> str | None:
            return None

    assert erased(view.branch, Everything()).new == ""
    assert not view.folder.exists()


def test_a_view_that_lost_its_commit_is_laid_out_anew_and_holds_no_edit(view: View) -> None:
    tip = view.branch.tip() or ""
    put(view.branch, {"a.md": "one\n"}, delete=[f"d/{CANARY}.md"])
    admin = view.branch.repository / "worktrees" / view.folder.name
    admin.joinpath("HEAD").write_text("0" * 40, "utf-8")
    assert tip
    assert view.bring_to(view.branch.snapshot())
    assert not view.edits()
    assert not (view.folder / "d").exists()
    assert (view.folder / "a.md").read_text("utf-8") == "one\n"


def test_another_checkout_of_a_person_follows_by_its_head(tmp_path: Path, branch: Branch) -> None:
    old = put(branch, {"a.md": f"{CANARY}\n"})
    git(branch.repository, "worktree", "add", "--detach", "--no-checkout", str(tmp_path / "other"), old)
    told = erased(branch)
    assert told.found == ()
    assert str(pygit2.Repository(str(tmp_path / "other")).head.target) == told.new


def test_the_memories_of_others_are_not_touched(store: Store, branch: Branch) -> None:
    put(branch, {"a.md": f"{CANARY}\n"})
    other = store.created(user_id("bob"))
    put(other, {"a.md": f"{CANARY}\n"})
    before = below(other.repository)
    erased(branch)
    assert below(other.repository) == before


class CutOff(Exception):
    """What a test has an erase end with."""


@pytest.fixture
def cut_off() -> Iterator[Callable[[str], None]]:
    """Have the next erase fail when it reaches a point."""

    def at(name: str) -> None:
        def hook(reached: str) -> None:
            if reached == name:
                raise CutOff

        on_reaching(hook)

    yield at
    on_reaching(None)


@pytest.mark.parametrize(
    ("point", "answer"),
    [("erase.begun", {}), ("erase.decided", {"alex": "kept"}), ("erase.moved", {"alex": "erased"})],
)
def test_the_next_start_tells_how_an_erase_ended(
    store: Store, branch: Branch, cut_off: Callable[[str], None], point: str, answer: dict[str, str]
) -> None:
    old = put(branch, {"a.md": f"{CANARY}\n"})
    cut_off(point)
    with pytest.raises(CutOff):
        erased(branch)
    on_reaching(None)
    assert sweep(store) == answer
    assert (branch.tip() == old) == (answer != {"alex": "erased"})
    assert sweep(store) == {}


def test_an_erase_at_work_is_left_to_who_is_at_it(store: Store, branch: Branch) -> None:
    put(branch, {"a.md": f"{CANARY}\n"})
    with branch.writing():
        journal.write(branch.repository, journal.Journal())
        with ThreadPoolExecutor(1) as other:
            assert other.submit(sweep, store).result() == {}
        journal.close(branch.repository)


def test_a_redaction_cannot_lead_out_of_the_tree(branch: Branch) -> None:
    tip = put(branch, {f"{CANARY}/a.md": "a\n"})

    class Outward(Lines):
        __slots__ = ()

        def path(self, path: str) -> str:
            return "../a.md"

    with pytest.raises(StoreError, match="nothing was erased"):
        erased(branch, Outward())
    assert branch.tip() == tip


def test_files_that_move_to_one_place_are_all_kept(branch: Branch) -> None:
    put(branch, {f"{CANARY}/a": "1\n", "somebody/a": "2\n", f"{CANARY}/b/c": "3\n", "somebody/b": "4\n"})
    told = erased(branch)
    assert told.found == ()
    assert listing(branch) == {
        "somebody/a": b"2\n", "somebody/a_2": b"1\n", "somebody/b": b"4\n", "somebody/b_2/c": b"3\n",
    }  # fmt: skip
    assert is_sound(branch)


def test_references_to_trees_and_files_are_rewritten_too(branch: Branch) -> None:
    tip = put(branch, {"a.md": f"one\n{CANARY}\n", "b.md": "b\n"})
    handle = pygit2.Repository(str(branch.repository))
    blob, plain = branch.snapshot(tip).blob("a.md"), branch.snapshot(tip).blob("b.md")
    assert blob
    assert plain
    for name, target in {"tree": Snapshot(handle, tip).tree, "blob": blob, "plain": plain}.items():
        handle.references.create(f"refs/tags/{name}", target)
    who = pygit2.Signature(CANARY, "x@x", 5, 60)
    handle.create_tag(CANARY, pygit2.Oid(hex=plain), pygit2.enums.ObjectType.BLOB, who, "x\n")
    handle.create_tag("told", pygit2.Oid(hex=blob), pygit2.enums.ObjectType.BLOB, who, "x\n")
    told = erased(branch)
    assert told.found == ()
    handle = pygit2.Repository(str(branch.repository))
    tags = {name.removeprefix("refs/tags/"): handle.references[name].target for name in handle.references}
    assert tags["tree"] == tree_of(handle, told.new).id
    assert str(tags["plain"]) == plain
    assert "blob" not in tags
    assert "told" not in tags
    assert any(name.startswith("erased-") for name in tags)
    assert is_sound(branch)


def test_a_memory_with_a_missing_object_is_not_purged(branch: Branch) -> None:
    put(branch, {"a.md": f"{CANARY}\n"})
    handle = pygit2.Repository(str(branch.repository))
    tree = branch.snapshot().tree
    handle.references.create("refs/heads/user/other", branch.tip() or "")
    lost = handle.create_blob(b"lost")
    (branch.repository / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(StoreError):
        erased(branch)
    assert lost in pygit2.Repository(str(branch.repository))


def test_a_detached_head_of_the_repository_follows(branch: Branch) -> None:
    old = put(branch, {"a.md": f"{CANARY}\n"})
    (branch.repository / "HEAD").write_text(f"{old}\n", "utf-8")
    told = erased(branch)
    assert told.found == ()
    assert (branch.repository / "HEAD").read_text("utf-8").strip() == told.new
