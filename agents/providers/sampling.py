"""The model of the connected MCP client, for old clients that lend it.

Sampling has left the protocol; nothing uses this unless it is asked to.
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio
from anyio import from_thread

from ...errors import ModelDeclined, ModelNonsense, ModelRefused, ModelUnavailable
from .faults import prompt_tokens
from .provider import Reply, Request, Usage
from .wire import asked_for_json

if TYPE_CHECKING:
    from mcp.types import CreateMessageResult


class Sampling:
    """A model asked through the client's session; to be called from a worker thread of its event loop.

    `create_message` is that of the session, made for the request at hand:
    `partial(context.session.create_message, related_request_id=context.request_id)`.
    """

    takes_tools = False

    def __init__(
        self,
        create_message: Callable[..., Awaitable[CreateMessageResult]],
        *,
        model: str = "client",
        context_tokens: int = 32_000,
        timeout: float = 60.0,
    ) -> None:
        self.model = model
        self.context_tokens = context_tokens
        self._create_message = create_message
        self._timeout = timeout

    def complete(self, request: Request) -> Reply:
        """Answer once; the client, or the person before it, may refuse."""
        if request.tools:
            raise ModelRefused(self.model, "the client takes no tools")
        told = from_thread.run(self._asked, request)
        text = told.content.text if told.content.type == "text" else ""
        cut = told.stop_reason == "maxTokens"
        if not text.strip() and not cut:
            raise ModelNonsense(self.model, "the answer is empty")
        return Reply(text, Usage(1, prompt_tokens(request), len(text) // 4), cut=cut)

    async def _asked(self, request: Request) -> CreateMessageResult:
        from mcp.shared.exceptions import MCPError

        seconds = self._timeout if request.seconds is None else min(self._timeout, request.seconds)
        try:
            with anyio.fail_after(seconds):
                return await self._called(request)
        except TimeoutError:
            raise ModelUnavailable(self.model, f"no answer within {seconds:.0f} s") from None
        except MCPError as error:
            raise ModelDeclined(self.model, f"the client declined (code {error.code})") from None

    def _called(self, request: Request) -> Awaitable[CreateMessageResult]:
        from mcp.shared.exceptions import MCPDeprecationWarning
        from mcp.types import SamplingMessage, TextContent

        messages = request.messages
        if request.shape is not None:
            messages = asked_for_json(messages, request.shape)
        system = "\n\n".join(message.content for message in messages if message.role == "system")
        said: list[Any] = [
            SamplingMessage(
                role="assistant" if message.role == "assistant" else "user",
                content=TextContent(type="text", text=message.content),
            )
            for message in messages
            if message.role != "system"
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MCPDeprecationWarning)
            return self._create_message(said, max_tokens=request.max_tokens, system_prompt=system or None)
