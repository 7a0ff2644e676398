from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from diffmem.memory import Memory
from diffmem.server.app import create_app
from diffmem.server.mcp_server import create_door
from diffmem.server.tasks import IDENTIFIER
from diffmem.storage.lock import locked

USER = "maya"
TALK = "user: My sister Kasia moved to Oslo. Kasia likes Oslo."


class Speaking:
    """A client of the newer protocol, message by message."""

    def __init__(self, http: httpx2.AsyncClient, able: dict[str, Any]) -> None:
        self._http = http
        self._meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": able,
        }

    async def ask(self, method: str, header: str, /, **params: Any) -> dict[str, Any]:
        """The result of a request, or its error."""
        headers = {
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": method,
            "mcp-name": header,
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": self._meta, **params}}
        answer = (await self._http.post("/mcp", json=body, headers=headers)).json()
        return answer.get("result") or answer["error"]

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answers."""
        return await self.ask("tools/call", tool, name=tool, arguments=arguments)

    async def task(self, identity: str, what: str = "get") -> dict[str, Any]:
        """How a task stands."""
        return await self.ask(f"tasks/{what}", identity, taskId=identity)

    async def end(self, identity: str) -> dict[str, Any]:
        """How a task ended."""
        with anyio.fail_after(60):
            while (told := await self.task(identity))["status"] == "working":
                await anyio.lowlevel.checkpoint()
        return told


@asynccontextmanager
async def speaking(
    memory: Memory, who: list[str], patience: float = 0, *, knows: bool = True
) -> AsyncGenerator[Speaking]:
    """A client at a server whose calls become tasks after so many seconds."""
    app = create_app(create_door(memory, whose=lambda: who[0], patience=patience, answer=0))
    able: dict[str, Any] = {"extensions": {IDENTIFIER: {}}} if knows else {}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as http,
    ):
        yield Speaking(http, able)


@pytest.fixture
async def told(memory: Memory) -> Memory:
    await memory.remember(USER, TALK, "s1")
    return memory


async def test_a_call_that_takes_long_becomes_a_task_with_the_same_answer(told: Memory, home: Path) -> None:
    async with speaking(told, [USER]) as client:
        with locked(home / "locks" / f"{USER}.lock", 1):
            task = await client.call("consolidate", tools="link")
            at_work = await client.task(task["taskId"])
        done = await client.end(task["taskId"])

    assert (task["resultType"], task["status"], at_work["status"]) == ("task", "working", "working")
    assert done["status"] == "completed"
    assert done["result"]["structuredContent"]["results"][0]["tool"] == "link"
    assert len(done["result"]["structuredContent"]["results"][0]["commit"]) == 40


async def test_a_quick_call_and_a_quick_tool_are_answered_as_ever(told: Memory) -> None:
    async with speaking(told, [USER], 60) as client:
        tidied = await client.call("consolidate", tools="link")
        found = await client.call("recall", query="Kasia")

    assert tidied["structuredContent"]["results"][0]["tool"] == "link"
    assert "Oslo" in str(found["structuredContent"])


async def test_who_knows_nothing_of_tasks_gets_none(told: Memory, home: Path) -> None:
    async with speaking(told, [USER], knows=False) as client:
        with locked(home / "locks" / f"{USER}.lock", 1):
            begun = await client.call("consolidate", tools="link")
        refused = await client.task("anything")

    assert begun["structuredContent"]["job"]
    assert refused["code"] == -32021


async def test_a_write_that_has_begun_is_seen_through_and_never_called_cancelled(
    told: Memory, home: Path
) -> None:
    async with speaking(told, [USER]) as client:
        with locked(home / "locks" / f"{USER}.lock", 1):
            task = await client.call("forget", words="likes Oslo", how="erase")
            await client.task(task["taskId"], "cancel")
            after = await client.task(task["taskId"])
        done = await client.end(task["taskId"])

    assert after["status"] == "working"
    assert (done["status"], done["result"]["structuredContent"]["done"]) == ("completed", True)
    assert "likes Oslo" not in (await told.read(USER, "maya.md")).text


async def test_a_call_that_is_refused_is_no_task(told: Memory) -> None:
    async with speaking(told, [USER], 60) as client:
        unknown = await client.call("consolidate", tools="polish")
        asked = await client.call("forget", how="erase")

    assert unknown["isError"]
    assert asked["isError"]
    assert "taskId" not in unknown
    assert "taskId" not in asked


async def test_another_users_task_is_unknown_like_one_that_never_was(told: Memory, home: Path) -> None:
    who = [USER]
    async with speaking(told, who) as client:
        with locked(home / "locks" / f"{USER}.lock", 1):
            task = await client.call("consolidate", tools="link")
            who[0] = "somebody else"
            theirs = [await client.task(task["taskId"], what) for what in ("get", "cancel", "update")]
            none = await client.task("x" * 32)
            who[0] = USER
        assert (await client.end(task["taskId"]))["status"] == "completed"

    assert theirs == [none] * 3


async def test_a_header_that_names_another_task_is_refused(told: Memory, home: Path) -> None:
    async with speaking(told, [USER]) as client:
        with locked(home / "locks" / f"{USER}.lock", 1):
            task = await client.call("consolidate", tools="link")
            refused = await client.ask("tasks/get", "another", taskId=task["taskId"])
        await client.end(task["taskId"])

    assert refused["code"] == -32020


async def test_what_went_wrong_in_a_task_is_its_result(memory: Memory) -> None:
    async with speaking(memory, [USER]) as client:
        told = await client.call("consolidate")
        if "taskId" in told:
            told = (await client.end(told["taskId"]))["result"]

    assert told["isError"]
    assert "`remember` something first" in told["content"][0]["text"]
