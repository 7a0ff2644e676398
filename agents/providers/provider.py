"""What an agent asks of a model, what it gets, and what that cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from pydantic import BaseModel

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent: calls made, tokens in and out, and money in US dollars where the server tells."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None

    def __add__(self, other: Usage) -> Usage:
        told = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            sum(told) if told else None,
        )


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model wants called; `arguments` is the JSON it wrote, unchecked."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation with a model.

    `calls` are those of an assistant; `call_id` says which of them a message of role "tool" answers.
    """

    role: Role
    content: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool a model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the conversation so far, and the shape of the answer or the tools at hand.

    With `shape` the answer is to be JSON of that model's schema; `max_tokens` caps it. `seconds` is the
    most it may take with all retries, where that is less than the provider's own patience.
    """

    messages: tuple[Message, ...]
    shape: type[BaseModel] | None = None
    tools: tuple[Tool, ...] = ()
    max_tokens: int = 4096
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered; `cut` if it ran into `max_tokens`."""

    text: str
    usage: Usage
    calls: tuple[ToolCall, ...] = ()
    cut: bool = False


class Provider(Protocol):
    """Anything that answers a conversation; called from worker threads, many at a time."""

    @property
    def model(self) -> str:
        """The name that goes into commits."""
        ...

    @property
    def takes_tools(self) -> bool:
        """Whether native tool calls may be asked of it."""
        ...

    @property
    def context_tokens(self) -> int:
        """How many tokens the prompt and the answer may have together."""
        ...

    def complete(self, request: Request) -> Reply:
        """Answer once.

        Raises:
            ModelUnavailable: no answer after all retries.
            ModelRefused: the server does not take this request, or the model refused.
            ModelNonsense: the answer is empty or broken.
        """
        ...


class Meter:
    """A provider that counts what is spent through it."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self.usage = Usage()

    @property
    def model(self) -> str:
        """The name of the model behind it."""
        return self._provider.model

    @property
    def takes_tools(self) -> bool:
        """Whether the model behind it does."""
        return self._provider.takes_tools

    @property
    def context_tokens(self) -> int:
        """How much the model behind it takes."""
        return self._provider.context_tokens

    def complete(self, request: Request) -> Reply:
        """Answer as the model behind it does; a call that failed is counted, too."""
        try:
            reply = self._provider.complete(request)
        except Exception:
            self.usage += Usage(calls=1)
            raise
        self.usage += reply.usage
        return reply


class Scripted:
    """A provider that says what it is told, in order, and remembers what it was asked."""

    def __init__(
        self,
        *replies: str | Reply | Exception,
        model: str = "scripted",
        takes_tools: bool = False,
        context_tokens: int = 32_000,
    ) -> None:
        self._replies = list(replies)
        self.model = model
        self.takes_tools = takes_tools
        self.context_tokens = context_tokens
        self.asked: list[Request] = []

    def say(self, *replies: str | Reply | Exception) -> None:
        """Have more to say, after what it has already."""
        self._replies.extend(replies)

    def complete(self, request: Request) -> Reply:
        """Answer with the next reply; an exception among them is raised."""
        self.asked.append(request)
        if not self._replies:
            raise AssertionError("the script is at its end")
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Reply):
            return reply
        asked = sum(len(message.content) for message in request.messages)
        return Reply(reply, Usage(1, asked // 4, len(reply) // 4))
