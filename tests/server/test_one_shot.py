"""A verb of the command line that has written has also mirrored, if the mirror answers in time."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from mirrors import bare, tip_of

from diffmem.memory import Memory
from diffmem.server.cli import main
from diffmem.server.one_shot import written
from diffmem.server.settings import Settings
from diffmem.storage.lock import locked

USER = "maya"
TALK = "user: My sister Ana lives in Porto.\n"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "mirror.git")


def where(remote: Path) -> dict[str, str]:
    return {"DIFFMEM_BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": str(remote)}


def test_each_verb_that_writes_pushes_before_it_ends(
    home: Path, remote: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (where(remote) | {"DIFFMEM_HOME": str(home), "DIFFMEM_USER": USER}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home.parent)
    Path("talk.txt").write_text(TALK, "utf-8")
    memory = Memory.open(home)
    for verb in (
        ["onboard", "I paint."],
        ["remember", "talk.txt", "--session-id", "s1"],
        ["undo", "--session", "s1"],
        ["restore", "--session", "s1"],
        ["forget", "--session", "s1", "--how", "archive", "--yes"],
    ):
        code = main(verb)
        assert (code, capsys.readouterr().err) == (0, ""), verb
        assert tip_of(remote, USER) == anyio.run(memory.tip, USER), verb
    main(["bundle", "memory.bundle"])
    other = bare(home.parent / "other.git")
    monkeypatch.setenv("DIFFMEM_BACKUP_URL", str(other))
    code = main(["restore-bundle", "memory.bundle", "--home", str(home.parent / "elsewhere")])

    assert (code, capsys.readouterr().err) == (0, "")
    assert tip_of(other, USER) == tip_of(remote, USER)


def test_a_mirror_that_is_down_is_a_warning_and_no_failure(run: Run, tmp_path: Path) -> None:
    done = run("remember", "-", given=TALK, **where(tmp_path / "nowhere.git"))

    assert done.returncode == 0
    assert " digested\n" in done.stdout
    assert done.stderr.startswith("diffmem: the mirror is behind: ")
    assert done.stderr.endswith("; `diffmem backup` brings it into step\n")
    assert done.stderr.count("\n") == 1


def test_verbs_that_only_read_ask_nothing_of_the_mirror(run: Run, tmp_path: Path) -> None:
    run("remember", "-", given=TALK)
    done = run("recall", "Ana", **where(tmp_path / "nowhere.git"))

    assert (done.returncode, done.stderr) == (0, "")


async def test_a_mirror_that_does_not_answer_is_not_waited_for(
    home: Path, remote: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.load(home=home, user=USER, backup_backend="git", backup_url=str(remote))
    with locked(remote / "diffmem.lock", 1), written("remember", settings, 0.05) as memory:
        await memory.remember(USER, TALK, "s1")

    assert "did not answer within" in capsys.readouterr().err
    assert (await memory.status(USER)).sessions == 1
