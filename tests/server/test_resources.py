from pathlib import Path

import anyio
import pytest
from mcp import Client, MCPError
from mcp.server import MCPServer
from mcp.types import ResourceTemplateReference, TextResourceContents

from diffmem.memory import FileInfo, Memory
from diffmem.server.mcp_server import create_server
from diffmem.server.resources import PAGE, TEMPLATE, by_importance, uri_of

USER = "maya"


async def text(client: Client, uri: str) -> str:
    part = (await client.read_resource(uri)).contents[0]
    assert isinstance(part, TextResourceContents)
    assert part.mime_type == "text/markdown"
    return part.text


async def completed(client: Client, typed: str) -> list[str]:
    reference = ResourceTemplateReference(type="ref/resource", uri=TEMPLATE)
    return (await client.complete(reference, {"name": "path", "value": typed})).completion.values


def test_what_matters_most_is_listed_first() -> None:
    paths = [
        "diffmem.yaml",
        "followups.md",
        "index.md",
        "index/people-k.md",
        "maya.md",
        "memories/people/kasia.md",
    ]
    dated = [f"{folder}/2024-0{n}.md" for folder in ("sessions", "timeline") for n in (1, 2)]

    listed = [
        file.path for file in by_importance(FileInfo(path, 1) for path in (*paths, *dated, "repo_guide.md"))
    ]

    assert listed == [
        "maya.md",
        "index.md",
        "memories/people/kasia.md",
        "timeline/2024-02.md",
        "timeline/2024-01.md",
        "sessions/2024-02.md",
        "sessions/2024-01.md",
        "followups.md",
        "index/people-k.md",
        "repo_guide.md",
        "diffmem.yaml",
    ]  # fmt: skip


async def test_before_anything_was_said_there_is_nothing_to_list(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        assert (await client.list_resources()).resources == []
        assert await completed(client, "") == []


async def test_every_listed_file_can_be_read(memory: Memory, server: MCPServer[None], mode: str) -> None:
    await memory.remember(USER, "user: My friend Kasia bakes.", "s1")
    (await memory.view(USER)).joinpath("My Note (1) %41.md").write_text("mine ä", "utf-8")
    await memory.remember(USER, "user: Kasia sings.", "s2")

    async with Client(server, mode=mode) as client:
        listed = (await client.list_resources()).resources
        assert ("memory:///maya.md", "maya.md") in [(one.uri, one.name) for one in listed]
        for one in listed:
            if one.mime_type == "text/markdown":
                assert len((await text(client, one.uri)).encode()) == one.size
        assert await text(client, uri_of("My Note (1) %41.md")) == "mine ä"


async def test_a_file_can_be_read_as_it_was_known_then(
    memory: Memory, server: MCPServer[None], mode: str
) -> None:
    await memory.remember(USER, "user: I live in Leeds.", "s1")
    then = (await memory.list(USER)).commit
    await memory.remember(USER, "user: I live in Lisbon now.", "s2")

    async with Client(server, mode=mode) as client:
        assert "Lisbon" in await text(client, "memory:///maya.md")
        assert "Lisbon" not in await text(client, f"memory:///maya.md?at={then}")


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("memory:///people/kasia.md", "nearest: memories/people/kasia.md"),
        ("memory:///../etc/passwd", "Unknown resource"),
        ("memory:///%2e%2e/etc/passwd", "Unknown resource"),
        ("memory:///maya.md?at=0123456789", "no such commit in this memory"),
        ("memory:///maya.md?at=soon", "is not a date"),
        ("other:///x", "Unknown resource"),
    ],
)
async def test_what_is_not_there_is_an_error_with_the_way_out(
    memory: Memory, server: MCPServer[None], mode: str, uri: str, told: str
) -> None:
    await memory.remember(USER, "user: My friend Kasia bakes.", "s1")

    async with Client(server, mode=mode) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)

    assert told in refused.value.message


async def test_a_long_listing_comes_in_pages_of_one_commit(
    memory: Memory, server: MCPServer[None], mode: str
) -> None:
    for n in range(PAGE):
        await memory.remember(USER, f"user: number {n}", f"s{n}", wait=False)

    async with Client(server, mode=mode) as client:
        first = await client.list_resources()
        await memory.remember(USER, "user: one more", "later", wait=False)
        second = await client.list_resources(cursor=first.next_cursor)

    uris = [one.uri for one in (*first.resources, *second.resources)]
    assert len(first.resources) == PAGE
    assert second.next_cursor is None
    assert len(uris) == len(set(uris))
    assert not any("later" in uri for uri in uris)


@pytest.mark.parametrize("cursor", ["7", "x-y", "../..", f"{'0' * 40}-0"])
async def test_a_foreign_cursor_is_refused(
    memory: Memory, server: MCPServer[None], mode: str, cursor: str
) -> None:
    await memory.remember(USER, "user: My friend Kasia bakes.", "s1")

    async with Client(server, mode=mode) as client:
        with pytest.raises(MCPError):
            await client.list_resources(cursor=cursor)


async def test_a_path_is_completed_from_its_beginning_or_from_its_middle(
    memory: Memory, server: MCPServer[None], mode: str
) -> None:
    await memory.remember(USER, "user: My friend Kasia bakes.", "s1")

    async with Client(server, mode=mode) as client:
        assert (await completed(client, "memories/people/"))[0] == "memories/people/kasia.md"
        assert "memories/people/kasia.md" in await completed(client, "kasia")
        template = (await client.list_resource_templates()).resource_templates[0]

    assert (template.uri_template, template.mime_type) == (TEMPLATE, "text/markdown")


@pytest.mark.parametrize(
    "at", ["2999-01-01", "2999-01-01T14:30:00Z", "2999-01-01T14:30:00%2B02:00", "2999-01-01T14:30:00+02:00"]
)
async def test_a_moment_may_be_a_date_or_a_time_with_its_zone(
    memory: Memory, server: MCPServer[None], mode: str, at: str
) -> None:
    await memory.remember(USER, "user: I live in Leeds.", "s1")

    async with Client(server, mode=mode) as client:
        assert "Leeds" in await text(client, f"memory:///maya.md?at={at}")


async def test_listeners_are_told_of_what_another_process_wrote(memory: Memory, home: Path) -> None:
    await memory.remember(USER, "Caroline: I went to a support group.", "s1", "2023-05-08")
    other = Memory.open(home, durability="relaxed")
    with anyio.fail_after(60):
        async with (
            Client(create_server(memory, USER)) as client,
            client.listen(resource_subscriptions=["memory:///timeline/2023-06.md"]) as events,
        ):
            await other.remember(USER, "Caroline: I bought a kayak.", "s2", "2023-06-09")
            async for event in events:
                assert str(getattr(event, "uri", "")) == "memory:///timeline/2023-06.md"
                break
