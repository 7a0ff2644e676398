"""What we rely on in the MCP library beyond its public names; a new version of it must pass here first."""

import json
from typing import Annotated, Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.client import ClientRequestContext
from mcp.server import MCPServer, ServerRequestContext
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.message import SessionMessage
from mcp.types import (
    ElicitRequestParams,
    ElicitResult,
    JSONRPCError,
    ListResourcesResult,
    PaginatedRequestParams,
    Resource,
    SubscriptionsListenRequestParams,
    TextContent,
    jsonrpc_message_adapter,
)
from pydantic import BaseModel, Field, ValidationError

from diffmem.errors import UnknownPath
from diffmem.server import compat


class Said(BaseModel):
    """What was said."""

    words: str
    loud: bool = False


async def say(words: str, times: Annotated[int, Field(ge=1)] = 1, tone: str = "") -> Said:
    """Say something."""
    if words == "lost":
        raise UnknownPath("lost.md", ["found.md"])
    return Said(words=words * times + tone)


def server() -> MCPServer[None]:
    return MCPServer[None]("strict", tools=[compat.StrictTool.of(say)], log_level="ERROR")


def text(answer: Any) -> str:
    part = answer.content[0]
    assert isinstance(part, TextContent)
    return part.text


async def test_argument_names_are_published_as_the_only_ones(mode: str) -> None:
    async with Client(server(), mode=mode) as client:
        tool = (await client.list_tools()).tools[0]

    assert tool.input_schema["additionalProperties"] is False
    assert tool.input_schema["required"] == ["words"]
    assert tool.output_schema is not None
    assert "title" not in json.dumps([tool.input_schema, tool.output_schema])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"words": "a", "wrods": "b"}, "say: there is no argument 'wrods'. It takes: words, times, tone."),
        ({}, "say: words is missing. It takes: words, times, tone."),
        (
            {"words": "a", "times": 0},
            "say: times: input should be greater than or equal to 1. It takes: words, times, tone.",
        ),
        ({"words": ["a"]}, "say: words: input should be a valid string. It takes: words, times, tone."),
        ({"words": "lost"}, "no file 'lost.md' in this memory; nearest: found.md"),
    ],
    ids=["unknown", "missing", "out of range", "no string", "an error of ours"],
)
async def test_a_refusal_says_in_plain_words_what_to_do(
    mode: str, arguments: dict[str, Any], told: str
) -> None:
    async with Client(server(), mode=mode) as client:
        answer = await client.call_tool("say", arguments)

    assert answer.is_error
    assert text(answer) == told


async def test_the_shape_of_an_answer_is_published_without_what_only_its_sender_needs(mode: str) -> None:
    class Part(BaseModel):
        """A part."""

        title: str = "x"

    class Whole(BaseModel):
        """What the tool says it is."""

        parts: list[Part]
        last: Part | None = None

    async def parted() -> Whole:
        """Give parts."""
        return Whole(parts=[Part()])

    strict = MCPServer[None]("strict", tools=[compat.StrictTool.of(parted)])
    async with Client(strict, mode=mode) as client:
        shape = (await client.list_tools()).tools[0].output_schema
        answer = await client.call_tool("parted", {})

    part = {"type": "object", "properties": {"title": {"type": "string"}}}
    assert shape == {
        "type": "object",
        "properties": {
            "parts": {"type": "array", "items": part},
            "last": part,
        },
    }
    assert answer.structured_content == {"parts": [{}]}


@pytest.mark.parametrize("words", ['{"a": 1}', "[1, 2]", "null", "true", "123", '"quoted"'])
async def test_text_that_looks_like_json_stays_text(mode: str, words: str) -> None:
    async with Client(server(), mode=mode) as client:
        answer = await client.call_tool("say", {"words": words})

    assert answer.structured_content == {"words": words}


class Sure(BaseModel):
    """Whether it may be done."""

    sure: bool


async def sure(words: str, context: Context) -> Sure | Elicit[Sure]:
    return Elicit(f"Really {words}?", Sure) if compat.can_be_asked(context) else Sure(sure=True)


async def shout(*, words: str, answer: Annotated[ElicitationResult[Sure], Resolve(sure)]) -> Said:
    """Shout it, if that is wanted."""
    agreed = isinstance(answer, AcceptedElicitation) and answer.data.sure
    return Said(words=words, loud=agreed)


