from pathlib import Path

import anyio
import pytest
from mcp import Client

from diffmem.errors import GitFailed, UnknownUser
from diffmem.memory import Memory
from diffmem.server.background import Background
from diffmem.server.live_view import LiveView
from diffmem.server.mcp_server import create_server

USER = "maya"


async def test_asked_many_times_while_busy_it_lays_out_once_more() -> None:
    background = Background()
    begun, go = anyio.Event(), anyio.Event()
    laid_out: list[str] = []

    async def lay_out(user: str) -> Path | None:
        laid_out.append(user)
        begun.set()
        await go.wait()
        return None

    with anyio.fail_after(5):
        async with background.run():
            view = LiveView(lay_out, USER, background)
            view.ask()
            await begun.wait()
            for _ in range(10):
                view.ask()
            go.set()

    assert laid_out == [USER, USER]


@pytest.mark.parametrize(
    "error", [UnknownUser(USER), GitFailed("worktree", "no"), PermissionError("no")], ids=repr
)
async def test_a_view_that_cannot_be_laid_out_is_tried_again_when_asked(error: Exception) -> None:
    background = Background()
    tried: list[str] = []

    async def lay_out(user: str) -> Path | None:
        tried.append(user)
        raise error

    view = LiveView(lay_out, USER, background)
    for _ in range(2):
        async with background.run():
            view.ask()

    assert tried == [USER, USER]


async def test_a_server_keeps_the_folder_at_the_newest_commit(memory: Memory, mode: str) -> None:
    async with Client(create_server(memory, USER, lay_out_view=True), mode=mode) as client:
        for n in (1, 2):
            await client.call_tool("remember", {"content": f"user: number {n}", "session_id": f"s{n}"})

    folder = await memory.view(USER)
    assert len(list((folder / "sessions").rglob("*.md"))) == 2


async def test_a_server_for_others_makes_no_folder_but_keeps_one_that_exists(
    memory: Memory, home: Path
) -> None:
    async with Client(create_server(memory, USER)) as client:
        await client.call_tool("remember", {"content": "user: one", "session_id": "s1"})
    assert not (home / "views").exists()

    folder = await memory.view(USER)
    async with Client(create_server(memory, USER)) as client:
        await client.call_tool("remember", {"content": "user: two", "session_id": "s2"})
    assert len(list((folder / "sessions").rglob("*.md"))) == 2
