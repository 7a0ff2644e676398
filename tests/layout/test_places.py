"""Where memories and folders for people lie: the home, unless settings name other places for them."""

from pathlib import Path

import pytest

from diffmem.server.cli import main
from diffmem.server.deeds import AUDIT


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    home, storage, worktrees = (tmp_path / name for name in ("home", "storage", "worktrees"))
    monkeypatch.setenv("DIFFMEM_HOME", str(home))
    monkeypatch.setenv("STORAGE_PATH", str(storage))
    monkeypatch.setenv("WORKTREE_ROOT", str(worktrees))
    return home, storage, worktrees


def named(folder: Path) -> set[str]:
    """The first part of each name in a folder and in those it holds."""
    return {path.name.split(".")[0] for path in (*folder.glob("*"), *folder.glob("*/*"))}


def test_memories_and_folders_lie_where_the_settings_say(
    places: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, storage, worktrees = places
    said = tmp_path / "said.txt"
    said.write_text("user: I play the cello.", "utf-8")
    assert main(["remember", str(said), "--user", "ann", "--session-id", "s1"]) == 0
    assert main(["view", "--user", "ann"]) == 0
    capsys.readouterr()

    assert (storage / "users" / "ann.git").is_dir()
    assert (worktrees / "ann" / "index.md").is_file()
    assert not {"ann"} & (named(home) if home.is_dir() else set())
    assert main(["users"]) == 0
    assert capsys.readouterr().out.split() == ["ann"]
    assert main(["doctor", "--all"]) == 0


def test_whoever_is_erased_is_gone_from_each_of_these_places(
    places: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = tmp_path / "said.txt"
    said.write_text("user: I play the cello.", "utf-8")
    for user in ("ann", "ben"):
        assert main(["remember", str(said), "--user", user, "--session-id", "s1"]) == 0
        assert main(["view", "--user", user]) == 0
    assert main(["forget", "--how", "erase", "--everything", "--user", "ann", "--yes"]) == 0
    capsys.readouterr()

    log = places[0] / AUDIT
    assert [path for place in places for path in place.rglob(AUDIT)] == [log]
    assert "ann" not in log.read_text("utf-8")
    left = set[str]().union(*(named(place) for place in places if place.is_dir()))
    assert "ann" not in left
    assert "ben" in left
    assert not [path for place in places for path in place.rglob(".gone-*")]
    assert (places[2] / "ben" / "index.md").is_file()


def test_a_place_that_is_a_file_is_refused(
    places: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    places[1].write_text("not a folder", "utf-8")

    assert main(["users"]) == 2
    assert "STORAGE_PATH" in capsys.readouterr().err


def test_what_somebody_else_put_beside_the_folders_outlives_an_erase(
    places: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    worktrees = places[2]
    worktrees.mkdir()
    worktrees.joinpath("ann.md").write_text("no word of the memory", "utf-8")
    said = tmp_path / "said.txt"
    said.write_text("user: I play the cello.", "utf-8")
    assert main(["remember", str(said), "--user", "ann", "--session-id", "s1"]) == 0
    assert main(["view", "--user", "ann"]) == 0
    assert main(["forget", "--how", "erase", "--everything", "--user", "ann", "--yes"]) == 0

    assert [path.name for path in worktrees.iterdir()] == ["ann.md"]


@pytest.mark.parametrize("shown", [".", "storage", "storage/users/shown"])
def test_files_are_not_laid_out_around_or_among_the_memories(
    places: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shown: str,
) -> None:
    monkeypatch.setenv("WORKTREE_ROOT", str(tmp_path / shown))

    assert main(["users"]) == 2
    assert "WORKTREE_ROOT" in capsys.readouterr().err


def test_a_new_place_puts_no_memory_in_the_home_out_of_sight(
    places: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = tmp_path / "said.txt"
    said.write_text("user: I play the cello.", "utf-8")
    monkeypatch.delenv("STORAGE_PATH")
    assert main(["remember", str(said), "--user", "ann", "--session-id", "s1"]) == 0
    monkeypatch.setenv("STORAGE_PATH", str(places[1]))

    assert main(["users"]) == 2
    assert "out of sight" in capsys.readouterr().err
