"""A secret is told, traced, half forgotten and then erased, through the server as a host runs it."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp.client.session import ElicitationFnT
from mcp.types import ElicitRequestParams, ElicitResult

Server = Callable[[str], StdioServerParameters]


CANARY = "swordfish-4711"
TALK = f"user: My friend Kasia lives in Porto.\nuser: The code of the safe is {CANARY}, Kasia knows it."


def answering(action: str) -> ElicitationFnT:
    """Somebody who gives the same answer to every question."""

    async def reply(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        content = {"forget": True} if action == "accept" else None
        return ElicitResult.model_validate({"action": action, "content": content})

    return reply


def everything_below(home: Path) -> bytes:
    """Every name and every byte of a folder, git's objects unpacked."""
    found: list[bytes] = []
    for file in home.rglob("*"):
        found.append(str(file.relative_to(home)).encode())
        if file.is_file():
            raw = file.read_bytes()
            found.append(raw)
            try:
                found.append(zlib.decompress(raw))
            except zlib.error:
                continue
    return b"\n".join(found)


async def answer(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_secret_is_traced_to_its_words_kept_when_declined_and_erased_for_good(
    server: Server, home: Path, mode: str
) -> None:
    erase = {"words": CANARY, "how": "erase"}
    async with Client(server("maya"), mode=mode, elicitation_callback=answering("decline")) as client:
        await answer(client, "remember", content=TALK, session_id="s1", session_date="2024-03-01")
        trace = (await answer(client, "history", why="code of the safe"))["why"]
        declined = await answer(client, "forget", **erase)
        kept = await answer(client, "recall", query="What is the code of the safe?")
    assert (trace["session_id"], trace["turn"], trace["speaker"]) == ("s1", 2, "user")
    assert CANARY in trace["quote"]
    assert not declined["done"]
    assert CANARY in json.dumps(kept)
    assert CANARY.encode() in everything_below(home)

    async with Client(server("maya"), mode=mode, elicitation_callback=answering("accept")) as client:
        erased = await answer(client, "forget", **erase)
        found = await answer(client, "recall", query="What is the code of the safe?")
    assert (erased["done"], erased["found"]) == (True, [])
    assert CANARY not in json.dumps(found)
    assert "Kasia lives in Porto" in json.dumps(found)
    assert CANARY.encode() not in everything_below(home)


async def test_a_host_that_cannot_ask_has_approved_the_call_itself(server: Server, home: Path) -> None:
    async with Client(server("maya")) as client:
        await answer(client, "remember", content=TALK, session_id="s1")
        erased = await answer(client, "forget", session="s1", how="erase")
        gone = await answer(client, "history", session="s1")

    assert (erased["done"], erased["found"], gone["entries"]) == (True, [], [])
    for word in (CANARY, "Kasia", "kasia", "Porto"):
        assert word.encode() not in everything_below(home), word


async def test_of_a_user_who_is_erased_nothing_is_left(server: Server, home: Path) -> None:
    async with Client(server("maya-unlike-others")) as client:
        await answer(client, "remember", content=TALK, session_id="s1")
        erased = await answer(client, "forget", everything=True, how="erase")

    assert (erased["done"], erased["found"]) == (True, [])
    left = everything_below(home)
    assert CANARY.encode() not in left
    assert b"maya-unlike-others" not in left
