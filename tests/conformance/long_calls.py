"""Tools that take their time, as tasks."""

from typing import Any

import anyio
from mcp import MCPError
from mcp.server.mcpserver import Context, MCPServer, require_client_extension
from mcp.types import InputRequiredResult
from questioning import ask, form

from diffmem.server import tasks

NAMES = frozenset(
    {
        "slow_compute", "failing_job", "protocol_error_job", "confirm_delete", "multi_input",
        "test_tool_with_task",
    }
)  # fmt: skip


def greet(name: str = "world") -> str:
    """Never be a task."""
    return f"Hello, {name}!"


async def slow_compute(seconds: float = 1, label: str = "x") -> str:
    """Take so long."""
    tasks.begin()
    await anyio.sleep(seconds)
    return f"slow_compute done after {seconds}s"


async def failing_job(context: Context) -> str:
    """Fail after a while; be nothing but a task."""
    require_client_extension(context.request_context, tasks.IDENTIFIER)
    tasks.begin()
    await anyio.sleep(1)
    raise RuntimeError("job failed")


async def protocol_error_job() -> str:
    """Fail by the protocol."""
    tasks.begin()
    await anyio.sleep(0.3)
    raise MCPError(-32603, "boom")


async def confirm_delete(filename: str = "f") -> str:
    """Ask one question while at it."""
    task = tasks.current.get()
    if task is None:
        return "sync: not confirmed"
    tasks.begin()
    answers = await task.ask(**{"confirm-1": form(f"Delete {filename}?", confirm="boolean")})
    return f"answer {dict(answers)}"


async def multi_input() -> str:
    """Ask two questions while at it."""
    task = tasks.current.get()
    if task is None:
        return "sync"
    tasks.begin()
    questions = {"k-1": form("name?", name="string"), "k-2": form("colour?", colour="string")}
    return f"answers {dict(await task.ask(**questions))}"


async def test_tool_with_task(context: Context) -> str | InputRequiredResult:
    """Ask first, then take time."""
    answer: Any = (context.input_responses or {}).get("user_name")
    if answer is None:
        return ask(user_name=form("name?", name="string"))
    tasks.begin()
    await anyio.sleep(0.3)
    return f"Hello {(answer.content or {}).get('name')}"


def register(server: MCPServer[Any]) -> None:
    """Put the tools onto a server."""
    for tool in (
        greet, slow_compute, failing_job, protocol_error_job, confirm_delete, multi_input,
        test_tool_with_task,
    ):  # fmt: skip
        server.tool()(tool)
