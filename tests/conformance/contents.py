"""Tools that answer with each kind of content, with news of themselves, or with an error."""

import base64
from typing import Annotated, Any

import anyio
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.subscriptions import PromptsListChanged, SubscriptionBus, ToolsListChanged
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    SetLevelRequestParams,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

from diffmem.server import compat

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
_SILENCE = (
    b"RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x02\0\0\0\0\0"
)
WAV = base64.b64encode(_SILENCE).decode()

_CONTACT: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def text(words: str) -> TextContent:
    """Words as a part of an answer."""
    return TextContent(type="text", text=words)


def embedded(uri: str, kind: str, words: str) -> EmbeddedResource:
    """A file as a part of an answer."""
    return EmbeddedResource(
        type="resource", resource=TextResourceContents(uri=uri, mime_type=kind, text=words)
    )


def test_simple_text() -> str:
    """Answer with words."""
    return "This is a simple text response for testing."


def test_image_content() -> ImageContent:
    """Answer with a picture."""
    return ImageContent(type="image", data=PNG, mime_type="image/png")


def test_audio_content() -> AudioContent:
    """Answer with a sound."""
    return AudioContent(type="audio", data=WAV, mime_type="audio/wav")


def test_embedded_resource() -> EmbeddedResource:
    """Answer with a file."""
    return embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")


def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    """Answer with several kinds at once."""
    return [
        text("Multiple content types test:"),
        ImageContent(type="image", data=PNG, mime_type="image/png"),
        embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ]


async def _log(context: Context) -> str:
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.info(words)  # pyright: ignore[reportDeprecated]
        await anyio.sleep(0.05)
    return "done"


async def test_tool_with_logging(context: Context) -> str:
    """Log, as older clients have it."""
    return await _log(context)


async def test_logging_tool(context: Context) -> str:
    """Log, which only whoever asks for it may see."""
    return await _log(context)


async def test_tool_with_progress(context: Context) -> str:
    """Tell how far it is."""
    for done in (0, 50, 100):
        await context.report_progress(done, 100)
        await anyio.sleep(0.05)
    return "done"


def test_error_handling() -> str:
    """Fail."""
    raise RuntimeError("This tool intentionally returns an error for testing")


async def test_reconnection(context: Context) -> str:
    """Have the client come back."""
    await context.close_sse_stream()
    await anyio.sleep(0.2)
    return "Reconnection test completed"


def test_x_mcp_header(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "-",  # noqa: PT028
) -> str:
    """Take an argument that stands in a header, too."""
    return region


async def test_missing_capability(context: Context) -> str:
    """Refuse a client that lends no model."""
    able = context.client_capabilities
    if able is None or able.sampling is None:
        data: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "sampling required", data)
    return "ok"


def json_schema_2020_12_tool() -> str:
    """Have a schema of the newest kind."""
    return "x"


async def _set_level(_: ServerRequestContext[Any, Any], _params: SetLevelRequestParams) -> EmptyResult:
    return EmptyResult()


def changes(server: MCPServer[Any], bus: SubscriptionBus) -> None:
    """Put tools onto a server that tell its listeners of changes there never are in the product."""

    async def test_trigger_tool_change() -> str:
        """Say that the tools have changed."""
        await bus.publish(ToolsListChanged())
        return "ok"

    async def test_trigger_prompt_change() -> str:
        """Say that the prompts have changed."""
        await bus.publish(PromptsListChanged())
        return "ok"

    server.tool()(test_trigger_tool_change)
    server.tool()(test_trigger_prompt_change)


def register(server: MCPServer[Any]) -> None:
    """Put the tools onto a server."""
    for tool in (
        test_simple_text, test_image_content, test_audio_content, test_embedded_resource,
        test_multiple_content_types, test_tool_with_logging, test_logging_tool, test_tool_with_progress,
        test_error_handling, test_reconnection, test_x_mcp_header, test_missing_capability,
        json_schema_2020_12_tool,
    ):  # fmt: skip
        server.tool()(tool)
    schemas = server._tool_manager  # pyright: ignore[reportPrivateUsage]
    found = schemas.get_tool("json_schema_2020_12_tool")
    assert found is not None
    found.parameters = _CONTACT
    compat.handle(server, "logging/setLevel", SetLevelRequestParams, _set_level)
