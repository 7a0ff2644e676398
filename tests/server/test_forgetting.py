from pathlib import Path
from typing import Any

import anyio
import pytest
from asking import answer, refusal
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.session import ElicitationFnT
from mcp.server import MCPServer
from mcp.types import ElicitRequestParams, ElicitResult

from diffmem.memory import Memory
from diffmem.server.mcp_server import create_server

USER = "maya"
FIRST = "user: I live in Bristol with my sister Kasia. She works at a bakery."
SECOND = "user: My password is swordfish-4711.\nuser: Kasia moved to Oslo with Zuzanna Quill."


class Person:
    """Somebody at a client that can ask, who always answers alike."""

    def __init__(self, action: str = "accept", *, forget: bool = True) -> None:
        self.action = action
        self.content = {"forget": forget} if action == "accept" else None
        self.asked: list[str] = []

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        return ElicitResult.model_validate({"action": self.action, "content": self.content})


@pytest.fixture
async def told(memory: Memory) -> Memory:
    """A memory of two conversations."""
    await memory.remember(USER, FIRST, "s1", "2024-03-01")
    await memory.remember(USER, SECOND, "s2", "2024-05-01")
    return memory


async def commit_of(memory: Memory) -> str:
    return (await memory.list(USER)).commit


async def test_history_tells_why_a_line_says_what_it_says(
    told: Memory, server: MCPServer[None], mode: str
) -> None:
    async with Client(server, mode=mode) as client:
        past = await answer(client, "history", why="moved to Oslo")
        again = await answer(client, "history", why=past["why"]["place"])
        source = await answer(client, "read", path=past["why"]["source"], lines=past["why"]["lines"])

    trace = past["why"]
    assert (past["entries"], past["next_cursor"], past["note"]) == ([], "", "")
    assert again["why"] == trace
    assert (trace["speaker"], trace["session_id"], trace["turn"]) == ("user", "s2", 2)
    assert trace["quote"] == "Kasia moved to Oslo with Zuzanna Quill."
    assert trace["said"].startswith("2024-05-01")
    assert trace["quote"] in source["text"]
    page = await told.history(USER, session="s2", stage="digest")
    assert trace["commit"] == page.entries[0].commit


async def test_why_is_answered_as_of_an_earlier_moment(
    told: Memory, server: MCPServer[None], mode: str
) -> None:
    first = (await told.history(USER, session="s1")).entries[0].commit
    async with Client(server, mode=mode) as client:
        assert "no line of this memory holds" in await refusal(client, "history", why="Oslo", as_of=first)


async def test_a_line_that_nobody_said_is_told_as_such(told: Memory, server: MCPServer[None]) -> None:
    folder = await told.view(USER)
    note = folder / "maya.md"
    note.write_text(note.read_text("utf-8") + "\n- 2024-01-01 | I wrote this myself\n", encoding="utf-8")
    await told.view(USER)

    async with Client(server) as client:
        by_hand = await answer(client, "history", why="I wrote this myself")
        heading = await answer(client, "history", why="maya.md:1")

    assert by_hand["note"] == "somebody wrote this line by hand; nobody said it in a session"
    assert heading["note"] == "this line is no statement; it was made from the files"


async def test_a_session_can_be_taken_back_and_brought_back(
    told: Memory, server: MCPServer[None], mode: str
) -> None:
    async with Client(server, mode=mode) as client:
        undone = await answer(client, "restore", session="s2")
        gone = await answer(client, "recall", query="Where does Kasia live?")
        back = await answer(client, "restore", session="s2")
        there = await answer(client, "recall", query="Where does Kasia live?")

    assert (undone["subject"], back["subject"]) == ("undo: s2", "restore: s2")
    assert len(undone["commit"]) == 40
    assert "memories/people/kasia.md" in undone["files"]
    assert "Oslo" not in str(gone)
    assert "Oslo" in str(there)


async def test_one_commit_can_be_undone(told: Memory, server: MCPServer[None], mode: str) -> None:
    async with Client(server, mode=mode) as client:
        tidied = await answer(client, "consolidate", tools="link")
        undone = await answer(client, "restore", commit=tidied["results"][0]["commit"])

    assert set(tidied["results"][0]["files"]) <= set(undone["files"])
    assert undone["subject"].startswith("undo: ")


