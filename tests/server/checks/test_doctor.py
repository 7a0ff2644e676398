"""The doctor on real homes: what it sees, what it mends, and that it then has nothing left to mend."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from mirrors import bare, tip_of

from diffmem.memory import Memory
from diffmem.server import build
from diffmem.server.checks.check import Case, Result, State
from diffmem.server.checks.table import CHECKS, MEMORY_CHECKS
from diffmem.server.cli import main
from diffmem.server.doctor import Checkup, checkup
from diffmem.server.settings import Settings
from diffmem.storage import disk, litter
from diffmem.storage.names import user_id

USER = "maya"
TALK = "user: My sister Ana lives in Porto. I like green tea.\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="files have no such permissions there")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings.load(home=tmp_path / "home", user=USER, timezone="UTC")


@pytest.fixture
async def memory(settings: Settings) -> Memory:
    made = build.memory(settings)
    await made.remember(USER, TALK, "s1", "2024-03-01")
    return made


def case_of(memory: Memory, settings: Settings, *, online: bool = False) -> Case:
    return Case(settings, memory, tuple(memory.desk.store.users()), online)


async def looked(memory: Memory, settings: Settings, *, fix: bool = False, online: bool = False) -> Checkup:
    """A checkup, in a thread as the command line has it: it runs loops of its own."""
    from anyio import to_thread

    return await to_thread.run_sync(lambda: checkup(case_of(memory, settings, online=online), fix=fix))


def odd(done: Checkup) -> list[tuple[str, State]]:
    return [(one.name, one.state) for one in done.results if one.state is not State.OK]


def named(done: Checkup, name: str) -> list[Result]:
    return [one for one in done.results if one.name == name]


def aged(path: Path) -> None:
    long_ago = time.time() - 2 * litter.OLD_SECONDS
    os.utime(path, (long_ago, long_ago))


async def test_a_sound_home_is_well_and_every_check_has_a_say(memory: Memory, settings: Settings) -> None:
    done = await looked(memory, settings)

    assert odd(done) == []
    assert done.well
    assert len({one.name for one in done.results}) >= len(CHECKS) + len(MEMORY_CHECKS) - 2
    assert not await memory.pending(USER)


async def test_a_home_that_is_not_there_yet_is_well(settings: Settings) -> None:
    assert odd(await looked(build.memory(settings), settings)) == []
    assert not settings.home.exists()


async def mended(memory: Memory, settings: Settings, name: str) -> None:
    """What is odd is mended, and a second time there is nothing to mend."""
    before = await memory.list(USER)
    assert odd(await looked(memory, settings)) == [(name, State.WARN)]
    first = await looked(memory, settings, fix=True)
    second = await looked(memory, settings, fix=True)

    assert [(one.name, one.done) for one in first.mended] == [(name, True)]
    assert odd(first) == odd(second) == []
    assert second.mended == []
    assert {one.path for one in before.files} <= {one.path for one in (await memory.list(USER)).files}


async def test_locks_of_the_dead_are_taken_away_and_young_ones_are_not(
    memory: Memory, settings: Settings
) -> None:
    repository = memory.desk.store.branch(user_id(USER)).repository
    old = [repository / "packed-refs.lock", repository / "config.lock", repository / "objects" / "tmp_obj_x"]
    young = repository / "objects" / "pack" / "young.lock"
    for path in (*old, young):
        path.write_bytes(b"")
    for path in old:
        aged(path)
    await mended(memory, settings, "writer")

    assert [path.exists() for path in (*old, young)] == [False, False, False, True]


async def test_a_view_that_was_torn_is_laid_out_anew_with_what_a_person_wrote(
    memory: Memory, settings: Settings
) -> None:
    folder = await memory.view(USER)
    (folder / ".git").unlink()
    (folder / "mine.md").write_text("# Mine\n\nwritten by hand\n", "utf-8")
    await looked(memory, settings, fix=True)
    done = await looked(memory, settings, fix=True)

    assert (named(done, "view")[0].state, done.mended) == (State.OK, [])
    assert "written by hand" in (folder / "mine.md").read_text("utf-8")
    assert "written by hand" in (await memory.read(USER, "mine.md")).text


async def test_what_a_person_changed_is_taken_in(memory: Memory, settings: Settings) -> None:
    folder = await memory.view(USER)
    page = folder / "maya.md"
    page.write_text(f"{page.read_text('utf-8')}\n## Notes\n\nby hand\n", "utf-8")
    await mended(memory, settings, "view")

    assert "by hand" in (await memory.read(USER, "maya.md")).text


async def test_what_waits_is_filed(memory: Memory, settings: Settings) -> None:
    await memory.remember(USER, "user: I met Bob in Lagos.", "s2", "2024-03-02", wait=False)
    waiting = await looked(memory, settings)
    await mended(memory, settings, "pending")

    assert "since 20" in named(waiting, "pending")[0].told
    assert not await memory.pending(USER)


async def test_what_waits_for_its_caller_goes_on_waiting(memory: Memory, settings: Settings) -> None:
    await memory.stage(USER, "user: I met Bob in Lagos.", "s2", "2024-03-02")
    done = await looked(memory, settings, fix=True)

    assert done.mended == []
    assert odd(done) == []
    assert await memory.pending(USER) == ["s2"]


async def test_an_index_that_lost_lines_and_has_others_too_many_is_made_anew(
    memory: Memory, settings: Settings
) -> None:
    from support import put

    branch = memory.desk.store.branch(user_id(USER))
    shards = [file.path for file in branch.snapshot().files("index")]
    put(branch, dict.fromkeys(shards, "- [[maya.md|Somebody]] (person) - 3 edits\n"), Pending="0")
    await mended(memory, settings, "index")

    lines = "".join(branch.snapshot().text(path) for path in shards).splitlines()
    assert sum("maya.md" in line for line in lines) == 1
    assert sum("ana" in line for line in lines) == 1


async def test_an_erase_that_was_cut_off_is_ended(memory: Memory, settings: Settings) -> None:
    from diffmem.storage import journal

    notes = memory.desk.store.branch(user_id(USER)).notes
    journal.write(notes, journal.Journal())
    await mended(memory, settings, "erase")

    assert not journal.is_open(notes)


async def test_repositories_that_never_were_are_swept(memory: Memory, settings: Settings) -> None:
    new = settings.home / "users" / ".new-abc"
    new.mkdir()
    aged(new)
    await mended(memory, settings, "leftovers")

    assert not new.exists()


@posix
async def test_tokens_and_repositories_that_others_can_read_are_left_to_their_owner(
    memory: Memory, settings: Settings
) -> None:
    tokens = settings.home / "tokens"
    tokens.mkdir()
    (tokens / "a.json").write_text("{}", "utf-8")
    tokens.chmod(0o755)
    (tokens / "a.json").chmod(0o644)
    await mended(memory, settings, "permissions")

    assert [path.stat().st_mode & 0o777 for path in (tokens, tokens / "a.json")] == [0o700, 0o600]


@posix
async def test_secrets_in_a_settings_file_are_left_to_its_owner(memory: Memory, settings: Settings) -> None:
    file = settings.home.with_name(".env")
    file.write_text("DIFFMEM_API_KEY=secret\n", "utf-8")
    file.chmod(0o644)
    await mended(memory, settings, "settings")

    assert file.stat().st_mode & 0o077 == 0


async def test_a_lost_object_is_a_failure_and_other_memories_are_still_looked_at(
    memory: Memory, settings: Settings
) -> None:
    await memory.remember("zoe", TALK, "s1", "2024-03-01")
    branch = memory.desk.store.branch(user_id(USER))
    blob = branch.snapshot().blob("repo_guide.md")
    assert blob is not None
    for path in branch.repository.joinpath("objects").rglob("*"):
        if path.is_file() and path.parent.name + path.name == blob:
            path.chmod(0o600)
            path.unlink()
    done = await looked(memory, settings)

    assert not done.well
    assert {one.user for one in done.results if one.state is State.FAIL} == {USER}
    assert any(one.user == "zoe" and one.name == "repository" for one in done.results)


async def test_who_writes_is_told(memory: Memory, settings: Settings) -> None:
    branch = memory.desk.store.branch(user_id(USER))
    with branch.writing():
        done = await looked(memory, settings)

    holder = f"process {os.getpid()}" if sys.platform == "linux" else "another process"
    assert named(done, "writer")[0].told == f"{holder} is writing to it right now"


async def test_the_mirror_is_asked_and_what_it_lacks_is_told(
    memory: Memory, settings: Settings, tmp_path: Path
) -> None:
    remote = bare(tmp_path / "mirror.git")
    mirrored = Settings.load(home=settings.home, user=USER, backup_backend="git", backup_url=str(remote))
    again = build.memory(mirrored)
    behind = await looked(again, mirrored)
    assert again.mirror is not None
    again.mirror.push(again.desk.store.branch(user_id(USER)))
    level = await looked(again, mirrored)
    remote.rename(tmp_path / "away.git")
    gone = await looked(again, mirrored)

    assert odd(behind) == [("backup", State.WARN)]
    assert "lacks" in named(behind, "backup")[0].told
    assert odd(level) == []
    assert odd(gone) == [("mirror", State.FAIL)]


async def test_what_other_machines_wrote_at_the_mirror_is_told_with_both_sides(
    memory: Memory, settings: Settings, tmp_path: Path
) -> None:
    remote = bare(tmp_path / "mirror.git")
    given = {"user": USER, "backup_backend": "git", "backup_url": str(remote)}
    here = Settings.load(home=settings.home, **given)
    there = Settings.load(home=tmp_path / "other", **given)
    one, other = build.memory(here), build.memory(there)
    for each in (one, other):
        await each.remember(USER, TALK, f"at-{id(each)}", "2024-03-02")
    assert other.mirror is not None
    other.mirror.push(other.desk.store.branch(user_id(USER)))
    done = await looked(one, here)

    told = named(done, "mirror")[-1]
    assert (told.state, told.told) == (State.WARN, "other machines wrote there")
    assert tip_of(remote, USER)[:12] in told.details[1]


async def test_a_model_that_does_not_answer_is_told_only_if_it_may_be_asked(
    memory: Memory, settings: Settings
) -> None:
    named_one = settings.model_copy(update={"model": "m", "model_url": "http://127.0.0.1:9/v1"})
    quiet = await looked(memory, named_one)
    asked = await looked(memory, named_one, online=True)

    assert odd(quiet) == []
    assert odd(asked) == [("model", State.FAIL)]


def test_a_lock_here_keeps_a_second_one_out(tmp_path: Path) -> None:
    assert disk.locks_hold(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it in this way")
def test_the_kind_of_a_file_system_is_known() -> None:
    assert disk.file_system(Path("/proc")) == "proc"
    assert disk.file_system(Path("/dev/shm/not/there")) in {"tmpfs", "devtmpfs", "overlay"}


def test_the_command_line_mends_answers_a_code_and_notes_the_commit(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIFFMEM_HOME", str(settings.home))
    monkeypatch.setenv("DIFFMEM_USER", USER)
    settings.home.with_name("talk.txt").write_text(TALK, "utf-8")
    main(["remember", "talk.txt", "--session-id", "s1"])
    settings.home.joinpath("audit.jsonl").unlink()
    capsys.readouterr()
    main(["view"])
    Path(capsys.readouterr().out.strip(), "maya.md").write_text("# Maya\n\nby hand\n", "utf-8")
    code, told = main(["doctor", "--json"]), json.loads(capsys.readouterr().out)
    main(["doctor", "--fix", "--all"])
    fixed = capsys.readouterr().out
    main(["doctor", "--fix"])

    assert (code, told["well"]) == (0, True)
    assert [one["name"] for one in told["results"] if one["fixable"]] == ["view"]
    assert fixed.startswith("fixed  view  laid out in ")
    assert "fixed" not in capsys.readouterr().out
    log = settings.home.joinpath("audit.jsonl").read_text("utf-8")
    noted = [json.loads(line) for line in log.splitlines()]
    assert {(one["who"], one["verb"]) for one in noted} == {("local", "doctor")}
    assert len({one["commit"] for one in noted}) == len(noted) == 2


def test_a_failure_is_code_1(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIFFMEM_HOME", str(settings.home))
    monkeypatch.setenv("DIFFMEM_BACKUP_BACKEND", "git")
    monkeypatch.setenv("DIFFMEM_BACKUP_URL", str(settings.home.with_name("nowhere.git")))
    settings.home.with_name("talk.txt").write_text(TALK, "utf-8")
    main(["remember", "talk.txt"])

    assert main(["doctor"]) == 1
    assert "\nfail  mirror " in capsys.readouterr().out


async def test_a_branch_that_no_longer_names_a_commit_is_told_and_brought_back(
    memory: Memory, settings: Settings
) -> None:
    before = await memory.tip(USER)
    branch = memory.desk.store.branch(user_id(USER))
    branch.repository.joinpath(branch.ref).write_bytes(b"")
    await looked(memory, settings, fix=True)
    done = await looked(memory, settings)

    assert odd(done) == [("recovery", State.WARN)]
    assert "fell back" in named(done, "recovery")[0].told
    assert await memory.tip(USER) == before


async def test_a_memory_that_is_out_of_use_is_a_failure(memory: Memory, settings: Settings) -> None:
    branch = memory.desk.store.branch(user_id(USER))
    for path in branch.repository.joinpath("objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.unlink()
    done = await looked(memory, settings, fix=True)

    assert not done.well
    assert ("recovery", State.FAIL) in odd(done)
    assert [one.done for one in done.mended if one.name == "recovery"] == [False]
