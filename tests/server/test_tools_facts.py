import json
from pathlib import Path
from typing import Any

import pytest
from asking import answer, refusal
from mcp import Client
from mcp.server import MCPServer

from diffmem.agents.context import Block, Context
from diffmem.agents.providers.provider import Scripted, Usage
from diffmem.errors import ModelUnavailable
from diffmem.memory import Memory
from diffmem.server import wire
from diffmem.server.mcp_server import create_server

USER = "maya"
TALK = "user: My sister Kasia moved to Oslo last week."
FACT = {"entity": "Kasia", "type": "person", "statement": "Moved to Oslo.", "when": "2024-02"}


@pytest.mark.parametrize(
    "form", [[FACT], json.dumps([FACT]), [{**FACT, "replaces": None}]], ids=["list", "JSON", "null"]
)
async def test_facts_are_filed_as_the_caller_gave_them(
    server: MCPServer[None], memory: Memory, mode: str, form: Any
) -> None:
    async with Client(server, mode=mode) as client:
        receipt = await answer(
            client, "remember", content=TALK, session_id="s1", session_date="2024-03-01", facts=form
        )

    assert receipt["state"] == "digested"
    assert "- 2024-02 | Moved to Oslo." in (await memory.read(USER, "memories/people/kasia.md")).text


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ([{**FACT, "type": "dragon"}], "facts[0].type is 'dragon'; give one of"),
        ([FACT, {"entity": "Kasia"}], "facts[1].type: Field required; give entity, type, statement"),
        ([{**FACT, "when": "once"}], "facts[0].when is 'once'; give 2023-05-07"),
        ("not a list", "facts: 'str' instances are not allowed"),
        (["a sentence"], "facts.0: input should be a valid dictionary"),
    ],
    ids=lambda value: value[:14] if isinstance(value, str) else "",
)
async def test_facts_that_cannot_be_filed_are_refused_and_nothing_is_stored(
    server: MCPServer[None], memory: Memory, facts: Any, told: str
) -> None:
    async with Client(server) as client:
        assert told in await refusal(client, "remember", content=TALK, facts=facts)

    assert await memory.users() == []


async def test_where_a_model_files_the_answer_comes_at_once(home: Path, mode: str) -> None:
    away = ModelUnavailable("scripted", "it is away")
    memory = Memory.open(home, durability="relaxed", writer=Scripted(*[away] * 99))
    async with Client(create_server(memory, USER), mode=mode) as client:
        receipt = await answer(client, "remember", content=TALK, session_id="s1")
        found = await answer(client, "recall", query="Where is Kasia?")

    assert receipt["state"] == "pending"
    assert receipt["note"]
    assert "Oslo" in json.dumps(found)


async def test_facts_are_filed_at_once_where_a_model_files(home: Path) -> None:
    memory = Memory.open(home, durability="relaxed", writer=Scripted())
    async with Client(create_server(memory, USER)) as client:
        receipt = await answer(client, "remember", content=TALK, session_date="2024-03-01", facts=[FACT])

    assert receipt["state"] == "digested"


@pytest.mark.parametrize("depth", ["fast", "auto", "deep"])
async def test_recall_takes_a_depth(server: MCPServer[None], mode: str, depth: str) -> None:
    async with Client(server, mode=mode) as client:
        await answer(client, "remember", content=TALK)
        found = await answer(client, "recall", query="Kasia", depth=depth, explain=True)
        assert "no depth 'deeper'; there are: fast, auto, deep" in await refusal(
            client, "recall", query="Kasia", depth="deeper"
        )

    assert found["retrieval_version"] == ("baseline_only" if depth == "fast" else "scout")
    assert ("no model is configured" in found["note"]) == (depth == "deep")
    assert all(block["kind"] for block in found["blocks"])


def looked_for(synthesis: str) -> Context:
    block = Block(
        "a.md", "1-1", "2024-03-01", "s1", (1,), "she moved", "said so", 3, 1.0, False, "b" * 40, "diff"
    )
    spent = Usage(2, 300, 40, 0.01)
    return Context("c" * 40, 0.9, (block,), "", "", 9, "agent", synthesis, ("Kasia",), spent, 3, 1200)


def test_explain_tells_how_a_model_found_it() -> None:
    plain = wire.recalled(looked_for("She moved."), 500).model_dump(mode="json", exclude_unset=True)
    told = wire.recalled(looked_for("She moved."), 500, explain=True).model_dump(
        mode="json", exclude_unset=True
    )

    assert plain.keys() == {"commit", "confidence", "blocks", "note"}
    assert plain["blocks"][0].keys() == {"source", "date", "text"}
    assert {name: told[name] for name in told.keys() - plain.keys()} == {
        "retrieval_version": "agent",
        "synthesis": "She moved.",
        "entities": ["Kasia"],
        "turns": 3,
        "elapsed_ms": 1200,
        "usage": {"calls": 2, "tokens_in": 300, "tokens_out": 40, "cost": 0.01},
    }
    assert (told["blocks"][0]["commit"], told["blocks"][0]["kind"]) == ("b" * 40, "diff")


@pytest.mark.parametrize("cap", [60, 120, 400])
def test_a_models_own_words_do_not_push_out_what_it_found(cap: int) -> None:
    told = wire.recalled(looked_for("She moved. " * 900), cap, explain=True)

    assert wire.cost(told) <= cap
    assert bool(told.blocks) == (cap == 400)
