"""Tools that answer with a question, and are called again with what was answered."""

from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)

Answer = str | InputRequiredResult


def form(message: str, **fields: str) -> ElicitRequest:
    """A question with a field of a type for each answer."""
    properties = {name: {"type": kind} for name, kind in fields.items()}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": list(fields)}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(question: str, most: int = 100) -> CreateMessageRequest:
    """A question to the client's model."""
    asked = [SamplingMessage(role="user", content=TextContent(type="text", text=question))]
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=asked, max_tokens=most))


def ask(state: str | None = None, **questions: Any) -> InputRequiredResult:
    """Questions, and what is to come back with their answers."""
    return InputRequiredResult(input_requests=questions, request_state=state)


def told(context: Context) -> dict[str, Any]:
    """What was answered."""
    return dict(context.input_responses or {})


async def test_streaming_elicitation(context: Context) -> Answer:
    """Tell how far it is, then ask."""
    if context.input_responses:
        return "ok"
    await context.report_progress(1, 2)
    return ask(a=form("name?", name="string"))


async def test_input_required_result_elicitation(context: Context) -> Answer:
    """Ask the user."""
    answer = told(context).get("user_name")
    content: Any = getattr(answer, "content", None) or {}
    name = content.get("name")
    return f"Hello, {name}!" if name else ask(user_name=form("What is your name?", name="string"))


async def test_input_required_result_sampling(context: Context) -> Answer:
    """Ask the model."""
    answer = told(context).get("capital_question")
    if answer is None:
        return ask(capital_question=sample("What is the capital of France?"))
    return f"Model: {answer.content.text}"


async def test_input_required_result_list_roots(context: Context) -> Answer:
    """Ask for the roots."""
    answer = told(context).get("client_roots")
    return ask(client_roots=ListRootsRequest()) if answer is None else str([str(r.uri) for r in answer.roots])


async def test_input_required_result_request_state(context: Context) -> Answer:
    """Keep a state over the question."""
    if context.request_state == "s1" and "confirm" in told(context):
        return "state-ok"
    return ask("s1", confirm=form("Please confirm", ok="boolean"))


async def test_input_required_result_multiple_inputs(context: Context) -> Answer:
    """Ask three at once."""
    if {"user_name", "greeting", "client_roots"} <= told(context).keys():
        return "all"
    return ask(
        "m",
        user_name=form("What is your name?", name="string"),
        greeting=sample("Generate a greeting", 50),
        client_roots=ListRootsRequest(),
    )


async def test_input_required_result_multi_round(context: Context) -> Answer:
    """Ask twice, one after the other."""
    state, answers = context.request_state, told(context)
    if state == "r1" and "step1" in answers:
        return ask("r2", step2=form("Step 2: What is your favorite color?", color="string"))
    if state == "r2" and "step2" in answers:
        return "finished"
    return ask("r1", step1=form("Step 1: What is your name?", name="string"))


async def test_input_required_result_tampered_state(context: Context) -> Answer:
    """Ask; a state that was changed does not get as far as here."""
    return "ok" if context.request_state else ask("x", c=form("confirm", ok="boolean"))


async def test_input_required_result_capabilities(context: Context) -> InputRequiredResult:
    """Ask only what the client can answer."""
    able = context.client_capabilities
    questions: dict[str, Any] = {}
    if able is None or able.sampling is not None:
        questions["s"] = sample("hi")
    if able is None or able.elicitation is not None:
        questions["e"] = form("name?", name="string")
    return ask("c", **questions)


def register(server: MCPServer[Any]) -> None:
    """Put the tools onto a server."""
    for tool in (
        test_streaming_elicitation, test_input_required_result_elicitation,
        test_input_required_result_sampling, test_input_required_result_list_roots,
        test_input_required_result_request_state, test_input_required_result_multiple_inputs,
        test_input_required_result_multi_round, test_input_required_result_tampered_state,
        test_input_required_result_capabilities,
    ):  # fmt: skip
        server.tool()(tool)
