from pathlib import Path

import anyio
import httpx2
import pytest
from rest_server import asking
from support import put

from diffmem.memory import Memory
from diffmem.server.http import served
from diffmem.server.settings import Settings
from diffmem.storage.names import user_id
from diffmem.storage.store import Store


@pytest.fixture
async def alex(client: httpx2.AsyncClient, memory: Memory) -> httpx2.AsyncClient:
    """A client of a server where alex has a memory."""
    await memory.onboard("alex", "Alex is a software engineer from Seattle.", session_id="onboard-001")
    await memory.remember("alex", "user: My sister Ana paints.\nuser: She lives in Porto.", "s1")
    return client


async def test_a_memory_begins_once_with_the_profile_that_was_given(client: httpx2.AsyncClient) -> None:
    asked = {"user_info": "Alex likes tea.", "session_id": "o1", "template": "# Alex Smith\n\nAn engineer.\n"}
    first = (await client.post("/memory/alex/onboard", json=asked)).json()
    again = (await client.post("/memory/alex/onboard", json=asked)).json()
    entity = (await client.get("/memory/alex/user-entity")).json()["entity"]

    assert (first["status"], first["result"]["created"], again["result"]["created"]) == (
        "success",
        True,
        False,
    )
    assert "An engineer." in entity["content"]
    assert entity.keys() >= {"source", "type", "content", "tokens"}


async def test_asking_makes_no_memory(client: httpx2.AsyncClient, memory: Memory) -> None:
    before = (await client.get("/memory/alex/onboard-status")).json()
    answers = [
        await client.get(f"/memory/alex/{path}")
        for path in (
            "user-entity", "recent-timeline", "entity-version", "files", "files/index.md", "history",
            "why?quote=some%20words", "status", "validate", "export", "jobs/1",
        )
    ]  # fmt: skip

    assert before["onboarded"] is False
    assert {answer.status_code for answer in answers} == {404}
    assert await memory.users() == []


async def test_what_was_onboarded_says_so(alex: httpx2.AsyncClient) -> None:
    answer = (await alex.get("/memory/alex/onboard-status")).json()

    assert answer["onboarded"] is True
    assert answer.keys() == {"status", "user_id", "onboarded", "message", "timestamp"}


async def test_the_timeline_goes_back_as_far_as_was_asked(alex: httpx2.AsyncClient, memory: Memory) -> None:
    await memory.remember("alex", "user: We moved house.", "old", "2020-01-05")
    recent = (await alex.get("/memory/alex/recent-timeline")).json()["timeline"]
    whole = (await alex.get("/memory/alex/recent-timeline?days_back=36500")).json()["timeline"]

    assert [block["session_id"] for block in recent] == ["s1", "onboard-001"]
    assert whole[-1]["date"] == "2020-01-05"
    assert whole[-1].keys() >= {"source", "type", "content", "date", "tokens"}


async def test_the_version_of_the_profile_is_the_commit_that_changed_it_last(
    alex: httpx2.AsyncClient, memory: Memory
) -> None:
    version = (await alex.get("/memory/alex/entity-version")).json()
    page = await memory.history("alex", path="alex.md", limit=1)

    assert version["commit_hash"] == page.entries[0].commit
    assert version["entity_path"] == "alex.md"


async def test_files_are_read_as_they_were(alex: httpx2.AsyncClient, memory: Memory) -> None:
    then = (await alex.get("/memory/alex/files")).json()
    await memory.remember("alex", "user: I like tea.", "s2")
    old = (await alex.get("/memory/alex/files/alex.md", params={"at": then["commit"]})).json()
    now = (await alex.get("/memory/alex/files/alex.md")).json()

    assert "tea" not in old["text"]
    assert "tea" in now["text"]
    assert old["commit"] == then["commit"]


async def test_a_line_leads_to_who_said_it(alex: httpx2.AsyncClient) -> None:
    lines = (await alex.get("/memory/alex/files/alex.md")).json()["text"].splitlines()
    number = next(at for at, line in enumerate(lines, 1) if "Ana paints" in line)
    why = (await alex.get(f"/memory/alex/why?path=alex.md&line={number}")).json()["why"]
    neither = await alex.get("/memory/alex/why?path=alex.md")

    assert (why["session_id"], why["speaker"]) == ("s1", "user")
    assert neither.status_code == 400


async def test_the_past_is_told_by_path_and_session(alex: httpx2.AsyncClient) -> None:
    past = (await alex.get("/memory/alex/history?session=s1")).json()
    assert {entry["stage"] for entry in past["entries"]} == {"intake", "digest"}


async def test_a_session_is_taken_back_and_brought_back(alex: httpx2.AsyncClient) -> None:
    async def paints() -> bool:
        return "Ana paints" in (await alex.get("/memory/alex/files/alex.md")).text

    await alex.post("/memory/alex/restore", json={"session": "s1"})
    gone = not await paints()
    await alex.post("/memory/alex/restore", json={"session": "s1"})
    both = await alex.post("/memory/alex/restore", json={"session": "s1", "path": "alex.md"})

    assert gone
    assert await paints()
    assert both.status_code == 400


