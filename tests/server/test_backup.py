"""The mirror behind the answers: what is pushed, brought back, erased and told, with real repositories."""

import logging
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from mirrors import bare, holds_anywhere, served, tip_of
from rest_server import USER, asking, serving

from diffmem.errors import MirrorFailed
from diffmem.memory import Memory
from diffmem.server import build
from diffmem.server.app import served as app_of
from diffmem.server.backup import backed_up, backup
from diffmem.server.settings import BadSettings, Settings

Run = Callable[..., "subprocess.CompletedProcess[str]"]
LONG = 60.0
LEEDS = "user: I live in Leeds.\n"
SECRET = "user: My password is swordfish-4711.\n"


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "mirror.git")


def settings_of(home: Path, remote: Path | str) -> Settings:
    return Settings.load(
        home=home, user=USER, backup_backend="git", backup_url=str(remote), durability="relaxed"
    )


def machine(home: Path, remote: Path | str) -> tuple[Memory, Settings]:
    settings = settings_of(home, remote)
    return build.memory(settings), settings


def taken_away(remote: Path) -> Path:
    """Have the mirror be where nobody finds it."""
    return remote.rename(remote.with_name("away.git"))


def brought_back(away: Path, remote: Path) -> None:
    away.rename(remote)


async def test_a_commit_is_at_the_mirror_without_anybody_asking(home: Path, remote: Path) -> None:
    memory, settings = machine(home, remote)
    with backed_up(memory, settings, LONG):
        await memory.remember(USER, LEEDS, "s1", "2024-03-01")

    assert tip_of(remote, USER) == await memory.tip(USER)


async def test_what_was_committed_while_nothing_was_served_is_caught_up_with(
    home: Path, remote: Path
) -> None:
    memory, settings = machine(home, remote)
    await memory.remember(USER, LEEDS, "s1", "2024-03-01")
    assert tip_of(remote, USER) == ""

    made = backup(memory, settings)
    assert made is not None
    assert await made.sync() == {USER: "in step"}
    assert tip_of(remote, USER) == await memory.tip(USER)


async def test_the_rest_door_mirrors_everything_now(home: Path, remote: Path) -> None:
    memory, settings = machine(home, remote)
    await memory.remember(USER, LEEDS, "s1", "2024-03-01")
    made = backup(memory, settings)
    assert made is not None
    app = app_of(memory, settings, backup=settings.backup, sync=made.sync).app
    async with asking(app) as client:
        answer = await client.post("/server/sync")
        health = await client.get("/health")

    assert answer.status_code == 200, answer.text
    assert answer.json()["configured"] is True
    assert answer.json()["users"] == {USER: "in step"}
    assert health.json()["backup_backend"] == "git"
    assert tip_of(remote, USER) == await memory.tip(USER)


async def test_a_home_that_lost_everything_is_filled_before_it_is_served(
    home: Path, tmp_path: Path, remote: Path
) -> None:
    memory, settings = machine(home, remote)
    with backed_up(memory, settings, LONG):
        await memory.remember(USER, LEEDS, "s1", "2024-03-01")

    again, settings = machine(tmp_path / "new", remote)
    with backed_up(again, settings, LONG):
        assert await again.tip(USER) == await memory.tip(USER)
        assert "Leeds" in str(await again.recall(USER, "Where do I live?"))


async def test_what_another_machine_wrote_comes_in_and_is_told(
    home: Path, tmp_path: Path, remote: Path
) -> None:
    one, settings = machine(home, remote)
    with backed_up(one, settings, LONG):
        await one.remember(USER, LEEDS, "s1", "2024-03-01")
    other, others = machine(tmp_path / "other", remote)
    with backed_up(other, others, LONG):
        await other.remember(USER, "user: I met Anna.\n", "s2", "2024-03-02")
    told: list[tuple[str, str]] = []
    one.watch(lambda user, commit: told.append((user, commit)))
    await one.remember(USER, "user: I met Bob.\n", "s3", "2024-03-03")
    made = backup(one, settings)
    assert made is not None
    await made.sync()

    assert told[-1] == (USER, tip_of(remote, USER))
    present = (await one.read(USER, "index.md")).text
    assert "Anna" in present
    assert "Bob" in present


