import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult
from starlette.applications import Starlette

from diffmem.memory import Memory
from diffmem.server.doorkeeper import LOOPBACK, is_loopback
from diffmem.server.http import listen, served
from diffmem.server.mcp_server import create_door
from diffmem.server.settings import Settings

Run = Callable[..., "subprocess.CompletedProcess[str]"]

MODERN = {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "remember",
}


def call(tool: str, **arguments: str) -> dict[str, Any]:
    """A call of the modern era as it stands in a request."""
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"_meta": meta, "name": tool, "arguments": arguments},
    }


@contextmanager
def serving(home: Path) -> Generator[tuple[str, "subprocess.Popen[str]"]]:
    """`diffmem serve` on a free port, and its address."""
    command = [sys.executable, "-m", "diffmem.server.cli", "serve", "--port", "0", "--user", "maya"]
    with subprocess.Popen([*command, "--home", str(home)], stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            found = re.search(r"http://\S+", server.stderr.readline())
            assert found is not None
            yield found[0], server
        finally:
            server.terminate()
            server.wait(15)


@contextmanager
def client_of(app: Starlette, **headers: str) -> Generator[httpx2.AsyncClient]:
    yield httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8000", headers=headers
    )


@pytest.fixture
def app(memory: Memory, tmp_path: Path) -> Starlette:
    return served(memory, Settings(home=tmp_path / "home", user="maya")).app


async def test_a_client_of_either_era_remembers_and_recalls_over_http(home: Path, mode: str) -> None:
    with serving(home) as (url, _):
        async with Client(url, mode=mode) as client:
            stored = await client.call_tool(
                "remember", {"content": "user: I moved to Porto.", "session_id": "s1"}
            )
            found = await client.call_tool("recall", {"query": "Porto"})

    assert stored.structured_content is not None
    assert stored.structured_content["state"] == "digested"
    assert "Porto" in str(found.structured_content)


async def test_the_user_is_asked_over_http_before_something_is_forgotten(home: Path, mode: str) -> None:
    asked: list[str] = []

    async def agree(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"forget": True})

    with serving(home) as (url, _):
        async with Client(url, mode=mode, elicitation_callback=agree) as client:
            await client.call_tool("remember", {"content": "user: I moved to Porto.", "session_id": "s1"})
            gone = await client.call_tool("forget", {"session": "s1", "how": "erase"})

    assert [question.partition("?")[0] for question in asked] == ["Erase session s1"]
    assert gone.structured_content is not None
    assert gone.structured_content["done"]


def test_no_answer_waits_for_the_client_to_confirm_its_first_half() -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_signal_stops_it_at_once_though_a_client_listens_and_the_client_sees_a_clean_end(
    home: Path,
) -> None:
    with anyio.fail_after(9), serving(home) as (url, server):
        async with Client(url) as client, client.listen(resources_list_changed=True) as heard:
            await client.call_tool("remember", {"content": "user: I moved to Porto."})
            async for event in heard:
                assert type(event).__name__ == "ResourcesListChanged"
                break
            server.send_signal(signal.SIGTERM)
            rest = [type(event).__name__ async for event in heard]
        await anyio.to_thread.run_sync(server.wait)

    assert set(rest) <= {"ResourcesListChanged"}


async def test_listeners_are_told_which_files_changed(memory: Memory) -> None:
    door = create_door(memory, "maya")
    with anyio.fail_after(9):
        async with (
            Client(door.server) as client,
            client.listen(resource_subscriptions=["memory:///maya.md"]) as heard,
        ):
            await client.call_tool("remember", {"content": "user: I moved to Porto."})
            async for event in heard:
                assert str(getattr(event, "uri", "")) == "memory:///maya.md"
                break


@pytest.mark.parametrize("path", ["/health", "/mcp"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "evil.example:8000", "origin": "http://evil.example:8000"}, 421),
        ({"host": ""}, 421),
        ({"host": "[::1"}, 421),
        ({"host": "evil@127.0.0.1"}, 421),
        ({"host": "127.0.0.1/x"}, 421),
        ({"host": "127.0.0.1:http"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1.evil.example"}, 403),
    ],
    ids=str,
)
async def test_what_another_sites_page_sends_is_turned_away(
    app: Starlette, path: str, headers: dict[str, str], status: int
) -> None:
    with client_of(app, **headers) as client:
        assert (await client.get(path)).status_code == status


@pytest.mark.parametrize(
    "headers",
    [{}, {"host": "localhost"}, {"host": "[::1]:9"}, {"origin": "http://localhost:6274"}],
    ids=str,
)
async def test_who_asks_from_this_machine_comes_in(app: Starlette, headers: dict[str, str]) -> None:
    with client_of(app, **headers) as client:
        answer = await client.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


async def test_an_open_server_takes_any_name_but_no_foreign_page(memory: Memory, tmp_path: Path) -> None:
    app = served(memory, Settings(home=tmp_path / "home", user="maya", host="0.0.0.0")).app

    with client_of(app, host="memory.lan") as client:
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/health", headers={"origin": "http://memory.lan"})).status_code == 200
        assert (await client.get("/health", headers={"origin": "http://evil.example"})).status_code == 403


async def test_a_session_larger_than_the_limit_is_told_so_and_a_huge_request_is_not_read(
    app: Starlette,
) -> None:
    async with app.router.lifespan_context(app):
        with client_of(app) as client:
            long = await client.post("/mcp", json=call("remember", content="x" * 10_000_000), headers=MODERN)
            huge = await client.post("/mcp", json=call("remember", content="x" * 40_000_000), headers=MODERN)

    assert "the limit is" in long.json()["result"]["content"][0]["text"]
    assert huge.status_code == 413


async def test_half_a_surrogate_pair_is_refused_and_nothing_is_stored(app: Starlette, memory: Memory) -> None:
    async with app.router.lifespan_context(app):
        with client_of(app) as client:
            body = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"content": "a\\ud800"}}'
            answer = await client.post("/mcp", content=body, headers=MODERN)

    assert answer.status_code == 400
    assert await memory.users() == []


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("localhost.evil.example", False),
    ],
)
def test_only_this_machines_own_addresses_are_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    assert {"127.0.0.1", "localhost", "::1"} == LOOPBACK


def test_it_refuses_to_open_the_memory_to_other_machines_without_leave(run: Run) -> None:
    done = run("serve", "--host", "0.0.0.0", "--port", "0")

    assert (done.returncode, done.stdout) == (2, "")
    assert "DIFFMEM_ALLOW_OPEN=1" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_told_in_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", str(taken.getsockname()[1]))

    assert done.returncode == 2
    assert re.fullmatch(r"diffmem: DIFFMEM_HOST, DIFFMEM_PORT: cannot listen on .*\n", done.stderr)
