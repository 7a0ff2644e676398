"""Short words for what tests ask of tools through a client."""

from typing import Any

from mcp import Client
from mcp.types import TextContent


async def answer(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answers, which must be no error."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    """What a tool says when it refuses."""
    result = await client.call_tool(tool, arguments)
    part = result.content[0]
    assert result.is_error
    assert isinstance(part, TextContent)
    return part.text