async def test_a_mirror_that_is_down_stops_nobody_and_is_named_by_key_alone(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    user = "Żółw Secret"
    memory, settings = machine(home, tmp_path / "nowhere.git")
    await memory.remember(user, LEEDS, "s1", "2024-03-01")
    with caplog.at_level(logging.WARNING), backed_up(memory, settings, LONG):
        receipt = await memory.remember(user, SECRET, "s2", "2024-03-02")

    assert receipt.state == "digested"
    assert "the mirror is behind" in caplog.text
    assert "Secret" not in caplog.text.replace("_20_53ecret", "")
    assert "swordfish" not in caplog.text


async def test_a_push_that_failed_is_made_good_by_the_next_round(home: Path, tmp_path: Path) -> None:
    memory, settings = machine(home, tmp_path / "mirror.git")
    await memory.remember(USER, LEEDS, "s1", "2024-03-01")
    made = backup(memory, settings)
    assert made is not None
    with pytest.raises(MirrorFailed):
        await made.sync()
    bare(tmp_path / "mirror.git")
    assert await made.sync() == {USER: "in step"}
    assert tip_of(tmp_path / "mirror.git", USER) == await memory.tip(USER)


async def test_an_empty_home_does_not_begin_anew_beside_a_mirror_that_is_down(
    home: Path, tmp_path: Path
) -> None:
    memory, settings = machine(home, tmp_path / "nowhere.git")
    with pytest.raises(MirrorFailed), backed_up(memory, settings, LONG):
        pass


async def test_an_erase_is_in_no_byte_of_the_mirror_either(home: Path, remote: Path) -> None:
    memory, settings = machine(home, remote)
    with backed_up(memory, settings, LONG):
        await memory.remember(USER, LEEDS, "s1", "2024-03-01")
        await memory.remember(USER, SECRET, "s2", "2024-03-02")
        done = await memory.forget(USER, how="erase", words="swordfish-4711")

    assert done.removed
    assert (done.found, done.held) == ((), ())
    assert not holds_anywhere(remote, "swordfish")
    assert tip_of(remote, USER) == done.commit == await memory.tip(USER)


async def test_an_erase_at_a_mirror_elsewhere_lists_what_its_host_may_hold(home: Path, remote: Path) -> None:
    with served(remote) as url:
        memory, settings = machine(home, url)
        await memory.remember(USER, SECRET, "s1", "2024-03-01")
        made = backup(memory, settings)
        assert made is not None
        await made.sync()
        done = await memory.forget(USER, how="erase", words="swordfish-4711")

    assert done.held
    assert set(done.held) <= set(done.removed)
    assert tip_of(remote, USER) == done.commit


async def test_an_erase_here_is_done_while_the_mirror_is_down_and_travels_later(
    home: Path, remote: Path
) -> None:
    memory, settings = machine(home, remote)
    await memory.remember(USER, SECRET, "s1", "2024-03-01")
    made = backup(memory, settings)
    assert made is not None
    await made.sync()
    away = taken_away(remote)
    done = await memory.forget(USER, how="erase", words="swordfish-4711")
    assert done.removed
    assert done.held == done.removed
    assert not holds_anywhere(home, "swordfish")

    brought_back(away, remote)
    assert await made.sync() == {USER: "in step"}
    assert not holds_anywhere(remote, "swordfish")


async def test_a_whole_user_goes_at_the_mirror_first_or_stays(home: Path, remote: Path) -> None:
    memory, settings = machine(home, remote)
    await memory.remember(USER, SECRET, "s1", "2024-03-01")
    made = backup(memory, settings)
    assert made is not None
    await made.sync()
    away = taken_away(remote)
    with pytest.raises(MirrorFailed):
        await memory.forget(USER, how="erase", everything=True)
    assert list(await memory.users()) == [USER]

    brought_back(away, remote)
    done = await memory.forget(USER, how="erase", everything=True)
    assert (done.found, done.held) == ((), ())
    assert not holds_anywhere(remote, "swordfish")
    assert await made.sync() == {}
    assert tip_of(remote, USER) == ""


def test_a_server_that_is_told_to_stop_has_pushed_what_it_acknowledged(home: Path, remote: Path) -> None:
    import httpx2

    with serving(home, DIFFMEM_BACKUP_BACKEND="git", DIFFMEM_BACKUP_URL=str(remote)) as address:
        body = {"content": LEEDS, "session_id": "s1"}
        answer = httpx2.post(f"{address}/memory/{USER}/remember", json=body, timeout=LONG)
        assert answer.status_code == 200, answer.text

    assert holds_anywhere(remote, "Leeds")


def test_the_command_line_backs_up_and_tells_what_happened(run: Run, remote: Path) -> None:
    where = {"DIFFMEM_BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": str(remote)}
    assert run("remember", "-", given=LEEDS).returncode == 0
    first, second = run("backup", **where), run("backup", **where)
    third = run("backup", "--home", str(remote.with_name("other")), **where)

    assert (first.returncode, first.stdout) == (0, f"{USER}: pushed\n"), first.stderr
    assert (second.returncode, second.stdout) == (0, f"{USER}: in step\n")
    assert third.stdout == f"{USER}: brought back from the mirror\n"


def test_the_command_line_says_how_to_name_a_mirror(run: Run) -> None:
    done = run("backup")
    assert done.returncode == 2
    assert "DIFFMEM_BACKUP_BACKEND" in done.stderr


def test_a_memory_goes_into_a_file_and_comes_back_elsewhere(run: Run, tmp_path: Path) -> None:
    run("remember", "-", given=LEEDS)
    other = str(tmp_path / "other")

    assert run("bundle", "memory.bundle").returncode == 0
    assert run("restore-bundle", "memory.bundle", "--home", other).returncode == 0
    assert "Leeds" in run("recall", "Where do I live?", "--home", other).stdout


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"BACKUP_BACKEND": "s3"}, "DIFFMEM_BACKUP_BACKEND"),
        ({"BACKUP_BACKEND": "git"}, "DIFFMEM_BACKUP_URL: the backend git needs"),
        ({"BACKUP_BACKEND": "github", "GITHUB_TOKEN": "x"}, "GITHUB_REPO_URL: the backend github needs"),
        ({"BACKUP_BACKEND": "github", "GITHUB_REPO_URL": "a/b"}, "GITHUB_TOKEN: github needs a token"),
        ({"GITHUB_REPO_URL": "a/b"}, "GITHUB_TOKEN: github needs a token"),
        ({"GITHUB_REPO_URL": "https://me:pw@github.com/a/b"}, "DIFFMEM_GITHUB_REPO_URL"),
        ({"DIFFMEM_BACKUP_URL": "/tmp/mirror.git"}, "DIFFMEM_BACKUP_BACKEND: DIFFMEM_BACKUP_URL is set"),
        ({"BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": "ext::sh -c id"}, "DIFFMEM_BACKUP_URL"),
        ({"BACKUP_INTERVAL_MINUTES": "0"}, "DIFFMEM_BACKUP_INTERVAL_MINUTES"),
        ({"GITHUB_TOKEN": "two words"}, "DIFFMEM_GITHUB_TOKEN"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_that_make_no_mirror_name_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: Mapping[str, str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        Settings.load()
    assert str(refused.value).startswith(told)
    assert "pw" not in str(refused.value)


def test_a_repository_and_a_token_switch_github_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.load().backup == "none"
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_secret")
    assert Settings.load().backup == "none"
    monkeypatch.setenv("GITHUB_REPO_URL", "alex/memories")
    settings = Settings.load()
    assert (settings.backup, settings.github_repo_url) == ("github", "https://github.com/alex/memories.git")
    assert "ghp_secret" not in repr(settings)
    monkeypatch.setenv("BACKUP_BACKEND", "none")
    assert Settings.load().backup == "none"
