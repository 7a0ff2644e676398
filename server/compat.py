"""The few places where the MCP library is used by more than its public names; each has a contract test."""

import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server import NotificationOptions, ServerRequestContext
from mcp.server.connection import Connection
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import resolve_arguments
from mcp.server.mcpserver.tools import Tool
from mcp.server.models import InitializationOptions
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import PARSE_ERROR, CallToolResult, ErrorData, InputRequiredResult, JSONRPCError, TextContent
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import BaseModel, ValidationError

from ..errors import DiffMemError
from .problems import tool_error

Frame = SessionMessage | Exception

_SENDERS_OWN = frozenset({"title", "default", "additionalProperties", "required", "$defs"})


class StrictTool(Tool):
    """A tool that refuses argument names it does not know, and tells its errors in plain words.

    What was not set in its answer is not sent, and the text beside the structured answer is the same
    JSON without indentation, so that neither form is over a cap.
    """

    @classmethod
    def of(cls, fn: Callable[..., Awaitable[BaseModel]], **told: Any) -> "StrictTool":
        """A tool made of a function; its docstring and annotations are what the model is told."""
        words = inspect.getdoc(fn)
        tool = cast(StrictTool, cls.from_function(fn, description=words, structured_output=True, **told))
        arguments = tool.fn_metadata.arg_model
        arguments.model_config["extra"] = "forbid"
        arguments.model_rebuild(force=True)
        tool.parameters = _lean(arguments.model_json_schema(by_alias=True))
        tool.fn_metadata.output_schema = _shape(tool.fn_metadata.output_schema or {})
        return tool

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> Any:
        """Check the arguments, call the function, and send its answer."""
        # Models send null for "not given".
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            accepted = self.fn_metadata.validate_arguments(given)
        except ValidationError as wrong:
            raise ToolError(_advice(self, wrong)) from wrong
        try:
            asked = await resolve_arguments(self.resolved_params, self.resolver_plans, accepted, context)
            if isinstance(asked, InputRequiredResult):
                # The client takes the question to its user and calls again with the answer.
                return asked
            direct = asked | ({self.context_kwarg: context} if self.context_kwarg else {})
            answer = await self.fn_metadata.call_fn(self.fn, self.is_async, accepted, direct)
        except DiffMemError as error:
            raise tool_error(error) from error
        return as_sent(answer) if convert_result else answer


def can_be_asked(context: Context[Any, Any]) -> bool:
    """Whether the client shows its user a form and brings back the answer."""
    able = context.client_capabilities
    asks = able.elicitation if able else None
    return asks is not None and (asks.form is not None or asks.url is None)


def as_sent(answer: BaseModel) -> CallToolResult:
    """An answer as it goes over the wire."""
    content = answer.model_dump(mode="json", exclude_unset=True)
    text = json.dumps(content, ensure_ascii=False)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=content)


def handle(
    server: MCPServer[Any], method: str, params: type[BaseModel], handler: Callable[..., Awaitable[Any]]
) -> None:
    """Answer a method of the protocol ourselves, in place of the library."""
    server._lowlevel_server.add_request_handler(method, params, handler)  # pyright: ignore[reportPrivateUsage]


