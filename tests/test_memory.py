import json
import sys
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio
import pytest

from diffmem import Memory
from diffmem.errors import (
    BadContent,
    BadDate,
    BadInput,
    BadName,
    SessionDiffers,
    UnknownCommit,
    UnknownEntity,
    UnknownPath,
    UnknownUser,
)

TALK = """\
user: I work at Acme as a nurse. My sister Maya moved to Berlin last week.
assistant: How lovely!
user: I met Rob yesterday. Rob said he loves painting."""


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.open(tmp_path, zone=UTC)


async def paths(memory: Memory, user: str = "alex") -> set[str]:
    return {file.path for file in (await memory.list(user)).files}


async def test_a_remembered_session_reads_back_word_for_word(memory: Memory) -> None:
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08")
    page = await memory.read("alex", receipt.path)
    assert page.text.endswith(f"---\n{TALK}")
    assert receipt.path == "sessions/2023/05/2023-05-08_nkcaxl25_s-1.md"
    assert (receipt.user, receipt.session_id, receipt.state) == ("alex", "s-1", "digested")


async def test_what_was_said_is_filed_under_those_it_names(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    maya = (await memory.read("alex", "memories/people/maya.md")).text
    assert "role: sister" in maya
    assert "- 2023-05-01/2023-05-07 | alex: My sister Maya moved to Berlin last week. ^nkcaxl25-1" in maya
    rob = (await memory.read("alex", "memories/people/rob.md")).text
    assert "- 2023-05-07 | alex: I met Rob yesterday. ^nkcaxl25-3" in rob
    assert {"alex.md", "index.md", "repo_guide.md", "diffmem.yaml", "timeline/2023-05.md"} <= await paths(
        memory
    )
    assert "(Session: s-1)" in (await memory.read("alex", "timeline/2023-05.md")).text
    assert "[[memories/people/maya.md|Maya]] (person) sister" in (await memory.read("alex", "index.md")).text


async def test_assistants_small_talk_and_questions_are_not_filed(memory: Memory) -> None:
    talk = "assistant: I am Rob and I live in Rome.\nuser: Hi there!\nuser: Who is Maya?\nuser: I like tea."
    await memory.remember("alex", talk, "s-1", "2023-05-08")
    profile = (await memory.read("alex", "alex.md")).text
    assert "I like tea." in profile
    assert "Rome" not in profile
    assert "Maya" not in profile
    assert not [path for path in await paths(memory) if path.startswith("memories/people/")]


async def test_the_same_words_again_have_the_same_receipt_and_no_commit(memory: Memory) -> None:
    first = await memory.remember("alex", TALK, "s-1", "2023-05-08")
    before = (await memory.list("alex")).commit
    assert await memory.remember("alex", TALK, "s-1", "2023-05-08") == first
    assert await memory.remember("alex", TALK, "s-1") == first
    assert (await memory.list("alex")).commit == before


async def test_without_an_id_the_same_words_on_the_same_date_are_one_session(memory: Memory) -> None:
    first = await memory.remember("alex", TALK, session_date="2023-05-08")
    assert await memory.remember("alex", TALK, session_date="2023-05-08") == first
    assert (await memory.remember("alex", TALK, session_date="2023-05-09")).session_id != first.session_id


async def test_a_session_that_grew_files_only_what_is_new(memory: Memory) -> None:
    first = await memory.remember("alex", TALK, "s-1", "2023-05-08")
    grown = await memory.remember("alex", TALK + "\nuser: I adopted a dog called Rex.", "s-1", "2024-01-01")
    assert grown.path == first.path
    assert grown.commit != first.commit
    profile = (await memory.read("alex", "alex.md")).text
    assert profile.count("I work at Acme as a nurse.") == 1
    assert profile.count("I adopted a dog called Rex.") == 1
    assert "date: '2023-05-08T00:00:00+00:00'" in (await memory.read("alex", first.path)).text


async def test_other_words_under_the_same_id_are_refused(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1")
    before = (await memory.list("alex")).commit
    with pytest.raises(SessionDiffers, match="another session_id"):
        await memory.remember("alex", "user: Something else.", "s-1")
    assert (await memory.list("alex")).commit == before


async def test_who_speaks_is_kept_from_json(memory: Memory) -> None:
    turns = [
        {"role": "user", "content": "I like tea.\nAnd cake.", "at": "2023-05-08T10:00:00Z"},
        {"speaker": "Maya", "text": "I paint."},
    ]
    receipt = await memory.remember("alex", json.dumps(turns), "s-1", "2023-05-08")
    text = (await memory.read("alex", receipt.path)).text
    assert "[2023-05-08T10:00:00Z] user: I like tea.\n  And cake.\nMaya: I paint.\n" in text
    assert "I paint." in (await memory.read("alex", "memories/people/maya.md")).text
    assert "I like tea." in (await memory.read("alex", "alex.md")).text


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", BadContent),
        (" \n\t", BadContent),
        ("a\0b", BadContent),
        ("a\ud800b", BadContent),
        ("x" * 10_000_000, BadContent),
        ("[]", BadContent),
        ('[{"content": "nobody said it"}]', BadContent),
    ],
    ids=["empty", "blank", "nul", "surrogate", "10 MB", "no turns", "no speaker"],
)
async def test_words_that_cannot_be_stored_are_refused_whole(
    memory: Memory, content: str, error: type[BadInput]
) -> None:
    with pytest.raises(error, match="not stored"):
        await memory.remember("alex", content)
    assert await memory.users() == []


