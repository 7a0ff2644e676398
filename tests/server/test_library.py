from pathlib import Path

import pytest

from diffmem import DiffMemory
from diffmem.errors import Conflict, UnknownPath

WORDS = "user: I live in Leeds.\nuser: My password is swordfish-4711."


@pytest.fixture
def memory(tmp_path: Path) -> DiffMemory:
    memory = DiffMemory(tmp_path, "maya")
    memory.remember(WORDS, "s1", "2024-03-01")
    memory.remember("user: I now live in Lisbon.", "s2", "2025-03-01")
    return memory


def test_a_program_without_an_event_loop_can_ask_why(memory: DiffMemory) -> None:
    told = memory.why("live in Leeds")

    assert (told.session_id, told.turn, told.quote) == ("s1", 1, "I live in Leeds.")
    assert not memory.uncited()


def test_it_can_ask_for_a_time_in_which_things_happened(memory: DiffMemory) -> None:
    assert "Lisbon" not in str(memory.recall("Where do I live?", happened_before="2024-12-31"))
    assert [
        entry.session_id for entry in memory.history(happened_after="2025-01-01", stage="digest").entries
    ] == ["s2"]


def test_it_can_undo_and_restore(memory: DiffMemory) -> None:
    first = memory.history(session="s1").entries[0].commit
    assert memory.undo(session="s2").subject == "undo: s2"
    assert "Lisbon" not in str(memory.recall("Where do I live?"))
    assert memory.undo(session="s2").subject == "restore: s2"
    assert memory.restore("maya.md", first).subject == "restore: maya.md"
    with pytest.raises(UnknownPath):
        memory.restore("memories/people/nobody.md")
    with pytest.raises(Conflict):
        memory.undo(commit=memory.history(session="s2", stage="digest").entries[0].commit)


def test_it_can_forget(memory: DiffMemory) -> None:
    assert memory.forget(how="erase", words="swordfish-4711", dry_run=True).losses
    done = memory.forget(how="erase", words="swordfish-4711")
    assert (done.found, bool(done.removed)) == ((), True)
    assert "swordfish" not in memory.read("maya.md").text
    memory.forget(how="erase", everything=True)


def test_a_memory_is_begun_filed_by_facts_and_put_in_order(tmp_path: Path) -> None:
    with DiffMemory(tmp_path, "alex") as memory:
        assert memory.onboard("Alex is a nurse.").created
        fact = {"entity": "Maya Lind", "type": "person", "statement": "Maya Lind moved to Lisbon."}
        memory.remember("user: Maya Lind moved to Lisbon.", "s-1", "2024-05-01", facts=[fact])
        again = {"entity": "maya lind", "type": "person", "statement": "maya lind has a dog."}
        memory.remember("user: maya lind has a dog.", "s-2", "2024-06-01", facts=[again])
        memory.consolidate(["dedupe"])

        status = memory.status()
        assert (status.sessions, status.pending) == (3, ())
        assert memory.recall("Where is Maya Lind?", depth="fast").retrieval_version == "baseline_only"
