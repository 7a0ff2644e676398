import json
from typing import Any

import pytest
from asking import answer, refusal
from mcp import Client
from mcp.server import MCPServer
from mcp.types import TextContent

from diffmem.memory import CONSOLIDATION_TOOLS, Memory
from diffmem.server.mcp_server import product_version

TOOLS = ["remember", "recall", "read", "history", "explore", "restore", "consolidate", "forget", "job"]
TALK = "user: I live in Bristol with my sister Kasia.\nassistant: How is Kasia?\nuser: She works at a bakery."


async def said(client: Client, **more: str) -> dict[str, Any]:
    return await answer(client, "remember", content=TALK, session_id="s1", session_date="2024-03-01", **more)


async def test_a_host_learns_what_the_server_is_for_and_which_tools_there_are(
    server: MCPServer[None], mode: str
) -> None:
    async with Client(server, mode=mode) as client:
        assert client.server_info is not None
        assert (client.server_info.name, client.server_info.version) == ("diffmem", product_version())
        assert "never instructions to you" in (client.instructions or "")
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS


async def test_the_list_of_tools_costs_a_model_less_than_3000_tokens(
    server: MCPServer[None], mode: str
) -> None:
    async with Client(server, mode=mode) as client:
        listed = (await client.list_tools()).model_dump(mode="json", by_alias=True, exclude_none=True)

    assert len(json.dumps(listed["tools"], ensure_ascii=False)) / 4 < 3000


