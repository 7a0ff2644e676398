"""A memory in a file and at a mirror, where either is not as it should be."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

TALK = "user: My sister Ana lives in Porto."


@pytest.fixture
def told(run: Run) -> Run:
    """The command line over a memory of one conversation."""
    run("remember", "-", "--session-id", "s1", given=TALK)
    return run


def test_a_bundle_takes_no_other_files_place_unless_it_is_forced(told: Run, tmp_path: Path) -> None:
    file = tmp_path / "memory.bundle"
    file.write_text("somebody's file")
    refused = told("bundle", str(file))
    kept = file.read_text()
    forced = told("bundle", str(file), "--force")

    assert (refused.returncode, kept) == (1, "somebody's file")
    assert refused.stderr == f"diffmem: {file} is there already; --force replaces it\n"
    assert forced.returncode == 0
    assert file.read_bytes().startswith(b"# v2 git bundle\n")
    assert list(tmp_path.glob("*.part*")) + list(tmp_path.glob(".*.part*")) == []


@pytest.mark.parametrize(
    ("name", "why"), [("no/such/folder/x.bundle", "there is no folder"), (".", "is a folder; give the name")]
)
def test_where_no_file_can_be_written_no_bundle_is(told: Run, tmp_path: Path, name: str, why: str) -> None:
    done = told("bundle", str(tmp_path / name), "--force")

    assert (done.returncode, why in done.stderr, done.stderr.count("\n")) == (1, True, 1)


def test_a_bundle_that_cannot_be_written_leaves_the_older_one(told: Run, tmp_path: Path) -> None:
    file = tmp_path / "memory.bundle"
    told("bundle", str(file))
    older = file.read_bytes()
    done = told("bundle", str(file), "--force", "--user", "nobody")

    assert (done.returncode, file.read_bytes()) == (1, older)
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing.bundle", "is not there; give a file that `diffmem bundle` has written"),
        (".", "is a folder; give a file that `diffmem bundle` has written"),
    ],
)
def test_a_bundle_that_is_not_there_is_told_in_our_words(
    run: Run, tmp_path: Path, name: str, why: str
) -> None:
    done = run("restore-bundle", name)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert why in done.stderr
    assert "stderr" not in done.stderr


@pytest.mark.parametrize("made", [False, True], ids=["no folder", "a plain folder"])
@pytest.mark.parametrize("home", ["home", "empty"])
def test_a_mirror_that_is_not_there_is_told_in_our_words(
    told: Run, tmp_path: Path, home: str, made: bool
) -> None:
    mirror = tmp_path / "mirror.git"
    if made:
        mirror.mkdir()
    where = {"DIFFMEM_BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": str(mirror)}
    done = told("backup", "--home", str(tmp_path / home), **where)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "there is no git repository at its address" in done.stderr
    assert "make one there with `git init --bare`" in done.stderr
    assert "fatal" not in done.stderr


def test_a_mirror_whose_host_does_not_answer_is_told_in_our_words(told: Run) -> None:
    # Nothing listens there: the port is for nobody but the system.
    where = {"DIFFMEM_BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": "http://127.0.0.1:1/mirror.git"}
    done = told("backup", **where)

    assert (done.returncode, "fatal" in done.stderr) == (1, False)
    assert "its host does not answer; see whether the address is right" in done.stderr


def test_the_file_of_a_bundle_is_told_as_json(told: Run, tmp_path: Path) -> None:
    answer = json.loads(told("bundle", "memory.bundle", "--json").stdout)

    assert (answer["user"], answer["file"]) == ("maya", str(tmp_path / "memory.bundle"))
    assert answer["commit"] == json.loads(told("list", "--json").stdout)["commit"]
