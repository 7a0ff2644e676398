"""Long calls as tasks that a client asks after: the protocol's extension for it (SEP-2663)."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import anyio
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import require_client_extension
from mcp.shared.inbound import decode_header_value
from mcp.types import HEADER_MISMATCH, INTERNAL_ERROR, INVALID_PARAMS, CallToolRequestParams, RequestParams
from mcp.types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, Field

from .background import Background

IDENTIFIER = "io.modelcontextprotocol/tasks"
PATIENCE_SECONDS = 2.0
"""How long a call may take before it becomes a task."""
TTL_MS = 600_000
_POLL_MS = 1000
_MOST_TASKS = 1000

State = Literal["working", "input_required", "completed", "failed", "cancelled"]


class Asked(RequestParams):
    """Which task a client asks after."""

    task_id: str


class Told(Asked):
    """What a client answers to the questions of a task."""

    input_responses: dict[str, Any] = Field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Task:
    """One call; it becomes a task for its client once it has begun and takes its time."""

    owner: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    state: State = "working"
    message: str = ""
    settled: bool = False
    """Whether it can no longer be taken back."""
    begun: anyio.Event = field(default_factory=anyio.Event)
    ended: anyio.Event = field(default_factory=anyio.Event)
    result: HandlerResult = None
    error: MCPError | None = None
    created: str = field(default_factory=lambda: _now())
    updated: str = field(default_factory=lambda: _now())
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    questions: dict[str, Any] = field(default_factory=dict[str, Any])
    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    answered: anyio.Event = field(default_factory=anyio.Event)

    async def ask(self, **questions: BaseModel) -> Mapping[str, Any]:
        """Wait until the client has answered each question."""
        self.questions = {
            name: one.model_dump(by_alias=True, mode="json", exclude_none=True)
            for name, one in questions.items()
        }
        self.turn("input_required")
        while self.questions:
            self.answered = anyio.Event()
            await self.answered.wait()
        self.turn("working")
        return self.answers

    def answer(self, answers: Mapping[str, Any]) -> None:
        """Take the answers to questions that are open."""
        given = {name: answers[name] for name in self.questions.keys() & answers.keys()}
        self.answers |= given
        self.questions = {name: one for name, one in self.questions.items() if name not in given}
        self.answered.set()

    def take_back(self) -> None:
        """End the call, unless its work has begun in earnest: that is seen through."""
        if not self.settled:
            self.scope.cancel()

    def turn(self, state: State) -> None:
        """Come to another state."""
        self.state, self.updated = state, _now()

    def plain(self, *, detailed: bool = True) -> dict[str, Any]:
        """The task as the client is told of it."""
        told: dict[str, Any] = {
            "taskId": self.id,
            "status": self.state,
            "createdAt": self.created,
            "lastUpdatedAt": self.updated,
            "ttlMs": TTL_MS,
            "pollIntervalMs": _POLL_MS,
        }
        if self.message:
            told["statusMessage"] = self.message
        if detailed and self.state == "completed":
            told["result"] = _sent(self.result)
        if detailed and self.state == "failed":
            error = self.error or MCPError(INTERNAL_ERROR, "Internal error")
            told["error"] = {"code": error.code, "message": error.message}
        if detailed and self.state == "input_required":
            told["inputRequests"] = self.questions
        return told


current: ContextVar[Task | None] = ContextVar("task", default=None)
"""The task that the running call is, or may become."""


def begin() -> None:
    """Say that nothing more is to be asked: from here on the call may become a task."""
    if task := current.get():
        task.begun.set()


def settle() -> bool:
    """The same, and that what is done from here on is seen through; whether a client polls for it."""
    task = current.get()
    if task is None:
        return False
    task.settled = True
    task.begun.set()
    return True


class Tasks(Extension):
    """Makes tasks of calls of `tools` by clients that know of tasks; `owner` says whose a message is."""

    identifier = IDENTIFIER

    def __init__(
        self,
        background: Background,
        owner: Callable[[], str],
        tools: Collection[str],
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._background = background
        self._owner = owner
        self._tools = frozenset(tools)
        self._patience = patience
        self._tasks: dict[str, Task] = {}

    def methods(self) -> Sequence[MethodBinding]:
        """What a client asks of its tasks."""
        modern = frozenset(MODERN_PROTOCOL_VERSIONS)
        return [
            MethodBinding("tasks/get", Asked, self.get, modern),
            MethodBinding("tasks/cancel", Asked, self.cancel, modern),
            MethodBinding("tasks/update", Told, self.update, modern),
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Answer a call as ever if it is quick, and with a task if it is not."""
        if params.name not in self._tools or not _knows_tasks(ctx):
            return await call_next(ctx)
        task = Task(self._owner())
        self._background.start(lambda: self._run(task, ctx, call_next))
        try:
            await task.begun.wait()
            with anyio.move_on_after(self._patience):
                await task.ended.wait()
        except anyio.get_cancelled_exc_class():
            task.take_back()
            raise
        if not task.ended.is_set():
            self._keep(task)
            return {"resultType": "task", **task.plain(detailed=False)}
        if task.error:
            raise task.error
        return task.result

    async def get(self, ctx: ServerRequestContext[Any, Any], params: Asked) -> dict[str, Any]:
        """How a task stands."""
        return self._find(ctx, params).plain()

    async def cancel(self, ctx: ServerRequestContext[Any, Any], params: Asked) -> dict[str, Any]:
        """End a task that can still be taken back."""
        self._find(ctx, params).take_back()
        return {}

    async def update(self, ctx: ServerRequestContext[Any, Any], params: Told) -> dict[str, Any]:
        """Bring a task the answers it waits for."""
        self._find(ctx, params).answer(params.input_responses)
        return {}

    async def _run(self, task: Task, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> None:
        current.set(task)
        ending: State = "failed"
        try:
            with task.scope:
                task.result = await call_next(ctx)
                ending = "completed"
            if task.scope.cancelled_caught:
                ending = "cancelled"
        except MCPError as error:
            task.error = error
        finally:
            task.turn(ending)
            task.begun.set()
            task.ended.set()

    def _keep(self, task: Task) -> None:
        over = [one.id for one in self._tasks.values() if one.ended.is_set()]
        for old in over[: max(0, len(self._tasks) - _MOST_TASKS + 1)]:
            del self._tasks[old]
        self._tasks[task.id] = task
        self._background.start(lambda: self._expire(task))

    async def _expire(self, task: Task) -> None:
        await task.ended.wait()
        await self._background.pause(TTL_MS / 1000)
        self._tasks.pop(task.id, None)

    def _find(self, ctx: ServerRequestContext[Any, Any], params: Asked) -> Task:
        require_client_extension(ctx, IDENTIFIER)
        headers = getattr(ctx.request, "headers", None)
        if headers is not None and decode_header_value(headers.get("mcp-name")) != params.task_id:
            raise MCPError(HEADER_MISMATCH, "the Mcp-Name header must be the id of the task")
        task = self._tasks.get(params.task_id)
        if task is None or task.owner != self._owner():
            raise MCPError(INVALID_PARAMS, "there is no such task; tasks are kept for a while only")
        return task


def _knows_tasks(ctx: ServerRequestContext[Any, Any]) -> bool:
    able = ctx.session.client_capabilities
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS and IDENTIFIER in (
        (able and able.extensions) or {}
    )


def _sent(result: HandlerResult) -> dict[str, Any]:
    plain = (
        result.model_dump(by_alias=True, mode="json", exclude_none=True)
        if isinstance(result, BaseModel)
        else dict(result or {})
    )
    return {"resultType": "complete", **plain}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