@pytest.mark.parametrize("session_id", ["a\nb", "a\rStage: forget", "\u202eabc", "x" * 129])
async def test_a_session_id_nobody_can_see_is_refused(memory: Memory, session_id: str) -> None:
    with pytest.raises(BadName, match="session id"):
        await memory.remember("alex", TALK, session_id)
    assert await memory.users() == []


@pytest.mark.parametrize("date", ["yesterday", "2023-13-01", "20230508", "2023-02-30", "05/08/2023", "12"])
async def test_a_date_that_is_none_is_refused(memory: Memory, date: str) -> None:
    with pytest.raises(BadDate, match="2023-05-08"):
        await memory.remember("alex", TALK, session_date=date)
    assert await memory.users() == []


async def test_a_date_without_zone_is_in_the_zone_of_the_memory(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, zone=ZoneInfo("Europe/Berlin"))
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08T23:30")
    assert "date: '2023-05-08T23:30:00+02:00'" in (await memory.read("alex", receipt.path)).text


async def test_asking_creates_nobody(memory: Memory) -> None:
    with pytest.raises(UnknownUser, match="remember"):
        await memory.recall("nobody", "anything?")
    with pytest.raises(UnknownUser):
        await memory.history("nobody")
    assert await memory.users() == []


async def test_unknown_names_say_what_is_near(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    with pytest.raises(UnknownPath, match="maya"):
        await memory.read("alex", "people/maya.md")
    with pytest.raises(UnknownEntity, match="Maya"):
        await memory.history("alex", entity="Maia")
    with pytest.raises(UnknownPath):
        await memory.history("alex", path="../../etc/passwd")


async def test_lines_count_from_one_and_are_inclusive(memory: Memory) -> None:
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08")
    assert (await memory.read("alex", receipt.path, lines="10-10")).text == "assistant: How lovely!\n"
    for lines in ("0-1", "3-2", "x", "1-y"):
        with pytest.raises(BadInput, match="lines"):
            await memory.read("alex", receipt.path, lines=lines)


async def test_recall_finds_a_session_before_it_is_digested(memory: Memory) -> None:
    receipt = await memory.remember("alex", TALK, "s-1", "2023-05-08", wait=False)
    assert receipt.state == "pending"
    assert await memory.pending("alex") == ["s-1"]
    found = await memory.recall("alex", "Where did Maya move?")
    assert "Berlin" in " ".join(block.text for block in found.blocks)
    assert found.commit == receipt.commit


async def test_recall_is_reproducible_as_of_an_earlier_commit(memory: Memory) -> None:
    first = await memory.remember("alex", TALK, "s-1", "2023-05-08")
    then = await memory.recall("alex", "Where does Maya live?", as_of=first.digest)
    await memory.remember("alex", "user: Maya moved to Rome.", "s-2", "2023-06-08")
    assert await memory.recall("alex", "Where does Maya live?", as_of=first.digest) == then
    assert "Rome" not in str(then)
    assert "Rome" in str(await memory.recall("alex", "Where does Maya live?"))


@pytest.mark.parametrize("as_of", ["1999-01-01", "deadbeef", "0" * 40])
async def test_a_moment_of_which_nothing_is_known_says_so(memory: Memory, as_of: str) -> None:
    await memory.remember("alex", TALK)
    with pytest.raises(UnknownCommit, match="history"):
        await memory.recall("alex", "Maya?", as_of=as_of)


async def test_history_shows_what_changed_and_who_said_it(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    await memory.remember("alex", "user: I now work at Globex.", "s-2", "2023-06-08")
    page = await memory.history("alex", path="alex.md")
    assert [entry.session_id for entry in page.entries] == ["s-2", "s-1", ""]
    newest = page.entries[0]
    assert (newest.stage, newest.happened[:10]) == ("digest", "2023-06-08")
    statements = next(change for change in newest.changes if change.section == "Statements")
    assert "- 2023-06-08 | I now work at Globex. ^iubcfpgd-1" in statements.added
    assert "- 2023-05-08 | I work at Acme as a nurse. ^nkcaxl25-1" in statements.removed


async def test_history_by_entity_session_and_words(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    await memory.remember("alex", "user: Maya sold her car.", "s-2", "2023-06-08")
    by_name = await memory.history("alex", entity="maya")
    assert [entry.session_id for entry in by_name.entries] == ["s-2", "s-1"]
    by_session = await memory.history("alex", session="s-2")
    assert [entry.stage for entry in by_session.entries] == ["digest", "intake"]
    by_words = await memory.history("alex", query="her car")
    assert {entry.session_id for entry in by_words.entries} == {"s-2"}


async def test_history_comes_in_pages(memory: Memory) -> None:
    for number in range(3):
        await memory.remember("alex", f"user: Number {number}.", f"s-{number}", "2023-05-08")
    whole = (await memory.history("alex")).entries
    first = await memory.history("alex", limit=4)
    second = await memory.history("alex", limit=4, cursor=first.next_cursor)
    assert (*first.entries, *second.entries) == whole
    assert not second.next_cursor


async def test_linking_makes_one_commit_and_then_none(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    done = (await memory.consolidate("alex")).tools["link"]
    assert "alex.md" in done.files
    assert "My sister [[memories/people/maya.md|Maya]] moved" in (await memory.read("alex", "alex.md")).text
    assert (await memory.history("alex", limit=1)).entries[0].subject == "consolidate(link): 4 files"
    again = (await memory.consolidate("alex")).tools["link"]
    assert (again.commit, again.files) == ("", ())


async def test_what_people_write_in_the_view_is_a_commit_of_its_own(memory: Memory) -> None:
    await memory.remember("alex", TALK, "s-1", "2023-05-08")
    folder = await memory.view("alex")
    (folder / "My Note.md").write_text("# My Note\n\nMaya's birthday is in May.\n", encoding="utf-8")
    await memory.remember("alex", "user: I like tea.", "s-2", "2023-06-08")
    entries = (await memory.history("alex", limit=3)).entries
    assert [(entry.stage, entry.actor) for entry in entries] == [
        ("digest", "writer"),
        ("intake", "user"),
        ("edit", "person"),
    ]
    assert "birthday" in str(await memory.recall("alex", "When is Maya's birthday?"))


async def test_a_user_cannot_see_another(memory: Memory) -> None:
    for user in ("Bob", "bob", "..", "a@b.example", "日" * 128):
        await memory.remember(user, f"user: My secret word is {user.encode().hex()[:12]}.", "s-1")
    for user in ("Bob", "bob", "..", "a@b.example", "日" * 128):
        secret = str(await memory.recall(user, "What is the secret word?"))
        assert user.encode().hex()[:12] in secret
    assert set(await memory.users()) == {"Bob", "bob", "..", "a@b.example", "日" * 128}


WRITE = """
import sys
from pathlib import Path
import anyio
from diffmem import Memory

async def main(home, name, count, wait):
    memory = Memory.open(Path(home))
    for number in range(int(count)):
        receipt = await memory.remember(
            "alex", f"user: Number {number} of {name}.", f"{name}-{number}", "2023-05-08", wait=wait == "wait"
        )
        print(receipt.session_id, flush=True)

anyio.run(main, *sys.argv[1:])
"""


async def test_two_processes_remember_for_one_user_and_nothing_is_lost(
    memory: Memory, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WRITE, str(tmp_path)]
    async with anyio.create_task_group() as writers:
        for name in "ab":
            writers.start_soon(anyio.run_process, [*command, name, "20", "wait"])
    sessions = [path for path in await paths(memory) if path.startswith("sessions/")]
    assert len(sessions) == 40
    await memory.digest("alex")
    assert not await memory.pending("alex")
    profile = (await memory.read("alex", "alex.md")).text
    assert all(f"Number {number} of {name}." in profile for number in range(20) for name in "ab")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
async def test_after_a_kill_what_was_acknowledged_is_there_and_gets_digested(
    memory: Memory, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WRITE, str(tmp_path), "k", "100000", "no"]
    async with await anyio.open_process(command) as child:
        assert child.stdout
        told = b""
        while told.count(b"\n") < 3:
            told += await child.stdout.receive()
        child.kill()
        acknowledged = told.decode().split("\n")[:3]
    waiting = await memory.pending("alex")
    assert set(acknowledged) <= set(waiting)
    await memory.digest("alex")
    assert not await memory.pending("alex")
    profile = (await memory.read("alex", "alex.md")).text
    assert "Number 0 of k." in profile
