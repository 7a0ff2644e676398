"""That writer, onboarding and explorer go their whole way with a real model; never that it is wise."""

from datetime import UTC
from pathlib import Path

from diffmem import Memory
from diffmem.agents.explorer.limits import Limits
from diffmem.agents.providers.openai_compatible import OpenAICompatible
from diffmem.ontologies import entity

TALK = """\
user: My sister Maya moved to Lisbon in March with her dog Rex.
assistant: How nice!
user: She works as a nurse at the city hospital now."""
ABOUT = "Alex is a software engineer from Seattle."


async def whole_files(memory: Memory) -> None:
    """Every entity file is what it was when it was written, and no line of ours leads nowhere."""
    for file in (await memory.list("alex")).files:
        text = (await memory.read("alex", file.path)).text
        if file.path.startswith("memories/") or file.path == "alex.md":
            assert entity.parse(text).render() == text
    assert await memory.uncited("alex") == ()


async def test_a_session_is_digested(real_model: OpenAICompatible, tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, zone=UTC, writer=real_model)
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08")
    for _ in range(3):
        await memory.digest("alex")

    assert await memory.pending("alex") == []
    assert "Lisbon" in (await memory.read("alex", receipt.path)).text
    await whole_files(memory)


async def test_somebody_is_onboarded(real_model: OpenAICompatible, tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, zone=UTC, writer=real_model)
    done = await memory.onboard("alex", ABOUT)

    assert done.created
    assert "name: Alex" in (await memory.read("alex", done.path)).text
    await whole_files(memory)


async def test_a_question_is_answered_from_the_memory(real_model: OpenAICompatible, tmp_path: Path) -> None:
    await Memory.open(tmp_path, zone=UTC).remember("alex", TALK, "s-1", "2023-05-08")
    memory = Memory.open(tmp_path, zone=UTC, retriever=real_model)
    found = await memory.recall(
        "alex", "Where does Maya live?", 1000, depth="deep", limits=Limits(3, 150, 40_000)
    )

    assert any("Lisbon" in block.text for block in found.blocks)
    assert found.usage
    assert found.usage.calls >= 1
    assert found.retrieval_version in {"agent", "scout"}
