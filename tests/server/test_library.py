import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_server import asking

from diffmem import DiffMemory
from diffmem.agents.providers.openai_compatible import OpenAICompatible
from diffmem.agents.providers.provider import Scripted
from diffmem.errors import BadInput, Conflict, UnknownPath, UnknownSession, UnknownUser
from diffmem.server.http import served
from diffmem.server.library import models
from diffmem.server.settings import Settings

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


SEED_SESSION = ("Had coffee with mom today. She has a new job.", "session-123", "2024-06-01")


def test_older_programs_run_with_no_key(tmp_path: Path) -> None:
    memory = DiffMemory(str(tmp_path), "alex")

    assert memory.is_onboarded() is False
    with pytest.raises(UnknownUser):
        memory.get_user_entity()
    assert memory.onboard_user("Alex is a nurse.", session_id="hello")["session_id"] == "hello"
    assert memory.is_onboarded() is True
    assert memory.process_and_commit_session(*SEED_SESSION)["state"] == "digested"
    context = memory.get_context([{"role": "user", "content": "Tell me about mom"}])

    assert "new job" in json.dumps(context)
    assert context["session_metadata"]["total_tokens"] <= 20_000
    assert memory.get_user_entity()["path"] == "alex.md"
    assert memory.get_repo_status()["sessions"] == 2
    assert memory.validate_setup()["valid"] is True


def test_a_memory_begins_at_once_if_that_is_asked_for(tmp_path: Path) -> None:
    assert DiffMemory(tmp_path, "alex", auto_onboard=True).is_onboarded()
    assert DiffMemory(tmp_path, "sam", ontology="corporate").is_onboarded() is False


def test_a_staged_session_is_committed_when_its_caller_says_so(tmp_path: Path) -> None:
    memory = DiffMemory(tmp_path, "alex")

    assert memory.process_session(*SEED_SESSION)["state"] == "staged"
    assert [entry.stage for entry in memory.history(session="session-123").entries] == ["intake"]
    assert memory.commit_session("session-123")["state"] == "digested"
    with pytest.raises(UnknownSession):
        memory.commit_session("nothing")


def test_a_session_is_filed_and_the_memory_put_in_order(tmp_path: Path) -> None:
    memory = DiffMemory(tmp_path, "alex")

    done = memory.process_commit_and_consolidate(*SEED_SESSION, consolidate_tools=["link"])

    assert (done["state"], list(done["consolidate"])) == ("digested", ["link"])
    assert list(memory.consolidate(dry_run=True)) == ["dedupe", "redistribute", "link"]


def _without_times(told: object) -> str:
    plain = json.dumps(told, sort_keys=True)
    return re.sub(r'"(timestamp|agent_ms|agent_elapsed_ms)": ("[^"]*"|[0-9]+)', "", plain)


def test_the_dictionaries_are_those_of_the_server(tmp_path: Path) -> None:
    memory = DiffMemory(tmp_path, "alex")
    memory.process_and_commit_session("user: Maya Lind moved to Lisbon.", "s1")
    asked: dict[str, Any] = {
        "conversation": [{"role": "user", "content": "Where is Maya?"}],
        "max_tokens": 3000,
    }
    here = {
        "context": memory.get_context(**asked),
        "entity": memory.get_user_entity(),
        "timeline": memory.get_recent_timeline(7),
        "repository": memory.get_repo_status(),
        "valid": memory.validate_setup()["valid"],
    }

    async def over_http() -> dict[str, Any]:
        app = served(memory.memory, Settings(home=tmp_path, user="alex", timezone="UTC")).app
        async with asking(app) as client:
            paths = ("user-entity", "recent-timeline?days_back=7", "status", "validate")
            answers = [await client.get(f"/memory/alex/{path}") for path in paths]
            answers.append(await client.post("/memory/alex/context", json=asked))
        return {key: value for answer in answers for key, value in answer.json().items() if key in here}

    assert _without_times(asyncio.run(over_http())) == _without_times(here)


@pytest.mark.parametrize(
    "asked",
    [
        {"conversation": []},
        {"conversation": [{"role": "user", "content": "hi"}], "max_tokens": 0},
        {"conversation": [{"role": "user"}]},
    ],
    ids=["nothing", "no room", "no words"],
)
def test_a_conversation_that_cannot_be_used_is_bad_input(memory: DiffMemory, asked: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        memory.get_context(**asked)


CALLS: dict[str, Callable[[DiffMemory], object]] = {
    "recall": lambda memory: memory.recall("Where do I live?"),
    "process": lambda memory: memory.process_and_commit_session("user: I like tea.", "s9"),
    "status": lambda memory: memory.get_repo_status(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_it_can_be_called_where_a_loop_runs(memory: DiffMemory, call: Callable[[DiffMemory], object]) -> None:
    async def cell() -> object:
        return call(memory)

    assert asyncio.run(cell())


def test_errors_come_out_of_a_running_loop_as_they_are(tmp_path: Path) -> None:
    async def cell() -> None:
        DiffMemory(tmp_path, "nobody").status()

    with pytest.raises(UnknownUser):
        asyncio.run(cell())


def test_a_key_and_a_model_are_for_openrouter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEFAULT_MODEL", raising=False)
    with pytest.raises(BadInput, match="DEFAULT_MODEL"):
        DiffMemory(tmp_path, "alex", "sk-or-1")
    with pytest.raises(BadInput, match="no key"):
        DiffMemory(tmp_path, "alex", model="some/model")

    asked = DiffMemory(tmp_path, "alex", "sk-or-1", "some/model", max_concurrent_llm_calls=2)
    monkeypatch.setenv("DEFAULT_MODEL", "other/model")
    named = DiffMemory(tmp_path, "alex", "sk-or-1")

    assert asked.memory.files_by_model
    assert named.memory.files_by_model


def test_the_model_of_the_settings_is_asked_at_openrouter_whatever_else_they_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in (("DIFFMEM_PROVIDER", "ollama"), ("DIFFMEM_MODEL_URL", "http://127.0.0.1:1/v1")):
        monkeypatch.setenv(name, value)

    writer, retriever = models("sk-or-1", "some/model", 2)

    assert isinstance(writer, OpenAICompatible)
    assert (writer.base_url, writer.model) == ("https://openrouter.ai/api/v1", "some/model")
    assert retriever is writer
    assert models("", None, 8) == (None, None)


def test_a_provider_of_ones_own_needs_no_key(tmp_path: Path) -> None:
    model = Scripted()

    assert models("", model, 8) == (model, model)
    assert DiffMemory(tmp_path, "alex", model=model).memory.files_by_model
