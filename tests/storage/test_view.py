import os
import sys

import pytest
from support import put

from diffmem.storage.branch import Branch
from diffmem.storage.merge import merged
from diffmem.storage.store import Store
from diffmem.storage.view import View


@pytest.fixture
def view(store: Store, branch: Branch) -> View:
    put(branch, {"a/b.md": "1\n2\n3\n", "c.md": "c\n"})
    view = View(branch, store.view_folder(branch.user))
    assert view.bring_to(branch.snapshot())
    return view


def names(view: View) -> set[str]:
    return {p.relative_to(view.folder).as_posix() for p in view.folder.rglob("*") if p.is_file()} - {".git"}


def test_a_view_shows_the_commit_it_was_brought_to(view: View) -> None:
    assert names(view) == {"a/b.md", "c.md"}
    put(view.branch, {"d/e.md": "new\n"}, delete=["a/b.md"])
    assert view.bring_to(view.branch.snapshot())
    assert names(view) == {"c.md", "d/e.md"}
    assert not (view.folder / "a").exists()


def test_a_view_behind_the_tip_holds_no_edit(view: View) -> None:
    put(view.branch, {"a/b.md": "other\n"}, delete=["c.md"])
    assert not view.edits()


def test_what_people_write_change_and_delete_is_found(view: View) -> None:
    (view.folder / "My Note.md").write_text("mine", encoding="utf-8")
    (view.folder / "a/b.md").write_text("1\nmine\n3\n", encoding="utf-8")
    (view.folder / "c.md").unlink()
    edits = view.edits()
    assert edits
    assert edits.write == {"My Note.md": b"mine", "a/b.md": b"1\nmine\n3\n"}
    assert edits.delete == {"c.md"}


def test_what_editors_drop_is_no_edit(view: View) -> None:
    (view.folder / ".obsidian").mkdir()
    (view.folder / ".obsidian/workspace.json").write_text("{}", encoding="utf-8")
    (view.folder / "c.md~").write_text("x", encoding="utf-8")
    (view.folder / ".c.md.swp").write_text("x", encoding="utf-8")
    assert not view.edits()


def test_a_file_being_edited_is_never_overwritten(view: View) -> None:
    (view.folder / "c.md").write_text("mine\n", encoding="utf-8")
    put(view.branch, {"c.md": "theirs\n"})
    base = view.base()
    assert not view.bring_to(view.branch.snapshot())
    assert (view.folder / "c.md").read_text(encoding="utf-8") == "mine\n"
    assert view.base() == base


def test_a_view_half_brought_forward_holds_no_edit_against_the_tip(view: View) -> None:
    base = view.branch.snapshot()
    put(view.branch, {"a/b.md": "new\n", "c.md": "new\n"})
    (view.folder / "a/b.md").write_text("new\n", encoding="utf-8")
    edits = view.edits()
    assert edits
    joined = merged(edits, base, view.branch.snapshot())
    assert (joined.write, joined.delete, joined.conflicts) == ({}, frozenset(), ())


def test_edits_join_a_newer_tip_line_by_line(view: View) -> None:
    base = view.branch.snapshot()
    put(view.branch, {"a/b.md": "1\n2\n3\nfour\n", "new.md": "n\n"})
    (view.folder / "a/b.md").write_text("one\n2\n3\n", encoding="utf-8")
    edits = view.edits()
    assert edits
    joined = merged(edits, base, view.branch.snapshot())
    assert joined.write == {"a/b.md": b"one\n2\n3\nfour\n"}
    assert not joined.conflicts


def test_where_both_changed_a_line_both_are_kept_and_it_is_said(view: View) -> None:
    base = view.branch.snapshot()
    put(view.branch, {"a/b.md": "1\ntheirs\n3\n"})
    (view.folder / "a/b.md").write_text("1\nmine\n3\n", encoding="utf-8")
    edits = view.edits()
    assert edits
    joined = merged(edits, base, view.branch.snapshot())
    assert joined.conflicts == ("a/b.md",)
    assert joined.write["a/b.md"].decode().splitlines() == [
        "1", "<<<<<<< memory", "theirs", "=======", "mine", ">>>>>>> edited by hand", "3",
    ]  # fmt: skip


def test_a_file_deleted_by_hand_and_changed_meanwhile_stays(view: View) -> None:
    base = view.branch.snapshot()
    put(view.branch, {"c.md": "changed\n"})
    (view.folder / "c.md").unlink()
    edits = view.edits()
    assert edits
    joined = merged(edits, base, view.branch.snapshot())
    assert joined.write == {"c.md": b"changed\n"}
    assert joined.conflicts == ("c.md",)


def test_a_folder_that_was_never_laid_out_whole_hides_nothing_people_left_in_it(
    store: Store, branch: Branch
) -> None:
    put(branch, {"a.md": "a\n"})
    folder = store.view_folder(branch.user)
    folder.mkdir(parents=True)
    (folder / "theirs.md").write_text("t\n", encoding="utf-8")
    view = View(branch, folder)
    assert view.edits() is None
    assert view.bring_to(branch.snapshot())
    edits = view.edits()
    assert edits
    assert (edits.write, edits.delete) == ({"theirs.md": b"t\n"}, frozenset())


def test_a_removed_view_leaves_nothing_behind(view: View) -> None:
    view.remove()
    assert not view.exists()
    assert list(view.folder.parent.iterdir()) == []
    assert list((view.branch.repository / "worktrees").glob("*")) == []


def test_a_folder_that_was_emptied_deletes_nothing_and_is_laid_out_anew(view: View) -> None:
    for file in view.folder.rglob("*.md"):
        file.unlink()
    (view.folder / "kept.md").write_text("mine", encoding="utf-8")
    assert view.edits() is None
    assert view.bring_to(view.branch.snapshot())
    assert names(view) == {"a/b.md", "c.md", "kept.md"}
    edits = view.edits()
    assert edits
    assert (edits.write, edits.delete) == ({"kept.md": b"mine"}, frozenset())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_git_cannot_hold_stands_in_nobodys_way(view: View) -> None:
    (view.folder / os.fsdecode(b"bad-\xff.md")).write_bytes(b"x")
    (view.folder / "Git~1").mkdir()
    (view.folder / ".hidden.md").write_text("x", encoding="utf-8")
    edits = view.edits()
    assert edits is not None
    assert not edits