def advertise_changes(server: MCPServer[Any]) -> None:
    """Tell clients of the older protocol, too, that they will be told when the list of files changes."""
    low = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]
    made = low.create_initialization_options

    def options(
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        changes = notification_options or NotificationOptions(resources_changed=True)
        return made(changes, experimental_capabilities, extensions)

    low.create_initialization_options = options


def is_older(context: ServerRequestContext[Any, Any]) -> bool:
    """Whether a message came over a connection that began with a handshake."""
    return context.protocol_version in HANDSHAKE_PROTOCOL_VERSIONS


def connection_of(context: ServerRequestContext[Any, Any]) -> Connection:
    """The connection a message came over; in the older protocol it stays for many messages."""
    return context.session._connection  # pyright: ignore[reportPrivateUsage]


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve one client over standard input and output until it hangs up."""
    low = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]
    async with stdio_server() as (read, write):
        relayed, frames = anyio.create_memory_object_stream[Frame](0)

        async def relay() -> None:
            async with relayed:
                async for frame in read:
                    await pass_on(frame, relayed, write.send)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(relay)
            await low.run(frames, write, low.create_initialization_options())
            tasks.cancel_scope.cancel()


async def pass_on(
    frame: Frame,
    onward: MemoryObjectSendStream[Frame],
    answer: Callable[[SessionMessage], Awaitable[None]],
) -> None:
    """Pass a frame to the server, or refuse a request that cannot be read."""
    # The library drops a line it cannot read, and the client waits for ever for its answer.
    refusal = _refusal(frame) if isinstance(frame, ValidationError) else None
    try:
        if refusal is None:
            await onward.send(frame)
        else:
            await answer(SessionMessage(refusal))
    except (anyio.ClosedResourceError, anyio.BrokenResourceError):
        return


def _refusal(unread: ValidationError) -> JSONRPCError | None:
    """The answer to a request the library could not read, if it can be told which one it was."""
    try:
        request: Any = json.loads(str(unread.errors()[0]["input"]))
        identity: Any = request["id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not isinstance(identity, str | int):
        return None
    why = "this request is not valid text: half a surrogate pair (\\ud800 to \\udfff) cannot stand alone"
    return JSONRPCError(jsonrpc="2.0", id=identity, error=ErrorData(code=PARSE_ERROR, message=why))


def _advice(tool: Tool, wrong: ValidationError) -> str:
    """What was wrong with the arguments, and which ones there are."""
    told: list[str] = []
    for error in wrong.errors():
        name = ".".join(str(part) for part in error["loc"])
        if error["type"] == "extra_forbidden":
            told.append(f"there is no argument {name[:60]!r}")
        elif error["type"] == "missing":
            told.append(f"{name} is missing")
        else:
            what = str(error["msg"]).removeprefix("Value error, ")
            told.append(f"{name}: {what[:1].lower()}{what[1:]}")
    names = ", ".join(tool.parameters["properties"])
    return f"{tool.name}: {'; '.join(told)}. It takes: {names}."


def _lean(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without titles made of names and defaults of nothing; they cost tokens and say nothing."""

    def says(key: str, value: Any) -> bool:
        if key == "additionalProperties":
            return value is False
        return key != "title" and (key != "default" or bool(value))

    return _mapped(schema, lambda part: {key: value for key, value in part.items() if says(key, value)})


def _shape(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer: parts where they are used, nothing that only matters to who sends it."""
    parts: dict[str, Any] = schema.get("$defs", {})

    def inline(part: dict[str, Any]) -> dict[str, Any]:
        # What may be null is not sent when it is.
        given = [one for one in part.get("anyOf", ()) if one != {"type": "null"}]
        part = given[0] if len(given) == 1 else part
        told = parts[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        kept = {key: value for key, value in told.items() if key not in _SENDERS_OWN}
        return kept if told is part else described(_mapped(kept, inline))

    def described(shape: dict[str, Any]) -> dict[str, Any]:
        # What a part is, the name of its place and the description of the tool say already.
        shape.pop("description", None)
        return shape

    return described(_mapped(schema, inline))


def _mapped(schema: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """A schema each of whose parts was changed; the names of properties are no part."""

    def mapped(part: Any, of_names: bool) -> Any:
        if isinstance(part, dict):
            named = cast(dict[str, Any], part)
            changed = named if of_names else change(named)
            return {
                key: mapped(value, key in {"properties", "$defs"} and not of_names)
                for key, value in changed.items()
            }
        if isinstance(part, list):
            return [mapped(item, False) for item in cast(list[Any], part)]
        return part

    return mapped(schema, False)