async def test_what_is_erased_is_proved_to_be_gone(alex: httpx2.AsyncClient, memory: Memory) -> None:
    planned = await alex.post("/memory/alex/forget", json={"how": "erase", "session": "s1", "dry_run": True})
    done = (await alex.post("/memory/alex/forget", json={"how": "erase", "session": "s1"})).json()
    whole = (await alex.delete("/memory/alex")).json()

    assert planned.json()["done"] is False
    assert done["scanned"] > 0
    assert done["found"] == []
    assert (whole["target"], whole["done"]) == ("everything", True)
    assert await memory.users() == []


async def test_status_and_checks_tell_and_change_nothing(alex: httpx2.AsyncClient) -> None:
    before = (await alex.get("/memory/alex/files")).json()["commit"]
    numbers = (await alex.get("/memory/alex/status")).json()["repository"]
    checks = (await alex.get("/memory/alex/validate")).json()
    hook = await alex.post("/memory/alex/webhook/post-commit", json={"anything": 1})

    assert (numbers["sessions"], numbers["commit"]) == (2, before)
    assert checks["valid"] is True
    assert hook.json()["status"] == "success"
    assert (await alex.get("/memory/alex/files")).json()["commit"] == before


async def test_a_file_that_is_not_as_its_ontology_has_it_is_told_and_left_alone(
    alex: httpx2.AsyncClient, home: Path
) -> None:
    strange = {"memories/people/ana.md": "no heading here\n"}
    put(Store(home).branch(user_id("alex")), strange)
    checks = (await alex.get("/memory/alex/validate")).json()

    assert (checks["valid"], checks["checks"]) == (False, ["citations", "conformance"])
    found = [one for one in checks["findings"] if one["check"] == "conformance"]
    assert ("memories/people/ana.md", "no heading") in [(one["path"], one["text"]) for one in found]
    assert (await alex.get("/memory/alex/files/memories/people/ana.md")).json()["text"] == "no heading here\n"


async def test_user_ids_may_hold_anything_that_can_be_seen(client: httpx2.AsyncClient) -> None:
    for name in ("a%2Fb", "%2e%2e", "caf%C3%A9", "a%20b", "x%40y.org"):
        done = await client.post(f"/memory/{name}/remember", json={"content": "user: I am here."})
        assert done.status_code == 200, name
    users = (await client.get("/server/users")).json()["users"]

    assert users == sorted(["a/b", "..", "café", "a b", "x@y.org"])


async def test_a_mirror_is_asked_if_there_is_one(
    client: httpx2.AsyncClient, memory: Memory, settings: Settings
) -> None:
    async def mirrored() -> dict[str, str]:
        return {"alex": "pushed"}

    none = (await client.post("/server/sync")).json()
    app = served(memory, settings, sync=mirrored).app
    async with asking(app) as other:
        some = (await other.post("/server/sync")).json()

    assert (none["configured"], "no mirror" in none["message"]) == (False, True)
    assert some["users"] == {"alex": "pushed"}


async def test_an_export_is_a_whole_memory_in_one_file(
    memory: Memory, settings: Settings, tmp_path: Path
) -> None:
    async def write(user: str, file: Path, form: str, as_of: str) -> None:
        await anyio.Path(file).write_bytes(f"{form} of {user} at {as_of or 'now'}".encode())

    app = served(memory, settings, export=write).app
    async with asking(app) as client:
        done = await client.get("/memory/alex/export")
        lines = await client.get("/memory/alex/export", params={"as": "jsonl", "at": "2024-03-01"})
        unknown = await client.get("/memory/alex/export", params={"as": "docx"})

    assert (done.status_code, done.content) == (200, b"bundle of alex at now")
    assert done.headers["content-type"] == "application/x-git-bundle"
    assert (lines.status_code, lines.content) == (200, b"jsonl of alex at 2024-03-01")
    assert lines.headers["content-type"] == "application/jsonl"
    assert 'filename="memory.jsonl"' in lines.headers["content-disposition"]
    assert unknown.status_code == 422


async def test_a_listener_of_the_protocol_hears_of_what_plain_http_wrote(
    memory: Memory, settings: Settings
) -> None:
    made = served(memory, settings)
    heard = anyio.Event()
    async with (
        made.app.router.lifespan_context(made.app),
        asking(made.app) as client,
    ):
        member = made.door.members.of("maya")
        leave = member.news.bus.subscribe(lambda _: heard.set())
        await client.post("/memory/maya/remember", json={"content": "user: I like tea."})
        with anyio.fail_after(9):
            await heard.wait()
        leave()


async def test_health_and_the_card_name_what_there_is(client: httpx2.AsyncClient) -> None:
    health = (await client.get("/health")).json()
    card = (await client.get("/")).json()
    ready = (await client.get("/ready")).json()

    assert health.keys() == {
        "status", "timestamp", "version", "storage_backend", "backup_backend", "executor_type", "ontology",
    }  # fmt: skip
    assert (card["mcp"], card["docs"]) == ("/mcp", "/docs")
    assert ready["status"] == "ready"
