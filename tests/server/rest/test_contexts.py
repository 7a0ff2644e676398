import json
from typing import Any

import httpx2
import pytest

from diffmem.memory import Memory

PARTS = {
    "user_entity", "recent_timeline", "agent_context", "always_load_blocks", "retrieval_plan",
    "session_metadata",
}  # fmt: skip
METADATA = {
    "user_id", "retrieval_version", "max_tokens", "baseline_tokens", "agent_tokens", "always_load_tokens",
    "total_tokens", "agent_ms", "timestamp",
}  # fmt: skip


@pytest.fixture
async def alex(client: httpx2.AsyncClient, memory: Memory) -> httpx2.AsyncClient:
    """A client of a server where alex has told a lot."""
    for number in range(12):
        words = f"user: My sister Ana paints picture {number} in Porto.\nuser: I drink tea number {number}."
        await memory.remember("alex", words, f"s{number}", wait=number == 11)
    await memory.digest("alex")
    return client


async def context(client: httpx2.AsyncClient, said: str = "What does Ana paint?", **more: Any) -> Any:
    asked = {"conversation": [{"role": "user", "content": said}]} | more
    answer = await client.post("/memory/alex/context", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["context"]


async def test_a_context_has_all_its_parts_without_a_model(alex: httpx2.AsyncClient) -> None:
    found = await context(alex)

    assert found.keys() == PARTS
    assert found["session_metadata"].keys() >= METADATA
    assert found["session_metadata"]["retrieval_version"] == "scout"
    assert found["user_entity"]["source"] == "alex.md"
    assert found["recent_timeline"]
    assert found["agent_context"][0].keys() >= {
        "source", "type", "content", "reason", "tokens", "path", "lines", "date", "session_id", "commit",
    }  # fmt: skip


@pytest.mark.parametrize("cap", [1, 60, 200, 400, 800, 2000, 20_000])
async def test_no_context_costs_more_than_its_cap(alex: httpx2.AsyncClient, cap: int) -> None:
    found = await context(alex, max_tokens=cap)
    blocks = [*found["recent_timeline"], *found["agent_context"], *found["always_load_blocks"]]
    blocks += [found["user_entity"]] if found["user_entity"] else []
    told = found["session_metadata"]

    assert sum(block["tokens"] for block in blocks) == told["total_tokens"]
    assert told["total_tokens"] <= cap
    # With nothing in it, the frame alone is what is left.
    assert not blocks or len(json.dumps(found, ensure_ascii=False, separators=(",", ":"))) <= 4 * cap


async def test_the_more_room_the_more_there_is(alex: httpx2.AsyncClient) -> None:
    small, large = [await context(alex, max_tokens=cap) for cap in (700, 5000)]

    assert 0 < len(small["agent_context"]) < len(large["agent_context"])


async def test_the_baseline_alone_searches_nothing(alex: httpx2.AsyncClient) -> None:
    found = await context(alex, baseline_only=True)

    assert (found["agent_context"], found["retrieval_plan"]["agent_turns"]) == ([], 0)
    assert found["session_metadata"]["retrieval_version"] == "baseline_only"
    assert found["user_entity"]["content"]


async def test_a_context_as_of_a_commit_knows_nothing_later(alex: httpx2.AsyncClient, memory: Memory) -> None:
    then = (await memory.list("alex")).commit
    await memory.remember("alex", "user: Ana sold the painting to Bruno.", "late")
    before, now = await context(alex, "Bruno?", as_of=then), await context(alex, "Bruno?")

    assert "Bruno" not in str(before["agent_context"])
    assert "Bruno" in str(now["agent_context"])
    assert {block["commit"] for block in before["agent_context"]} <= {then}


async def test_an_empty_conversation_and_a_stranger_are_refused(alex: httpx2.AsyncClient) -> None:
    empty = await alex.post("/memory/alex/context", json={"conversation": []})
    stranger = await alex.post(
        "/memory/bob/context", json={"conversation": [{"role": "user", "content": "Ana?"}]}
    )

    assert (empty.status_code, stranger.status_code) == (400, 404)
