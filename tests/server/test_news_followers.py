from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import ResourceListChangedNotification, ResourceUpdatedNotification

from diffmem.memory import Memory
from diffmem.server.mcp_server import Door, create_door

pytestmark = pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")

USER = "maya"
URI = "memory:///timeline/2023-06.md"
SECOND = ("Caroline: I bought a kayak.", "s2", "2023-06-09")


class Ear:
    """What a client of the older protocol is told without asking."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            self.heard.append(str(message.params.uri))
        elif isinstance(message, ResourceListChangedNotification):
            self.heard.append("list")

    async def hears(self, what: str) -> None:
        """Wait until something was told."""
        with anyio.fail_after(60):
            while what not in self.heard:
                await anyio.lowlevel.checkpoint()


@pytest.fixture
async def door(memory: Memory) -> Door:
    await memory.remember(USER, "Caroline: I went to a support group.", "s1", "2023-05-08")
    return create_door(memory, USER)


def listeners(door: Door) -> int:
    return door.members.of(USER).news.bus.listeners


async def test_an_older_client_is_told_that_it_will_be_told(door: Door) -> None:
    async with Client(door.server, mode="legacy") as client:
        able = client.server_capabilities

    assert able is not None
    assert able.resources is not None
    assert (able.resources.subscribe, able.resources.list_changed) == (True, True)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "another process"])
async def test_an_older_client_hears_of_the_file_it_follows(
    memory: Memory, home: Path, door: Door, elsewhere: bool
) -> None:
    ear = Ear()
    writer = Memory.open(home, durability="relaxed") if elsewhere else memory
    async with Client(door.server, mode="legacy", message_handler=ear) as client:
        await client.subscribe_resource(URI)  # pyright: ignore[reportDeprecated]
        await writer.remember(USER, *SECOND)
        await ear.hears(URI)

    assert set(ear.heard) == {URI}


async def test_who_has_listed_the_files_hears_that_the_list_has_changed(memory: Memory, door: Door) -> None:
    ear = Ear()
    async with Client(door.server, mode="legacy", message_handler=ear) as client:
        await client.list_resources()
        await memory.remember(USER, *SECOND)
        await ear.hears("list")

    assert set(ear.heard) == {"list"}


async def test_who_follows_no_more_hears_no_more(memory: Memory, door: Door) -> None:
    ear = Ear()
    async with Client(door.server, mode="legacy", message_handler=ear) as client:
        await client.subscribe_resource(URI)  # pyright: ignore[reportDeprecated]
        await client.unsubscribe_resource(URI)  # pyright: ignore[reportDeprecated]
        await client.list_resources()
        await memory.remember(USER, *SECOND)
        # The list comes after the files, so that what would have been told of them was told before.
        await ear.hears("list")

    assert URI not in ear.heard


async def test_a_client_that_leaves_is_forgotten(door: Door) -> None:
    async with Client(door.server, mode="legacy") as client:
        await client.subscribe_resource(URI)  # pyright: ignore[reportDeprecated]
        await client.list_resources()
        assert listeners(door) == 1

    assert listeners(door) == 0


async def test_who_begins_to_listen_hears_of_all_that_comes_after(memory: Memory, home: Path) -> None:
    other = Memory.open(home, durability="relaxed")
    await other.remember(USER, "Caroline: I went to a support group.", "s1", "2023-05-08")
    # What is written before the first look for news could be is seen all the same.
    with anyio.fail_after(60):
        async with (
            Client(create_door(memory, USER).server) as client,
            client.listen(resource_subscriptions=[URI]) as events,
        ):
            await other.remember(USER, *SECOND)
            assert str(getattr(await anext(aiter(events)), "uri", "")) == URI