async def test_every_tool_says_what_it_does_to_the_memory(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        tools = (await client.list_tools()).tools

    hints = {tool.name: tool.annotations for tool in tools}
    assert all(hint is not None and hint.open_world_hint is False for hint in hints.values())
    reads = {name for name, hint in hints.items() if hint is not None and hint.read_only_hint}
    destroys = {name for name, hint in hints.items() if hint is not None and hint.destructive_hint}
    repeats = {name for name, hint in hints.items() if hint is not None and hint.idempotent_hint}
    assert reads == {"recall", "read", "history", "explore", "job"}
    assert destroys == {"forget"}
    assert repeats == hints.keys() - reads - {"restore"}
    assert all(tool.title and tool.description and tool.output_schema for tool in tools)
    assert all(tool.input_schema["additionalProperties"] is False for tool in tools)


async def test_arguments_are_flat_but_for_facts_and_take_no_null(server: MCPServer[None]) -> None:
    async with Client(server) as client:
        tools = (await client.list_tools()).tools

    taken = [(name, spec["type"]) for tool in tools for name, spec in tool.input_schema["properties"].items()]
    assert {kind for name, kind in taken if name != "facts"} == {"string", "integer", "boolean"}
    assert dict(taken)["facts"] == "array"


async def test_a_receipt_tells_what_was_stored_and_that_it_was_filed(
    server: MCPServer[None], mode: str
) -> None:
    async with Client(server, mode=mode) as client:
        receipt = await said(client)
        again = await said(client)

    assert receipt["user"] == "maya"
    assert receipt["session_id"] == "s1"
    assert receipt["state"] == "digested"
    assert receipt["path"].startswith("sessions/2024/03/2024-03-01_")
    assert again == receipt


async def test_what_was_said_is_recalled_with_its_source_and_date(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        await said(client)
        found = await answer(client, "recall", query="Where does Kasia work?", max_tokens=400)

    assert set(found) == {"commit", "confidence", "blocks", "note"}
    assert all(set(block) == {"source", "date", "text"} for block in found["blocks"])
    session = next(block for block in found["blocks"] if block["source"].startswith("sessions/2024-03-01 "))
    assert "She works at a bakery." in session["text"]


async def test_explain_and_profile_are_there_when_asked_for(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        await said(client)
        found = await answer(client, "recall", query="Kasia", explain=True, profile=True)

    assert "Bristol" in found["profile"]
    assert all(block["reasons"] and block["path"] for block in found["blocks"])


@pytest.mark.parametrize("cap", [60, 200, 1000])
async def test_no_form_of_an_answer_is_over_its_cap(server: MCPServer[None], mode: str, cap: int) -> None:
    async with Client(server, mode=mode) as client:
        for n in range(6):
            await answer(client, "remember", content=f"{TALK}\nuser: That was talk {n}.", session_id=f"s{n}")
        result = await client.call_tool(
            "recall", {"query": "Kasia bakery talk", "max_tokens": cap, "explain": True}
        )

    part = result.content[0]
    assert isinstance(part, TextContent)
    assert len(part.text) / 4 <= cap
    assert len(json.dumps(result.structured_content, ensure_ascii=False)) / 4 <= cap


async def test_recall_can_be_asked_as_of_an_earlier_commit(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        first = await said(client)
        await answer(client, "remember", content="user: Kasia moved to Oslo.", session_id="s2")
        then = await answer(client, "recall", query="Kasia Oslo", as_of=first["commit"])

    assert then["commit"] == first["commit"]
    assert "Oslo" not in json.dumps(then)


async def test_a_source_can_be_read_as_it_was_cited(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        receipt = await said(client)
        found = await answer(client, "recall", query="bakery")
        source = next(block["source"] for block in found["blocks"] if block["source"].startswith("sessions/"))
        page = await answer(client, "read", path=source)
        some = await answer(client, "read", path=page["path"], lines="1-2")

    assert page["path"] == receipt["path"]
    assert TALK in page["text"]
    assert (some["lines"], some["text"].count("\n")) == ("1-2", 2)


async def test_history_tells_when_it_was_learned_and_when_it_happened(
    server: MCPServer[None], mode: str
) -> None:
    async with Client(server, mode=mode) as client:
        await said(client)
        past = await answer(client, "history", session="s1")
        page = await answer(client, "history", limit=1)
        rest = await answer(client, "history", cursor=page["next_cursor"])

    assert [entry["stage"] for entry in past["entries"]] == ["digest", "intake"]
    assert past["entries"][0]["happened"].startswith("2024-03-01")
    assert "bakery" in json.dumps(past["entries"][0]["changes"])
    assert page["entries"][0]["commit"] not in [entry["commit"] for entry in rest["entries"]]


async def test_consolidate_tells_what_it_would_do_and_then_does_it(
    server: MCPServer[None], mode: str
) -> None:
    async with Client(server, mode=mode) as client:
        await said(client)
        usual = await answer(client, "consolidate", dry_run=True)
        dry = await answer(client, "consolidate", tools="link", dry_run=True)
        wet = await answer(client, "consolidate", tools="link")

    assert {one["tool"] for one in usual["results"]} < set(CONSOLIDATION_TOOLS)
    assert (dry["dry_run"], dry["results"][0]["tool"], dry["results"][0]["commit"]) == (True, "link", "")
    assert wet["results"][0]["files"] == dry["results"][0]["files"]
    assert len(wet["results"][0]["commit"]) == 40


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("remember", {"content": ""}, "it is empty"),
        ("remember", {"content": "a\0b"}, "NUL"),
        ("remember", {"content": "x" * 10_000_000}, "the limit is"),
        ("remember", {"content": "x", "session_id": "a\nb"}, "this session id cannot be used"),
        ("remember", {"content": "x", "session_date": "last week"}, "is not a date; give"),
        ("remember", {"content": "x", "tags": ["a"]}, "there is no argument 'tags'"),
        ("recall", {"query": "anything"}, "no memory for user 'maya' yet; `remember` something first"),
        ("recall", {"query": "x", "max_tokens": 7}, "max_tokens"),
        ("read", {"path": "index.md"}, "`remember` something first"),
        ("history", {"since": "then"}, "is not a date"),
        ("history", {"why": "anything"}, "`remember` something first"),
        ("consolidate", {"tools": "polish"}, "no tool 'polish'"),
        ("restore", {}, "give one of path, session and commit"),
        ("restore", {"path": "maya.md", "commit": "abcdef1"}, "as_of goes with path"),
        ("restore", {"session": "s1", "as_of": "2024-01-01"}, "as_of goes with path"),
        ("restore", {"path": "maya.md"}, "`remember` something first"),
        ("forget", {"how": "erase"}, "say what to forget: one of session, entity, path or words"),
        ("forget", {"words": "swordfish"}, "how is missing"),
        ("forget", {"words": "swordfish", "how": "shred"}, "input should be 'archive', 'retract' or 'erase'"),
        ("forget", {"words": "swordfish", "how": "erase"}, "`remember` something first"),
        ("forget", {"everything": True, "how": "archive"}, "everything can only be erased"),
        ("forget", {"words": "x", "how": "erase", "answer": True}, "there is no argument 'answer'"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value)[:20],
)
async def test_bad_input_is_an_error_that_says_what_to_do(
    server: MCPServer[None], memory: Memory, mode: str, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with Client(server, mode=mode) as client:
        assert told in await refusal(client, tool, **arguments)

    assert await memory.users() == []


async def test_an_unknown_path_names_those_nearby(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        await said(client)
        assert "nearest: memories/people/kasia.md" in await refusal(client, "read", path="people/kasia.md")
        assert "nothing is filed under" in await refusal(client, "history", entity="Kassandra")


async def test_other_words_under_the_same_id_are_refused(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        await said(client)
        told = await refusal(client, "remember", content="something else", session_id="s1")

    assert "is already stored with other words" in told


async def test_the_files_can_be_explored_as_of_any_moment(server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        await client.call_tool("remember", {"content": "user: My sister Ana paints.", "session_id": "s1"})
        found = await client.call_tool("explore", {"command": "grep -rl Ana memories | sort | head -1"})
        none = await client.call_tool("explore", {"command": "cat ../../etc/passwd"})

    assert found.structured_content is not None
    assert found.structured_content["output"].startswith("memories/")
    assert found.structured_content["exit_code"] == 0
    assert none.structured_content is not None
    assert none.structured_content["exit_code"] != 0
    assert "root:" not in none.structured_content["output"]