@pytest.mark.parametrize(
    ("reply", "loud"),
    [
        (None, True),
        (ElicitResult(action="accept", content={"sure": True}), True),
        (ElicitResult(action="accept", content={"sure": False}), False),
        (ElicitResult(action="decline"), False),
        (ElicitResult(action="cancel"), False),
    ],
    ids=["cannot ask", "yes", "no", "declined", "cancelled"],
)
async def test_a_tool_can_have_the_user_asked_where_the_client_can_ask(
    mode: str, reply: ElicitResult | None, loud: bool
) -> None:
    asked: list[str] = []

    async def callback(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert reply is not None
        asked.append(params.message)
        return reply

    strict = MCPServer[None]("strict", tools=[compat.StrictTool.of(shout)])
    async with Client(strict, mode=mode, elicitation_callback=callback if reply else None) as client:
        assert "answer" not in (await client.list_tools()).tools[0].input_schema["properties"]
        answer = await client.call_tool("shout", {"words": "hey"})

    assert answer.structured_content == {"words": "hey", "loud": loud}
    assert asked == (["Really hey?"] if reply else [])


async def test_null_means_not_given(mode: str) -> None:
    async with Client(server(), mode=mode) as client:
        answer = await client.call_tool("say", {"words": "hi", "times": None, "tone": None})

    assert answer.structured_content == {"words": "hi"}


async def test_the_text_beside_an_answer_is_the_same_json_and_no_longer(mode: str) -> None:
    async with Client(server(), mode=mode) as client:
        answer = await client.call_tool("say", {"words": "é"})

    assert text(answer) == '{"words": "é"}'


async def test_a_method_of_the_protocol_can_be_answered_by_ourselves(mode: str) -> None:
    async def listed(_: ServerRequestContext[Any, Any], asked: PaginatedRequestParams) -> ListResourcesResult:
        return ListResourcesResult(resources=[Resource(uri=f"a://{asked.cursor}", name="a")], next_cursor="x")

    strict = server()
    compat.handle(strict, "resources/list", PaginatedRequestParams, listed)

    async with Client(strict, mode=mode) as client:
        page = await client.list_resources(cursor="7")

    assert (page.resources[0].uri, page.next_cursor) == ("a://7", "x")


async def test_a_listener_of_ours_can_be_ended_by_us() -> None:
    bus = InMemorySubscriptionBus()
    strict = MCPServer[None]("listens", subscriptions=bus, log_level="ERROR")
    listeners = ListenHandler(bus)
    compat.handle(strict, "subscriptions/listen", SubscriptionsListenRequestParams, listeners)

    with anyio.fail_after(60):
        async with Client(strict) as client, client.listen(resources_list_changed=True) as heard:
            listeners.close()
            assert [event async for event in heard] == []


async def test_a_line_that_cannot_be_read_is_answered_and_not_dropped() -> None:
    line = '{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"content": "a\\ud800"}}'
    with pytest.raises(ValidationError) as unread:
        jsonrpc_message_adapter.validate_json(line, by_name=False)
    onward, _frames = anyio.create_memory_object_stream[compat.Frame](1)
    answers: list[SessionMessage] = []

    async def answer(message: SessionMessage) -> None:
        answers.append(message)

    with onward, _frames:
        await compat.pass_on(unread.value, onward, answer)

    refused = answers[0].message
    assert isinstance(refused, JSONRPCError)
    assert (refused.id, refused.error.code) == (7, -32700)
    assert "surrogate" in refused.error.message


@pytest.mark.parametrize("line", ["not json", "[]", '{"id": {}}', '{"jsonrpc": "2.0", "method": "x\\ud800"}'])
async def test_a_line_that_asks_nothing_is_passed_on_for_the_library_to_drop(line: str) -> None:
    with pytest.raises(ValidationError) as unread:
        jsonrpc_message_adapter.validate_json(line, by_name=False)
    onward, frames = anyio.create_memory_object_stream[compat.Frame](1)

    async def answer(_: SessionMessage) -> None:
        pytest.fail("there is nobody to answer")

    with onward, frames:
        await compat.pass_on(unread.value, onward, answer)
        assert frames.receive_nowait() is unread.value


async def test_an_error_of_the_protocol_stays_one(mode: str) -> None:
    async with Client(server(), mode=mode) as client:
        with pytest.raises(MCPError):
            await client.read_resource("memory:///nothing")