async def test_a_file_comes_back_as_it_was_at_a_moment(
    told: Memory, server: MCPServer[None], mode: str
) -> None:
    path = "memories/people/kasia.md"
    first = (await told.history(USER, session="s1")).entries[0].commit
    then = (await told.read(USER, path, first)).text
    async with Client(server, mode=mode) as client:
        assert "say as of when" in await refusal(client, "restore", path=path)
        await answer(client, "restore", path=path, as_of=first)
        assert (await answer(client, "read", path=path))["text"] == then


async def test_an_undo_that_would_lose_what_somebody_changed_is_refused_by_name(
    told: Memory, server: MCPServer[None], mode: str
) -> None:
    file = (await told.view(USER)) / "memories/people/kasia.md"
    file.write_text(file.read_text("utf-8").replace("moved to Oslo", "moved to Bergen"), encoding="utf-8")

    async with Client(server, mode=mode) as client:
        why = await refusal(client, "restore", session="s2")
        page = await answer(client, "read", path="memories/people/kasia.md")

    assert "memories/people/kasia.md:" in why
    assert "was changed since s2 was filed" in why
    assert "Bergen" in page["text"]


async def test_a_dry_run_asks_nobody_and_changes_nothing(
    told: Memory, server: MCPServer[None], mode: str
) -> None:
    before = await commit_of(told)
    person = Person()
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        plan = await answer(client, "forget", words="swordfish-4711", how="erase", dry_run=True)

    assert set(plan) == {"done", "how", "target", "losses", "note"}
    assert (plan["done"], plan["note"]) == (False, "nothing was forgotten; this is what would go")
    assert {"path": "maya.md", "lines": 1, "whole": False} in plan["losses"]
    assert person.asked == []
    assert await commit_of(told) == before


@pytest.mark.parametrize(
    "person",
    [Person("decline"), Person("cancel"), Person(forget=False)],
    ids=["declined", "cancelled", "no"],
)
async def test_who_is_asked_and_does_not_agree_keeps_everything(
    told: Memory, server: MCPServer[None], mode: str, person: Person
) -> None:
    person.asked.clear()
    before = await commit_of(told)
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        kept = await answer(client, "forget", session="s2", how="erase")

    assert (kept["done"], kept["note"]) == (False, "declined: nothing was forgotten")
    assert len(person.asked) == 1
    assert await commit_of(told) == before


async def test_the_question_tells_what_would_go(told: Memory, server: MCPServer[None], mode: str) -> None:
    person = Person()
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        gone = await answer(client, "forget", session="s2", how="erase")

    assert gone["done"]
    question = person.asked[0]
    assert question.startswith("Erase session s2? ")
    assert " files and " in question
    assert "maya.md" in question
    assert question.endswith("It leaves all of history, too; this cannot be undone.")


@pytest.mark.parametrize("person", [None, Person()], ids=["cannot be asked", "agrees"])
async def test_an_erase_proves_itself(
    told: Memory, server: MCPServer[None], mode: str, person: ElicitationFnT | None
) -> None:
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        gone = await answer(client, "forget", words="swordfish-4711", how="erase")
        found = await answer(client, "history", query="swordfish-4711")

    assert (gone["done"], gone["note"], gone["found"], gone["epoch"]) == (True, "", [], 1)
    assert gone["commit"] == await commit_of(told)
    assert min(gone["sought"], gone["scanned"]) > 0
    assert len(gone["removed_ids"]) == min(gone["removed"], 20) > 0
    assert found["entries"] == []


@pytest.mark.parametrize("how", ["archive", "retract"])
async def test_what_is_put_away_leaves_recall_and_its_receipt_has_no_proof(
    told: Memory, server: MCPServer[None], mode: str, how: str
) -> None:
    async with Client(server, mode=mode) as client:
        gone = await answer(client, "forget", session="s2", how=how)
        found = await answer(client, "recall", query="Who is Zuzanna Quill?")

    assert set(gone) == {"done", "how", "target", "losses", "note", "commit"}
    assert "Zuzanna" not in str(found)


