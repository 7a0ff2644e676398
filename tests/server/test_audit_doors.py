"""Every commit, at whatever door it was asked for, has exactly one line in the audit log."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio.lowlevel
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from rest_server import USER, asking
from searched import Searched

from diffmem.memory import Memory
from diffmem.server.app import served
from diffmem.server.auth.audit import ERASED, Audit
from diffmem.server.auth.principal import local
from diffmem.server.cli import main
from diffmem.server.deeds import Deeds
from diffmem.server.doing import at_work
from diffmem.server.jobs.job import Job
from diffmem.server.mcp_server import create_door
from diffmem.server.settings import Settings
from diffmem.storage.durability import Durability
from diffmem.storage.store import Store

SECRET = "Swordfish-4711"
TALK = f"user: My sister Ana lives in Porto. My word is {SECRET}.\n"
Line = dict[str, str]


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, user=USER, timezone="UTC")


def noted(home: Path) -> list[Line]:
    return [json.loads(line) for line in (home / "audit.jsonl").read_text("utf-8").splitlines()]


async def commits_of(memory: Memory) -> list[str]:
    return [entry.commit for entry in (await memory.history(USER, limit=100)).entries]


async def all_noted_once(memory: Memory, home: Path) -> Sequence[Line]:
    """The lines; each commit has one, and there is nothing of what was said."""
    lines = noted(home)
    assert sorted(line["commit"] for line in lines if "commit" in line) == sorted(await commits_of(memory))
    assert SECRET not in str(lines)
    return lines


async def test_what_tools_change_over_http(memory: Memory, settings: Settings, home: Path) -> None:
    made = served(memory, settings)
    async with (
        made.app.router.lifespan_context(made.app),
        asking(made.app) as http,
        Client(streamable_http_client("http://127.0.0.1/mcp", http_client=http)) as client,
    ):
        await client.call_tool("remember", {"content": TALK, "session_id": "s1"})
        await client.call_tool("consolidate", {})
        await client.call_tool("restore", {"session": "s1"})
    lines = await all_noted_once(memory, home)

    assert {line["who"] for line in lines} == {"local"}
    assert (
        {"remember", "restore"} <= {line["verb"] for line in lines} <= {"remember", "restore", "consolidate"}
    )


async def test_an_erase_of_everything_that_outlives_its_answer_is_noted_when_it_happens(
    memory: Memory, home: Path
) -> None:
    await memory.remember(USER, TALK, "s1")
    door = create_door(memory, USER, answer=0.0)
    door.server.middleware.append(Deeds.of_home(memory, home, local(USER)).of_protocol)
    async with Client(door.server) as client:
        told = await client.call_tool("forget", {"everything": True, "how": "erase"})
        answer: Any = told.structured_content
        assert answer["job"]
        await client.call_tool("job", {"id": answer["job"]})

    (line,) = noted(home)
    assert {name: line[name] for name in line if name != "at"} == {
        "who": "local", "verb": "forget", "user": ERASED
    }  # fmt: skip


@pytest.mark.parametrize("how", ["archive", "retract", "erase"])
async def test_what_is_forgotten_after_its_answer_is_noted_once_with_who_asked(
    memory: Memory, home: Path, how: str
) -> None:
    await memory.remember(USER, TALK, "s1")
    door = create_door(memory, USER, answer=0.0)
    door.server.middleware.append(Deeds.of_home(memory, home, local(USER)).of_protocol)
    async with Client(door.server) as client:
        told = await client.call_tool("forget", {"session": "s1", "how": how})
        answer: Any = told.structured_content
        assert (answer["done"], answer["job"] != "") == (False, True)
        await client.call_tool("job", {"id": answer["job"]})

    (line,) = noted(home)
    assert (line["who"], line["verb"], line["user"]) == ("local", "forget", USER)
    assert line["commit"] == await memory.tip(USER)


async def test_whose_memory_is_erased_is_named_no_more(memory: Memory, home: Path) -> None:
    Deeds.of_home(memory, home)
    await memory.remember("somebody-else", TALK, "s1")
    await memory.remember(USER, TALK, "s1")
    before = noted(home)
    await memory.forget(USER, how="erase", everything=True)

    assert [line["user"] for line in noted(home)] == [
        *(line["user"] if line["user"] != USER else ERASED for line in before),
        ERASED,
    ]
    assert [line["commit"] for line in noted(home)[:-1]] == [line["commit"] for line in before]


async def test_what_rest_changes_and_a_job_does_later(settings: Settings, home: Path) -> None:
    memory = Searched(Store(home, Durability.RELAXED))
    app = served(memory, settings.model_copy(update={"reads_per_minute": 10_000_000})).app
    body = {"memory_input": TALK, "session_id": "s1"}
    async with app.router.lifespan_context(app), asking(app) as http:
        # Else the start may file it before the job does.
        await memory.searched()
        queued = await http.post(f"/memory/{USER}/process-and-commit?sync=false", json=body)
        poll: str = queued.json()["metadata"]["poll_url"]
        while (await job(http, poll))["status"] not in {"completed", "failed"}:
            await anyio.lowlevel.checkpoint()
        await http.post(f"/memory/{USER}/consolidate", json={})
        await http.post(f"/memory/{USER}/forget", json={"session": "s1", "how": "archive"})
    lines = await all_noted_once(memory, home)
    digests = [line for line in lines if "job" in line and line["verb"] == "process-and-commit"]

    assert {line["who"] for line in lines} == {"local"}
    assert [line["job"] for line in digests] == [queued.json()["metadata"]["job_id"]]


async def job(http: httpx2.AsyncClient, poll: str) -> dict[str, str]:
    return (await http.get(poll)).json()["job"]


async def test_rest_notes_an_erased_user_once(memory: Memory, settings: Settings, home: Path) -> None:
    await memory.remember(USER, TALK, "s1")
    async with asking(served(memory, settings).app) as http:
        await http.delete(f"/memory/{USER}")

    assert [(line["verb"], line["user"], "commit" in line) for line in noted(home)] == [
        ("erase", ERASED, False)
    ]


async def test_a_worker_elsewhere_notes_who_asked_for_its_job(memory: Memory, home: Path) -> None:
    Deeds(memory, Audit(home / "audit.jsonl"))
    asked = Job.read(Job.new("digest", USER, {}, asked_by="token:4f7q").plain())
    with at_work(asked.verb, asked.id, asked.asked_by):
        await memory.remember(USER, TALK, "s1")

    assert {(line["who"], line["verb"], line["job"]) for line in noted(home)} == {
        ("token:4f7q", "digest", asked.id)
    }
    await all_noted_once(memory, home)


async def test_what_a_host_changes_over_standard_input(memory: Memory, home: Path, tmp_path: Path) -> None:
    arguments = ["-m", "diffmem.server.cli", "mcp", "--user", USER, "--home", str(home)]
    server = StdioServerParameters(command=sys.executable, args=arguments, cwd=str(tmp_path))
    async with Client(stdio_client(server)) as client:
        await client.call_tool("remember", {"content": TALK, "session_id": "s1"})
    lines = await all_noted_once(memory, home)

    assert {(line["who"], line["verb"]) for line in lines} == {("local", "remember")}


def test_what_the_command_line_changes(memory: Memory, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFFMEM_HOME", str(home))
    monkeypatch.setenv("DIFFMEM_USER", USER)
    monkeypatch.chdir(home.parent)
    Path("talk.txt").write_text(TALK, "utf-8")
    for verb in (
        ["remember", "talk.txt", "--session-id", "s1"],
        ["consolidate"],
        ["undo", "--session", "s1"],
        ["restore", "--session", "s1"],
    ):
        assert main(verb) == 0
    lines = anyio.run(all_noted_once, memory, home)
    main(["forget", "--everything", "--how", "erase", "--yes"])

    assert {line["who"] for line in noted(home)} == {"local"}
    assert {line["verb"] for line in lines} >= {"remember", "undo", "restore"}
    assert [line["verb"] for line in noted(home)[len(lines) :]] == ["forget"]
