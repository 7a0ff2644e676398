"""The whole way: a question, a server that speaks chat completions, an answer."""

import json
from collections.abc import Iterator

import pytest
from model_server import (
    Hang,
    ModelServer,
    Reply,
    breaks_off,
    calls,
    chooses_nothing,
    cut,
    drops,
    fails,
    filters,
    garbles,
    refuses,
)

from diffmem.agents.context import Context
from diffmem.agents.explorer.explorer import explored
from diffmem.agents.explorer.limits import Limits
from diffmem.agents.providers.openai_compatible import OpenAICompatible

from .past import MAYA, QUESTION, TODAY, Past, found

PLAN = {"pointers": [{"path": MAYA, "lines": "17"}], "synthesis": "In Lisbon.", "entities": ["Maya"]}
LOOK = {"command": "git log --format=%s"}
LOOKED = {"action": "explore", **LOOK}
DONE = {"action": "finish", "plan": PLAN}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as serving:
        yield serving


def ask(past: Past, server: ModelServer, limits: Limits | None = None) -> Context:
    provider = OpenAICompatible(server.url, "secret", "a-model", retries=1, sleep=lambda _: None)
    baseline = found(past.snapshot)
    try:
        return explored(
            past.snapshot, QUESTION, baseline, provider, max_tokens=400, today=TODAY, limits=limits
        )
    finally:
        provider.close()


def test_a_server_with_tools_leads_to_a_plan(past: Past, server: ModelServer) -> None:
    server.say(calls(("explore", LOOK)), calls(("finish", PLAN)))

    answer = ask(past, server)

    assert answer.retrieval_version == "agent"
    assert [tool["function"]["name"] for tool in server.asked[0].body["tools"]] == ["explore", "finish"]
    assert server.asked[1].body["messages"][-1]["role"] == "tool"
    assert "digest: s-1 (1 file)" in server.asked[1].prompt
    assert answer.usage is not None
    assert (answer.usage.calls, answer.usage.tokens_in) == (2, 200)


def test_a_server_without_tools_leads_to_a_plan(past: Past, server: ModelServer) -> None:
    server.lacks = {"tools"}
    server.say(LOOKED, DONE)

    answer = ask(past, server)

    assert answer.retrieval_version == "agent"
    assert answer.turns == 2
    assert server.asked[-1].format == "json_schema"


def test_a_server_with_neither_tools_nor_schemas_leads_to_a_plan(past: Past, server: ModelServer) -> None:
    server.lacks = {"tools", "json_schema", "json_object"}
    server.say(f"```json\n{json.dumps(DONE)}\n```")

    assert ask(past, server).retrieval_version == "agent"


@pytest.mark.parametrize("fault", [fails(429, retry_after="1"), fails(500), breaks_off(), drops()])
@pytest.mark.parametrize("at", [0, 1], ids=["first call", "second call"])
def test_a_fault_that_passes_is_not_noticed(past: Past, server: ModelServer, fault: Reply, at: int) -> None:
    script: list[Reply] = [calls(("explore", LOOK)), calls(("finish", PLAN))]
    server.say(*script[:at], fault, *script[at:])

    assert ask(past, server).retrieval_version == "agent"


@pytest.mark.parametrize(
    "fault",
    [
        fails(401),
        fails(500),
        fails(503),
        breaks_off(),
        drops(),
        garbles(),
        chooses_nothing(),
        refuses(),
        filters(),
        cut('{"action": "finish", "plan": {"poin'),
        {"action": "dance"},
        calls(("finish", {"pointers": [{"path": "/etc/passwd"}]})),
    ],
    ids=["401", "500", "503", "broken off", "dropped", "garbled", "no choice", "refused", "filtered", "cut",
         "wrong shape", "foreign"],
)  # fmt: skip
@pytest.mark.parametrize("at", [0, 1], ids=["first call", "later"])
def test_a_fault_that_stays_leaves_the_scouts_answer(
    past: Past, server: ModelServer, fault: Reply, at: int
) -> None:
    server.say(*[calls(("explore", LOOK))] * at)
    server.otherwise = fault

    answer = ask(past, server)

    assert answer.retrieval_version == "scout"
    assert answer.blocks == found(past.snapshot).blocks
    assert answer.note.startswith("found without a model: ")


def test_a_server_that_hangs_is_left_when_the_time_is_over(past: Past, server: ModelServer) -> None:
    server.otherwise = Hang()

    answer = ask(past, server, Limits(timeout_seconds=0.3))

    assert answer.retrieval_version == "scout"
    assert answer.note in (
        "found without a model: it did not answer",
        "found without a model: no plan within 0.3 s",
    )
