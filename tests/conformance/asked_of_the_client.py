"""Tools that ask the client for something, in the way of the older protocol."""

from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import SamplingMessage, TextContent
from pydantic import BaseModel, Field


class Who(BaseModel):
    """Somebody."""

    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Defaults(BaseModel):
    """A form that is filled in already."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Annotated[str, Field(json_schema_extra={"enum": ["active", "inactive", "pending"]})] = "active"
    verified: bool = True


_TITLED: list[Any] = [{"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}]


class Enums(BaseModel):
    """A form of choices."""

    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2"]})
    titledSingle: str = Field(json_schema_extra={"oneOf": _TITLED})
    legacyEnum: str = Field(json_schema_extra={"enum": ["opt1", "opt2"], "enumNames": ["One", "Two"]})
    untitledMulti: list[str] = Field(
        json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2"]}}
    )
    titledMulti: list[str] = Field(json_schema_extra={"items": {"anyOf": _TITLED}})


async def _ask(context: Context, message: str, form: type[BaseModel]) -> str:
    told = await context.elicit(message, form)
    content = told.data.model_dump_json() if told.action == "accept" else "{}"
    return f"Elicitation completed: action={told.action}, content={content}"


async def test_sampling(prompt: str, context: Context) -> str:
    """Ask the client's model."""
    asked = [SamplingMessage(role="user", content=TextContent(type="text", text=prompt))]
    told = await context.session.create_message(  # pyright: ignore[reportDeprecated]
        asked, max_tokens=100, related_request_id=context.request_id
    )
    return f"LLM response: {getattr(told.content, 'text', '')}"


async def test_elicitation(message: str, context: Context) -> str:
    """Ask the client's user."""
    return await _ask(context, message, Who)


async def test_elicitation_sep1034_defaults(context: Context) -> str:
    """Ask with a form that is filled in already."""
    return await _ask(context, "defaults", Defaults)


async def test_elicitation_sep1330_enums(context: Context) -> str:
    """Ask with a form of choices."""
    return await _ask(context, "enums", Enums)


def register(server: MCPServer[Any]) -> None:
    """Put the tools onto a server."""
    for tool in (
        test_sampling,
        test_elicitation,
        test_elicitation_sep1034_defaults,
        test_elicitation_sep1330_enums,
    ):
        server.tool()(tool)
