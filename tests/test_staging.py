from datetime import UTC
from pathlib import Path

import pygit2
import pytest

from diffmem import Memory
from diffmem.agents.providers.provider import Scripted
from diffmem.errors import UnknownSession

TALK = "Caroline: I went to a support group yesterday.\nMel: I paint with Rob on Sundays."
MORE = TALK + "\nCaroline: My sister Maya moved to Berlin."
LATER = "Mel: I bought a kayak.\nCaroline: I like the lake."


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.open(tmp_path, zone=UTC)


async def filed(memory: Memory) -> str:
    files = (await memory.list("alex")).files
    return "".join(
        [(await memory.read("alex", f.path)).text for f in files if f.path.startswith("memories/")]
    )


def staged_refs(home: Path) -> list[str]:
    handle = pygit2.Repository(str(home / "users" / "alex.git"))
    return [name for name in handle.references if name.startswith("refs/staged/")]


async def test_a_staged_session_is_stored_but_not_filed(memory: Memory) -> None:
    receipt = await memory.stage("alex", TALK, "s-1", "2023-05-08")

    assert receipt.state == "staged"
    assert "support group" in (await memory.read("alex", receipt.path)).text
    assert await filed(memory) == ""
    assert (await memory.status("alex")).held == ("s-1",)


async def test_nobody_else_digests_a_staged_session(memory: Memory) -> None:
    await memory.stage("alex", TALK, "s-1", "2023-05-08")
    await memory.remember("alex", LATER, "s-2", "2023-05-09")

    assert await memory.pending("alex") == ["s-1"]
    assert await memory.digest("alex") == ()


async def test_a_staged_digest_is_committed_by_another_process_after_a_restart(
    memory: Memory, tmp_path: Path
) -> None:
    await memory.stage("alex", TALK, "s-1", "2023-05-08")
    assert len(staged_refs(tmp_path)) == 1

    receipt = await Memory.open(tmp_path, zone=UTC).commit_staged("alex", "s-1")

    assert receipt.state == "digested"
    assert receipt.digest
    assert "support group" in await filed(memory)
    assert staged_refs(tmp_path) == []
    assert await memory.pending("alex") == []


async def test_what_is_staged_is_the_same_as_what_is_digested_at_once(tmp_path: Path) -> None:
    later, once = Memory.open(tmp_path / "a", zone=UTC), Memory.open(tmp_path / "b", zone=UTC)
    await later.stage("alex", TALK, "s-1", "2023-05-08")
    await later.commit_staged("alex", "s-1")
    await once.remember("alex", TALK, "s-1", "2023-05-08")

    assert await filed(later) == await filed(once)


async def test_a_staged_digest_that_no_longer_fits_is_made_anew(memory: Memory) -> None:
    await memory.stage("alex", TALK, "s-1", "2023-05-08")
    await memory.remember("alex", LATER, "s-2", "2023-05-09")
    await memory.commit_staged("alex", "s-1")

    assert "kayak" in await filed(memory)
    assert "support group" in await filed(memory)


async def test_a_session_that_grew_while_staged_is_filed_whole(memory: Memory) -> None:
    await memory.stage("alex", TALK, "s-1", "2023-05-08")
    await memory.stage("alex", MORE, "s-1", "2023-05-08")
    await memory.commit_staged("alex", "s-1")

    assert "Berlin" in await filed(memory)


async def test_remembering_a_staged_session_files_it(memory: Memory, tmp_path: Path) -> None:
    await memory.stage("alex", TALK, "s-1", "2023-05-08")
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08")

    assert receipt.state == "digested"
    assert staged_refs(tmp_path) == []


async def test_committing_twice_gives_the_same_receipt(memory: Memory) -> None:
    await memory.stage("alex", TALK, "s-1", "2023-05-08")
    assert await memory.commit_staged("alex", "s-1") == await memory.commit_staged("alex", "s-1")


async def test_committing_what_was_never_stored_says_so(memory: Memory) -> None:
    await memory.remember("alex", LATER, "s-2")
    with pytest.raises(UnknownSession, match="s-1"):
        await memory.commit_staged("alex", "s-1")


async def test_an_erased_session_is_not_committed_from_its_staged_digest(
    memory: Memory, tmp_path: Path
) -> None:
    await memory.remember("alex", LATER, "s-2", "2023-05-09")
    await memory.stage("alex", TALK, "s-1", "2023-05-08")
    gone = await memory.forget("alex", how="erase", session="s-1")

    assert gone.found == ()
    with pytest.raises(UnknownSession):
        await memory.commit_staged("alex", "s-1")
    assert "support group" not in await filed(memory)


async def test_the_status_counts_what_a_memory_holds(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    status = await memory.status("alex")

    assert (status.user, status.ontology, status.sessions, status.pending) == ("alex", "personal", 1, ())
    assert status.entities >= 2
    assert status.commit == (await memory.list("alex")).commit


async def test_words_are_held_without_a_digest_until_one_is_asked_for(memory: Memory, tmp_path: Path) -> None:
    stored = await memory.stage("alex", TALK, "s-1", "2023-05-08", wait=False)
    held, before = (await memory.status("alex")).held, staged_refs(tmp_path)
    ready = await memory.stage_stored("alex", "s-1")

    assert (stored.state, held, before) == ("pending", ("s-1",), [])
    assert (ready.state, ready.commit, len(staged_refs(tmp_path))) == ("staged", stored.commit, 1)
    assert await filed(memory) == ""


async def test_a_digest_that_is_ready_is_not_made_twice(tmp_path: Path) -> None:
    model = Scripted()
    await Memory.open(tmp_path, zone=UTC).stage("alex", TALK, "s-1", "2023-05-08")
    again = await Memory.open(tmp_path, zone=UTC, writer=model).stage_stored("alex", "s-1")

    assert (again.state, model.asked) == ("staged", [])


async def test_what_is_filed_already_is_not_staged(memory: Memory, tmp_path: Path) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08")

    assert (await memory.stage_stored("alex", "s-1")).state == "digested"
    assert staged_refs(tmp_path) == []


async def test_a_model_that_makes_no_sense_leaves_a_session_pending(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, zone=UTC, writer=Scripted("nonsense", "nonsense"))

    assert (await memory.stage("alex", TALK, "s-1", "2023-05-08")).state == "pending"
    assert staged_refs(tmp_path) == []
