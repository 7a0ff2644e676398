"""Changes that nobody at a door made: erases that a crash cut off, and what comes from the mirror."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from mirrors import bare

from diffmem.memory import Memory
from diffmem.server.auth.audit import ERASED
from diffmem.server.deeds import AUDIT, Deeds
from diffmem.server.mcp_server import create_door

Run = Callable[..., "subprocess.CompletedProcess[str]"]
USER = "maya"
TALK = "user: My sister Ana lives in Porto."


def noted(home: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (home / AUDIT).read_text("utf-8").splitlines()]


async def started(memory: Memory, home: Path) -> None:
    """Have done what a server does when it starts."""
    from mcp import Client

    Deeds.of_home(memory, home)
    async with Client(create_door(memory, USER).server) as client:
        await client.list_tools()


def erased_half(run: Run, point: str, *what: str) -> None:
    """An erase that is killed at a point."""
    run("remember", "-", "--session-id", "s1", given=TALK)
    done = run("forget", *what, "--how", "erase", "--yes", DIFFMEM_FAILPOINT=f"{point}:1:kill")
    assert done.returncode < 0


@pytest.mark.parametrize("point", ["departure.renamed", "departure.removed"])
async def test_the_end_of_a_users_erase_is_noted_and_their_name_is_gone(
    run: Run, home: Path, point: str
) -> None:
    erased_half(run, point, "--everything")
    before = len(noted(home))
    memory = Memory.open(home, durability="relaxed")
    await started(memory, home)

    lines = noted(home)
    assert len(lines) == before + 1
    assert {line["user"] for line in lines} == {ERASED}
    assert (lines[-1]["who"], lines[-1]["verb"]) == ("server", "resume")


@pytest.mark.parametrize("point", ["erase.moved", "purge.loose"])
async def test_the_end_of_an_erase_is_noted_with_its_commit(run: Run, home: Path, point: str) -> None:
    erased_half(run, point, "--session", "s1")
    before = len(noted(home))
    memory = Memory.open(home, durability="relaxed")
    dropped: list[str] = []
    memory.desk.rewritings.append(lambda: dropped.append("what was kept"))
    await started(memory, home)

    assert dropped
    (line,) = noted(home)[before:]
    assert (line["who"], line["verb"], line["commit"]) == ("server", "resume", await memory.tip(USER))


def test_what_comes_from_the_mirror_is_noted_once(run: Run, home: Path, tmp_path: Path) -> None:
    where = {"DIFFMEM_BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": str(bare(tmp_path / "mirror.git"))}
    run("remember", "-", "--session-id", "s1", given=TALK)
    run("backup", **where)
    other = tmp_path / "other"
    run("backup", "--home", str(other), **where)
    run("remember", "-", "--session-id", "s2", "--home", str(other), given="user: Ana has a dog.", **where)
    pushed = len(noted(home))
    fetched = run("backup", **where)
    tip = json.loads(run("list", "--json").stdout)["commit"]

    assert fetched.stdout == f"{USER}: fetched\n"
    came = noted(other)[0]
    assert (came["who"], came["verb"]) == ("server", "backup")
    assert [(line["who"], line["verb"], line["commit"]) for line in noted(home)[pushed:]] == [
        ("server", "backup", tip)
    ]


def test_what_a_start_fills_an_empty_home_with_is_noted(run: Run, home: Path, tmp_path: Path) -> None:
    where = {"DIFFMEM_BACKUP_BACKEND": "git", "DIFFMEM_BACKUP_URL": str(bare(tmp_path / "mirror.git"))}
    run("remember", "-", "--session-id", "s1", given=TALK)
    run("backup", **where)
    run("mcp", "--home", str(tmp_path / "other"), given="", **where)
    tip = json.loads(run("list", "--json").stdout)["commit"]

    assert [(line["who"], line["verb"], line["commit"]) for line in noted(tmp_path / "other")] == [
        ("server", "backup", tip)
    ]
