from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from asking import answer, refusal
from mcp import Client
from mcp.server import MCPServer

from diffmem.memory import Memory
from diffmem.server.jobs import build
from diffmem.server.mcp_server import create_door
from diffmem.server.settings import Settings
from diffmem.storage.lock import locked

USER = "maya"
TALK = "user: My sister Kasia moved to Oslo. Kasia likes Oslo.\nuser: Tomasz lives in Oslo."


def writing_elsewhere(home: Path) -> Path:
    """The lock that a process holds while it writes for our user."""
    return home / "locks" / f"{USER}.lock"


def impatient(memory: Memory) -> MCPServer[None]:
    """A server whose tools do not wait for their work."""
    return create_door(memory, USER, answer=0).server


@asynccontextmanager
async def queued(home: Path, memory: Memory) -> AsyncGenerator[MCPServer[None]]:
    """The same with a queue of jobs."""
    jobs = build.jobs(Settings(home=home, durability="relaxed"), memory)
    await jobs.start()
    yield create_door(memory, USER, jobs=jobs, answer=0).server
    await jobs.drain(30)


async def test_tidying_that_takes_long_is_asked_after_by_its_job(
    memory: Memory, home: Path, mode: str
) -> None:
    await memory.remember(USER, TALK, "s1")
    async with Client(impatient(memory), mode=mode) as client:
        with locked(writing_elsewhere(home), 1):
            begun = await answer(client, "consolidate", tools="link")
        done = await answer(client, "job", id=begun["job"])

    assert (begun["results"], begun["dry_run"]) == ([], False)
    assert "ask `job`" in begun["note"]
    assert (done["job"], done["verb"], done["status"]) == (begun["job"], "consolidate", "completed")
    assert done["result"]["results"][0]["tool"] == "link"
    assert len(done["result"]["results"][0]["commit"]) == 40


async def test_an_erase_that_takes_long_is_asked_after_by_its_job(
    memory: Memory, home: Path, mode: str
) -> None:
    await memory.remember(USER, TALK, "s1")
    async with Client(impatient(memory), mode=mode) as client:
        with locked(writing_elsewhere(home), 1):
            begun = await answer(client, "forget", words="likes Oslo", how="erase")
        done = await answer(client, "job", id=begun["job"])
        found = await answer(client, "history", query="likes Oslo")

    assert (begun["done"], begun["losses"]) == (False, [])
    assert "likes Oslo" not in str(begun)
    assert (done["status"], done["result"]["done"], done["result"]["found"]) == ("completed", True, [])
    assert found["entries"] == []


async def test_the_queue_of_a_server_does_its_long_work(memory: Memory, home: Path, mode: str) -> None:
    async with queued(home, memory) as server, Client(server, mode=mode) as client:
        receipt = await answer(client, "remember", content=TALK, session_id="s1")
        begun = await answer(client, "consolidate", tools="link")
        done = await answer(client, "job", id=begun["job"])
        assert "no tool 'polish'" in await refusal(client, "consolidate", tools="polish")

    assert receipt["state"] == "digested"
    assert done["status"] == "completed"
    assert done["result"]["consolidate"].keys() == {"link"}


async def test_a_server_with_a_queue_answers_like_one_without(memory: Memory, home: Path) -> None:
    jobs = build.jobs(Settings(home=home, durability="relaxed"), memory)
    await jobs.start()
    async with Client(create_door(memory, USER, jobs=jobs).server) as client:
        receipt = await answer(client, "remember", content=TALK, session_id="s1")
        done = await answer(client, "consolidate", tools="link")
    await jobs.drain(30)

    assert receipt["state"] == "digested"
    assert [one["tool"] for one in done["results"]] == ["link"]
    assert len(done["results"][0]["commit"]) == 40


async def test_work_that_fails_is_an_error_with_the_way_out(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        assert "`remember` something first" in await refusal(client, "consolidate")
        assert "`remember` something first" in await refusal(client, "forget", session="s1", how="erase")


async def test_work_that_failed_later_says_why(memory: Memory, mode: str) -> None:
    async with Client(impatient(memory), mode=mode) as client:
        begun = await answer(client, "consolidate")
        failed = await answer(client, "job", id=begun["job"])

    assert failed["status"] == "failed"
    assert "`remember` something first" in failed["error"]


async def test_another_users_work_is_unknown(memory: Memory, mode: str) -> None:
    await memory.remember(USER, TALK, "s1")
    who = [USER]
    door = create_door(memory, whose=lambda: who[0], answer=0)
    async with Client(door.server, mode=mode) as client:
        begun = await answer(client, "consolidate", tools="link")
        who[0] = "somebody else"
        theirs = await refusal(client, "job", id=begun["job"])
        none = await refusal(client, "job", id="0" * 32)
        who[0] = USER
        assert (await answer(client, "job", id=begun["job"]))["status"] == "completed"

    assert theirs == none.replace("0" * 32, begun["job"])


@pytest.mark.parametrize(
    ("tool", "arguments", "what"),
    [
        ("remember", {"content": "user: Zofia swims."}, "stored; filing it"),
        ("consolidate", {"tools": "link"}, "tidying the memory"),
        ("forget", {"words": "likes Oslo", "how": "erase"}, "forgetting"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_client_that_wants_to_know_is_told_what_goes_on(
    memory: Memory, server: MCPServer[None], mode: str, tool: str, arguments: dict[str, str], what: str
) -> None:
    await memory.remember(USER, TALK, "s1")
    told: list[tuple[float, str | None]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        told.append((progress, message))

    with anyio.fail_after(60):
        async with Client(server, mode=mode) as client:
            result = await client.call_tool(tool, arguments, progress_callback=tell)
            while not told:
                await anyio.lowlevel.checkpoint()

    assert not result.is_error
    assert told[0] == (0.0, what)
