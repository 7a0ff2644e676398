"""Resources and prompts."""

import base64
import json
from typing import Any

from contents import PNG, embedded, text
from mcp.server.mcpserver import Context, MCPServer, UserMessage
from mcp.types import ImageContent, InputRequiredResult
from questioning import ask, form


def static_text() -> str:
    """Words that stay."""
    return "This is the content of the static text resource."


def static_binary() -> bytes:
    """A picture that stays."""
    return base64.b64decode(PNG)


def template(id: str) -> str:
    """A page by its number."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def watched() -> str:
    """A page one may follow."""
    return "w"


def test_simple_prompt() -> list[UserMessage]:
    """Say something."""
    return [UserMessage(text("This is a simple prompt for testing."))]


def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
    """Say what was given."""
    return [UserMessage(text(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"))]


def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
    """Show a file."""
    return [
        UserMessage(embedded(resourceUri, "text/plain", "Embedded resource content for testing.")),
        UserMessage(text("Please process the embedded resource above.")),
    ]


def test_prompt_with_image() -> list[UserMessage]:
    """Show a picture."""
    return [
        UserMessage(ImageContent(type="image", data=PNG, mime_type="image/png")),
        UserMessage(text("Please analyze the image above.")),
    ]


async def test_input_required_result_prompt(context: Context) -> list[UserMessage] | InputRequiredResult:
    """Ask first."""
    answer: Any = (context.input_responses or {}).get("user_context")
    if answer is None:
        return ask(user_context=form("What context should the prompt use?", context="string"))
    return [UserMessage(text(f"context: {(answer.content or {}).get('context')}"))]


def register(server: MCPServer[Any]) -> None:
    """Put resources and prompts onto a server."""
    server.resource("test://static-text")(static_text)
    server.resource("test://static-binary", mime_type="image/png")(static_binary)
    server.resource("test://template/{id}/data", mime_type="application/json")(template)
    server.resource("test://watched-resource")(watched)
    for prompt in (
        test_simple_prompt, test_prompt_with_arguments, test_prompt_with_embedded_resource,
        test_prompt_with_image, test_input_required_result_prompt,
    ):  # fmt: skip
        server.prompt()(prompt)
