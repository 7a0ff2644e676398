from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import pytest
from anyio import to_thread
from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CreateMessageResult, ErrorData, TextContent
from pydantic import BaseModel

from diffmem.agents.providers.provider import Message, Request, Tool
from diffmem.agents.providers.sampling import Sampling
from diffmem.agents.providers.structured import ask
from diffmem.errors import ModelError, ModelNonsense, ModelRefused, ModelUnavailable


class Answer(BaseModel):
    name: str


ASK = (Message("system", "You name things."), Message("user", "This one?"))


def said(text: str, stop: str = "endTurn") -> CreateMessageResult:
    content = TextContent(type="text", text=text)
    return CreateMessageResult(role="assistant", content=content, model="client-model", stop_reason=stop)


async def through_a_client(
    work: Callable[[Sampling], str], answer: Callable[[Any], Awaitable[CreateMessageResult | ErrorData]]
) -> str:
    """What comes of work with the model that a client lends."""
    server: MCPServer[None] = MCPServer("test")

    @server.tool()
    async def run(context: Context[None]) -> str:  # pyright: ignore[reportUnusedFunction]
        lend = context.session.create_message  # pyright: ignore[reportDeprecated]
        sampling = Sampling(partial(lend, related_request_id=context.request_id))
        return await to_thread.run_sync(work, sampling)

    async def sample(context: Any, params: Any) -> CreateMessageResult | ErrorData:
        return await answer(params)

    async with Client(server, mode="legacy", sampling_callback=sample) as client:
        result = await client.call_tool("run", {})
    assert not result.is_error, result.content
    assert isinstance(result.content[0], TextContent)
    return result.content[0].text


async def test_a_client_lends_its_model() -> None:
    asked: list[Any] = []

    async def answer(request: Any) -> CreateMessageResult:
        asked.append(request)
        return said("It is Otto." if len(asked) == 1 else '```json\n{"name": "Otto"}\n```')

    assert await through_a_client(lambda model: ask(model, ASK, Answer, max_tokens=70).name, answer) == "Otto"

    first, second = asked
    assert (first.system_prompt, first.max_tokens) == ("You name things.", 70)
    assert first.messages[0].content.text.startswith("This one?\n\nAnswer with one JSON object in a ```json")
    assert [message.role for message in second.messages] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        pytest.param(ErrorData(code=-1, message="the person said no"), ModelRefused, id="declined"),
        pytest.param(said(""), ModelNonsense, id="empty"),
    ],
)
async def test_a_client_that_lends_nothing_is_an_error_with_a_name(
    answered: CreateMessageResult | ErrorData, error: type[ModelError]
) -> None:
    async def answer(_: Any) -> CreateMessageResult | ErrorData:
        return answered

    def work(model: Sampling) -> str:
        with pytest.raises(error) as failed:
            model.complete(Request(ASK))
        return str(failed.value)

    assert "the person said no" not in await through_a_client(work, answer)


async def test_an_answer_at_the_cap_of_a_client_is_cut() -> None:
    async def answer(_: Any) -> CreateMessageResult:
        return said("half an", stop="maxTokens")

    assert await through_a_client(lambda model: str(model.complete(Request(ASK)).cut), answer) == "True"


async def test_a_client_that_keeps_silent_is_unavailable() -> None:
    async def silence(*_: Any, **__: Any) -> CreateMessageResult:
        await anyio.sleep_forever()
        raise AssertionError

    with pytest.raises(ModelUnavailable, match="no answer within"):
        await to_thread.run_sync(Sampling(silence, timeout=0.01).complete, Request(ASK))


def test_tools_are_not_asked_of_a_client() -> None:
    async def never(*_: Any, **__: Any) -> CreateMessageResult:
        raise AssertionError

    model = Sampling(never)
    assert not model.takes_tools
    with pytest.raises(ModelRefused, match="takes no tools"):
        model.complete(Request(ASK, tools=(Tool("explore", "", {}),)))