async def test_retracted_words_are_told_not_to_be_kept_again(
    told: Memory, server: MCPServer[None], mode: str
) -> None:
    async with Client(server, mode=mode) as client:
        await answer(client, "forget", session="s2", how="retract")
        receipt = await answer(client, "remember", content=SECOND, session_id="other")
        await answer(client, "restore", session="s2")
        again = await answer(client, "remember", content=SECOND, session_id="other")

    assert (receipt["state"], receipt["path"]) == ("retracted", "")
    assert "not stored" in receipt["note"]
    assert "restore" in receipt["note"]
    assert again["state"] == "digested"


async def test_the_short_form_in_which_recall_cites_a_session_is_taken_for_its_path(
    told: Memory, server: MCPServer[None]
) -> None:
    first = (await told.history(USER, session="s2", stage="intake")).entries[0].commit
    async with Client(server) as client:
        trace = (await answer(client, "history", why="moved to Oslo"))["why"]
        source, line = trace["source"], trace["lines"].partition("-")[0]
        past = await answer(client, "history", path=source)
        why = await answer(client, "history", why=f"{source}:{line}")
        plan = await answer(client, "forget", path=source, how="archive", dry_run=True)
        back = await refusal(client, "restore", path=source, as_of=first)

    assert source.startswith("sessions/2024-05-01 ")
    assert [entry["stage"] for entry in past["entries"]] == ["intake"]
    assert why["why"]["turn"] == trace["turn"]
    assert any(loss["path"].startswith("sessions/2024/05/2024-05-01_") for loss in plan["losses"])
    assert back.startswith("sessions/2024/05/2024-05-01_")
    assert "as it was then" in back


async def test_a_whole_memory_is_erased_and_begins_anew(
    told: Memory, server: MCPServer[None], mode: str, home: Path
) -> None:
    person = Person()
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        gone = await answer(client, "forget", everything=True, how="erase")
        assert "no memory for user" in await refusal(client, "recall", query="Kasia")
        assert await told.users() == []
        anew = await answer(client, "remember", content="user: I like tea.", session_id="s1")

    assert person.asked[0].startswith("Erase everything? ")
    assert (gone["done"], gone["found"]) == (True, [])
    assert gone["removed"] > 20 == len(gone["removed_ids"])
    assert anew["state"] == "digested"


async def test_what_is_nowhere_is_refused_with_what_is_near(
    told: Memory, server: MCPServer[None], mode: str
) -> None:
    person = Person()
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        assert "nearest: Kasia" in await refusal(client, "forget", entity="Kasja", how="archive")
        assert "no session 's9'" in await refusal(client, "forget", session="s9", how="erase")
        assert "nearest: memories/people/kasia.md" in await refusal(
            client, "forget", path="people/kasia.md", how="archive"
        )
        assert "no session 's9'" in await refusal(client, "restore", session="s9")

    assert person.asked == []


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("restore", {"session": "s2"}),
        ("forget", {"session": "s2", "how": "archive"}),
        ("forget", {"session": "s2", "how": "erase"}),
        ("forget", {"everything": True, "how": "erase"}),
    ],
    ids=["undo", "archive", "erase", "erase all"],
)
async def test_listeners_are_told_what_changed_and_that_files_vanished(
    told: Memory, tool: str, arguments: dict[str, Any]
) -> None:
    heard: set[str] = set()
    uris = {"memory:///maya.md", "memory:///memories/people/kasia.md", "memory:///timeline/2024-05.md"}
    with anyio.fail_after(60):
        async with (
            Client(create_server(told, USER)) as client,
            client.listen(resource_subscriptions=sorted(uris), resources_list_changed=True) as events,
        ):
            await answer(client, tool, **arguments)
            async for event in events:
                heard.add(str(getattr(event, "uri", "list changed")))
                if heard == uris | {"list changed"}:
                    break


async def test_pages_made_from_others_are_told_after_an_erase(told: Memory) -> None:
    with anyio.fail_after(60):
        async with (
            Client(create_server(told, USER)) as client,
            client.listen(resource_subscriptions=["memory:///index.md"]) as events,
        ):
            await answer(client, "forget", session="s2", how="erase")
            async for event in events:
                assert str(getattr(event, "uri", "")) == "memory:///index.md"
                break
