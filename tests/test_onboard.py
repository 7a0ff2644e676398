import json
from datetime import UTC
from pathlib import Path

import pytest

from diffmem import Memory
from diffmem.agents.providers.provider import Scripted
from diffmem.errors import BadInput, ModelUnavailable, UnknownUser

ABOUT = "Alex is a software engineer from Seattle.\n\nMy sister Maya lives in Berlin."
TALK = "user: I met Rob yesterday.\nuser: Rob moved to Lisbon."
FACT = {"entity": "Rob", "type": "person", "statement": "Rob moved to Lisbon.", "when": "2023-05"}


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.open(tmp_path, zone=UTC)


async def test_a_memory_begins_with_what_somebody_tells_of_themselves(memory: Memory) -> None:
    done = await memory.onboard("alex", ABOUT)

    assert done.created
    assert done.about
    assert done.about.state == "digested"
    assert "name: Alex" in (await memory.read("alex", done.path)).text
    assert "Berlin" in " ".join(
        block.text for block in (await memory.recall("alex", "Where is Maya?")).blocks
    )


async def test_onboarding_again_changes_nothing(memory: Memory) -> None:
    await memory.onboard("alex", ABOUT)
    before = (await memory.status("alex")).commit
    again = await memory.onboard("alex", "Somebody else entirely.")

    assert not again.created
    assert again.commit == before


async def test_a_template_becomes_the_profile_as_it_is(memory: Memory) -> None:
    done = await memory.onboard("alex", template="# Alex Kim\n\nLikes tea.\n")

    assert "# Alex Kim\n\nLikes tea.\n" in (await memory.read("alex", done.path)).text


async def test_a_template_that_is_no_profile_leaves_no_memory_behind(memory: Memory) -> None:
    with pytest.raises(BadInput):
        await memory.onboard("alex", template="x" * 300_000)
    with pytest.raises(UnknownUser):
        await memory.status("alex")


async def test_ready_made_facts_are_filed_with_their_source(memory: Memory) -> None:
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08", facts=[FACT])

    assert receipt.state == "digested"
    assert "- 2023-05 | Rob moved to Lisbon." in (await memory.read("alex", "memories/people/rob.md")).text
    assert "Lisbon" in (await memory.why("alex", "Rob moved to Lisbon.")).quote


async def test_the_same_facts_again_change_nothing(memory: Memory) -> None:
    once = await memory.remember("alex", TALK, "s-1", "2023-05-08", facts=[FACT])
    again = await memory.remember("alex", TALK, "s-1", "2023-05-08", facts=[FACT])

    assert again == once
    assert (await memory.status("alex")).commit == once.digest


async def test_a_fact_that_comes_later_joins_what_was_filed(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08", facts=[FACT])
    more = {"entity": "Rob", "type": "person", "statement": "The user met Rob."}
    await memory.remember("alex", TALK, "s-1", "2023-05-08", facts=[more])

    page = (await memory.read("alex", "memories/people/rob.md")).text
    assert "Lisbon" in page
    assert "met Rob" in page
    assert "Lisbon" in (await memory.read("alex", "timeline/2023-05.md")).text


async def test_a_fact_that_cannot_be_filed_stores_nothing(memory: Memory) -> None:
    with pytest.raises(BadInput, match=r"facts\[0\].type"):
        await memory.remember("alex", TALK, "s-1", facts=[{**FACT, "type": "spaceship"}])
    with pytest.raises(UnknownUser):
        await memory.status("alex")


async def test_a_model_that_does_not_answer_leaves_the_session_waiting(tmp_path: Path) -> None:
    model = Scripted(ModelUnavailable("scripted", "no route to host"))
    memory = Memory.open(tmp_path, zone=UTC, writer=model)
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08")

    assert receipt.state == "pending"
    assert "no route to host" in receipt.note
    assert (await memory.status("alex")).failed.keys() == {"s-1"}
    assert "Lisbon" in " ".join(b.text for b in (await memory.recall("alex", "Where is Rob?")).blocks)


async def test_a_session_is_digested_once_the_model_is_back(tmp_path: Path) -> None:
    model = Scripted(ModelUnavailable("scripted", "no route to host"))
    memory = Memory.open(tmp_path, zone=UTC, writer=model)
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    identified = {
        "entities": [{"ref": "e1", "name": "Rob", "type": "person"}],
        "facts": [{"entity": "e1", "statement": "Rob moved to Lisbon.", "when": "", "turn": 2}],
    }
    model.say(json.dumps(identified), json.dumps({"files": [], "event": "Rob moved."}))
    await memory.digest("alex")

    status = await memory.status("alex")
    assert (status.pending, status.failed) == ((), {})
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08")
    assert receipt.usage
    assert receipt.usage.calls == 2


async def test_what_a_model_gets_wrong_again_and_again_is_filed_by_rules(tmp_path: Path) -> None:
    model = Scripted(*["this is no JSON"] * 6)
    memory = Memory.open(tmp_path, zone=UTC, writer=model)
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    assert await memory.pending("alex") == ["s-1"]

    for _ in range(3):
        await memory.digest("alex")

    assert await memory.pending("alex") == []
    assert "Lisbon" in (await memory.read("alex", "memories/people/rob.md")).text
