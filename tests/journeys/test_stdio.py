"""A host's day with the server: talk, be killed, come back, share the memory with others."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from diffmem.memory import Memory

Server = Callable[[str], StdioServerParameters]

INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "a host", "version": "1"},
}


class Host:
    """A client that writes its own lines, so that it can be rude."""

    def __init__(self, server: StdioServerParameters) -> None:
        self.process = subprocess.Popen(
            [server.command, *server.args],
            cwd=server.cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.asked = 0
        self.ask("initialize", **INITIALIZE)
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.asked += 1
        return self.answer({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params})

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self.ask("tools/call", name=tool, arguments=arguments)["result"]

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdout is not None
        self.write(request)
        return json.loads(self.process.stdout.readline())

    def write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Hang up, and wait for the server to notice."""
        with self.process:
            return self.process.wait(20) if self.process.returncode is not None else self._hang_up()

    def kill(self) -> None:
        """kill -9."""
        with self.process:
            self.process.kill()

    def _hang_up(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(20)


INTAKE = """
import pathlib, sys, anyio
from diffmem.memory import Memory

async def main():
    memory = Memory.open(pathlib.Path(sys.argv[1]))
    receipt = await memory.remember("maya", "user: I moved to Porto.", "s1", wait=False)
    print(receipt.state, flush=True)
    await anyio.sleep_forever()

anyio.run(main)
"""


def killed_after_the_intake(home: Path) -> None:
    """A program that is told its session is pending, and dies."""
    with subprocess.Popen([sys.executable, "-c", INTAKE, str(home)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline().strip() == b"pending"
        writer.kill()


async def digested(memory: Memory, user: str) -> None:
    """Until nothing waits any more."""
    with anyio.fail_after(20):
        while await memory.pending(user):
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_what_is_said_to_one_server_is_known_to_the_next(server: Server, home: Path, mode: str) -> None:
    async with Client(server("maya"), mode=mode) as client:
        await client.call_tool(
            "remember", {"content": "user: My friend Kasia moved to Porto.", "session_id": "s1"}
        )
    async with Client(server("maya"), mode=mode) as client:
        found = await client.call_tool("recall", {"query": "Where is Kasia?"})
        paths = [one.name for one in (await client.list_resources()).resources]

    assert "moved to Porto" in json.dumps(found.structured_content)
    assert "memories/people/kasia.md" in paths
    folder = home / "views" / "maya"
    assert "Porto" in (folder / "memories" / "people" / "kasia.md").read_text("utf-8")


async def test_another_users_memory_is_out_of_reach(server: Server) -> None:
    async with Client(server("maya")) as client:
        await client.call_tool("remember", {"content": "user: My friend Kasia moved to Porto."})
    async with Client(server("bob")) as client:
        found = await client.call_tool("recall", {"query": "Where is Kasia?"})

    assert found.is_error


async def test_sessions_whose_receipts_were_given_are_there_after_kill_9(server: Server, home: Path) -> None:
    host = Host(server("maya"))
    receipts = [
        host.call("remember", content=f"user: My number is {n}.", session_id=f"s{n}") for n in range(5)
    ]
    host.kill()

    async with Client(server("maya")):
        memory = Memory.open(home)
        await digested(memory, "maya")

    given = {receipt["structuredContent"]["session_id"] for receipt in receipts}
    filed = {entry.session_id for entry in (await memory.history("maya", stage="digest")).entries}
    assert filed == given == {f"s{n}" for n in range(5)}


async def test_a_session_acknowledged_as_pending_is_digested_by_the_next_server(
    server: Server, home: Path
) -> None:
    killed_after_the_intake(home)
    memory = Memory.open(home)
    assert await memory.pending("maya") == ["s1"]

    async with Client(server("maya")):
        await digested(memory, "maya")

    assert (await memory.history("maya", session="s1", stage="digest")).entries


async def test_a_request_that_is_no_text_is_answered_and_the_talk_goes_on(server: Server) -> None:
    host = Host(server("maya"))
    refused = host.ask("tools/call", name="remember", arguments={"content": "half \ud800 a pair"})
    stored = host.call("remember", content="user: I moved to Porto.")

    assert "surrogate" in refused["error"]["message"]
    assert stored["structuredContent"]["state"] == "digested"
    assert host.end() == 0


async def test_two_servers_and_a_program_write_to_one_memory_and_nothing_is_lost(
    server: Server, home: Path
) -> None:
    async def talk(client: Client, name: str) -> None:
        for n in range(8):
            words = {"content": f"user: {name} says {n}.", "session_id": f"{name}-{n}"}
            assert not (await client.call_tool("remember", words)).is_error

    memory = Memory.open(home)
    async with Client(server("maya")) as one, Client(server("maya"), mode="legacy") as two:
        async with anyio.create_task_group() as talks:
            talks.start_soon(talk, one, "one")
            talks.start_soon(talk, two, "two")
            for n in range(8):
                await memory.remember("maya", f"user: three says {n}.", f"three-{n}")
        await digested(memory, "maya")

    sessions = [file.path for file in (await memory.list("maya")).files if file.path.startswith("sessions/")]
    assert len(sessions) == 24
    filed = [entry.session_id for entry in (await memory.history("maya", stage="digest", limit=100)).entries]
    assert len(filed) == len(set(filed)) == 24


async def test_a_server_that_is_hung_up_on_ends_by_itself(server: Server) -> None:
    host = Host(server("maya"))

    assert host.end() == 0
