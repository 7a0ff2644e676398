import re
from datetime import UTC
from pathlib import Path

import pytest

from diffmem import Memory
from diffmem.errors import BadInput, Conflict, UnknownCommit, UnknownPath, UnknownSession

FIRST = """\
user: I work at Acme as a nurse. My sister Maya moved to Berlin last week.
user: My password is swordfish-4711, keep it."""
SECOND = "user: Maya sold her green car.\nuser: I met Xaviera Quill at the lake yesterday."


@pytest.fixture
async def memory(tmp_path: Path) -> Memory:
    memory = Memory.open(tmp_path, zone=UTC)
    await memory.remember("alex", FIRST, "first-session", "2023-05-08")
    await memory.remember("alex", SECOND, "second-session", "2023-06-08")
    return memory


async def present(memory: Memory) -> str:
    """Every path and every word of the newest commit."""
    listing = await memory.list("alex")
    return "\n".join([f"{f.path}\n{(await memory.read('alex', f.path)).text}" for f in listing.files])


def every_byte(home: Path) -> bytes:
    """All files below a folder, objects unpacked."""
    import zlib

    found: list[bytes] = []
    for file in home.rglob("*"):
        if file.is_file():
            raw = file.read_bytes()
            found += [str(file).encode(), raw]
            try:
                found.append(zlib.decompress(raw))
            except zlib.error:
                continue
    return b"\n".join(found)


async def test_a_dry_run_lists_what_would_go_and_changes_nothing(memory: Memory) -> None:
    before = (await memory.list("alex")).commit
    for how in ("archive", "retract", "erase"):
        told = await memory.forget("alex", how=how, session="second-session", dry_run=True)
        assert {loss.path.partition("_ck5")[0]: loss.whole for loss in told.losses} == {
            "alex.md": False,
            "memories/people/maya.md": False,
            "memories/people/xaviera_quill.md": True,
            "sessions/2023/06/2023-06-08": True,
            "timeline/2023-06.md": True,
        }
        assert told.dry_run
        assert not told.commit
    assert (await memory.list("alex")).commit == before


@pytest.mark.parametrize("how", ["archive", "retract"])
async def test_a_session_leaves_the_present_and_stays_in_history(memory: Memory, how: str) -> None:
    before = (await memory.list("alex")).commit
    await memory.forget("alex", how=how, session="second-session")
    now = await present(memory)
    for word in ("green car", "Xaviera", "xaviera", "second-session"):
        assert word not in now
    assert "My sister Maya moved to Berlin last week." in now
    assert "Xaviera" not in str(await memory.recall("alex", "Who is Xaviera Quill?"))
    assert "Xaviera" in str(await memory.recall("alex", "Who is Xaviera Quill?", as_of=before))


async def test_what_was_archived_comes_back(memory: Memory) -> None:
    before = await present(memory)
    await memory.forget("alex", how="archive", session="second-session")
    await memory.undo("alex", session="second-session")
    assert not await memory.pending("alex")
    after = await present(memory)
    assert "green car" in after
    counts = re.compile(r"\d+ edits?,")
    assert sorted(counts.sub("", after).split("\n")) == sorted(counts.sub("", before).split("\n"))


async def test_a_retracted_session_is_not_learned_again(memory: Memory) -> None:
    await memory.forget("alex", how="retract", session="second-session")
    for session in ("second-session", "another-id"):
        receipt = await memory.remember("alex", SECOND, session, "2023-07-01")
        assert receipt.state == "retracted"
    assert "green car" not in await present(memory)


async def test_a_retracted_statement_is_not_learned_again_from_the_same_words(memory: Memory) -> None:
    await memory.forget("alex", how="retract", words="green car")
    assert "green car" not in await present(memory)
    assert "[retracted]" in await present(memory)
    await memory.remember("alex", SECOND, "second-session", "2023-06-08")
    await memory.remember("alex", SECOND, "another-id", "2023-07-08")
    await memory.remember("alex", SECOND + "\nuser: I like tea.", "second-session", "2023-06-08")
    now = await present(memory)
    assert "green car" not in now
    assert "I like tea." in now
    await memory.remember("alex", "user: Maya has a green car again.", "third", "2023-08-01")
    assert "green car again" in await present(memory)


async def test_an_archived_entity_comes_back_by_its_path(memory: Memory) -> None:
    path = "memories/people/maya.md"
    before = (await memory.read("alex", path)).text
    await memory.forget("alex", how="archive", path=path)
    with pytest.raises(UnknownPath):
        await memory.read("alex", path)
    assert "people/maya" not in (await memory.read("alex", "index.md")).text
    await memory.restore("alex", path)
    assert (await memory.read("alex", path)).text == before
    assert "people/maya" in (await memory.read("alex", "index.md")).text


@pytest.mark.parametrize(
    ("target", "canaries", "kept"),
    [
        ({"session": "second-session"}, ["green car", "Xaviera", "xaviera", "second-session"], "swordfish"),
        ({"words": "swordfish-4711"}, ["swordfish-4711"], "My password is"),
        ({"entity": "Xaviera Quill"}, ["Xaviera", "xaviera", "Quill", "the lake"], "green car"),
        ({"path": "memories/people/maya.md"}, ["people/maya"], "My sister Maya"),
        ({"path": "{session file}"}, ["green car", "Xaviera", "second-session"], "swordfish"),
    ],
    ids=["session", "words", "entity", "path", "path of a session"],
)
async def test_what_is_erased_is_in_no_byte_of_the_store(
    memory: Memory, tmp_path: Path, target: dict[str, str], canaries: list[str], kept: str
) -> None:
    await memory.view("alex")
    await memory.recall("alex", "Who is Xaviera Quill? What is the password?")
    path = next(f.path for f in (await memory.list("alex")).files if f.path.endswith("second-session.md"))
    target = {kind: value.replace("{session file}", path) for kind, value in target.items()}
    done = await memory.forget("alex", how="erase", **target)  # pyright: ignore[reportArgumentType]
    assert done.removed
    assert done.found == ()
    assert done.scanned > 0
    bytes_left = every_byte(tmp_path)
    for canary in canaries:
        assert canary.encode() not in bytes_left
        assert canary not in str(await memory.recall("alex", f"{canary}?"))
        assert canary not in str(await memory.history("alex", limit=100))
    assert kept in await present(memory)


async def test_an_erase_leaves_what_came_before_as_it_was(memory: Memory) -> None:
    history = (await memory.history("alex", limit=100)).entries
    await memory.forget("alex", how="erase", session="second-session")
    after = (await memory.history("alex", limit=100)).entries
    untouched = [entry for entry in history if entry.session_id != "second-session"]
    assert [entry.commit for entry in after][-len(untouched) :] == [entry.commit for entry in untouched]


async def test_asking_for_an_erased_commit_says_when_it_was_erased(memory: Memory) -> None:
    gone = (await memory.list("alex")).commit
    await memory.forget("alex", how="erase", session="second-session")
    with pytest.raises(UnknownCommit, match="erased on 20"):
        await memory.recall("alex", "Maya?", as_of=gone)


async def test_a_session_that_was_undone_can_still_be_erased(memory: Memory, tmp_path: Path) -> None:
    await memory.undo("alex", session="second-session")
    await memory.forget("alex", how="erase", session="second-session")
    assert b"green car" not in every_byte(tmp_path)


async def test_a_whole_user_is_erased_and_nobody_else(memory: Memory, tmp_path: Path) -> None:
    await memory.remember("bob", "user: I like tea.", "s-1", "2023-05-08")
    await memory.view("alex")
    await memory.forget("alex", how="erase", everything=True)
    assert await memory.users() == ["bob"]
    left = every_byte(tmp_path)
    assert b"swordfish" not in left
    assert b"/alex" not in left
    assert "tea" in str(await memory.recall("bob", "What do I like?"))


@pytest.mark.parametrize(
    "arguments",
    [
        {"how": "erase"},
        {"how": "shred", "session": "first-session"},
        {"how": "erase", "session": "a", "words": "b c d"},
        {"how": "archive", "everything": True},
        {"how": "erase", "words": "a"},
        {"how": "retract", "words": "never said by anybody"},
    ],
    ids=["nothing", "unknown how", "two targets", "archive everything", "too short", "not there"],
)
async def test_a_forget_that_makes_no_sense_says_what_would(
    memory: Memory, arguments: dict[str, str]
) -> None:
    before = (await memory.list("alex")).commit
    with pytest.raises(BadInput):
        await memory.forget("alex", **arguments)  # pyright: ignore[reportArgumentType]
    assert (await memory.list("alex")).commit == before


async def test_undoing_a_session_gives_back_what_it_had_replaced(memory: Memory) -> None:
    await memory.remember("alex", "user: I now work at Globex.", "third", "2023-07-08")
    assert "2023-05-08/2023-07-08 | I work at Acme" in await present(memory)
    done = await memory.undo("alex", session="third")
    assert done.subject == "undo: third"
    now = await present(memory)
    assert "- 2023-05-08 | I work at Acme as a nurse." in now
    assert "Globex" not in now
    assert not await memory.digest("alex")


async def test_a_recalled_statement_tells_what_it_replaced(memory: Memory) -> None:
    await memory.remember("alex", "user: I now work at Globex.", "third", "2023-07-08")
    told = str(await memory.recall("alex", "Where do I work now?"))
    assert 'I now work at Globex. (was: "I work at Acme as a nurse." until 2023-07-08)' in told


async def test_an_undo_of_a_line_somebody_changed_is_refused_by_name(memory: Memory) -> None:
    folder = await memory.view("alex")
    file = folder / "memories/people/xaviera_quill.md"
    file.write_text(file.read_text("utf-8").replace("at the lake", "at the pond"), encoding="utf-8")
    before = await present(memory)
    with pytest.raises(Conflict, match=r"xaviera_quill\.md:\d+ was changed"):
        await memory.undo("alex", session="second-session")
    assert "at the pond" in await present(memory)
    assert "at the pond" not in before


async def test_undoing_one_commit_takes_back_only_that(memory: Memory) -> None:
    linked = (await memory.consolidate("alex")).tools["link"].commit
    before = await present(memory)
    await memory.remember("alex", "user: I like tea.", "third", "2023-07-08")
    await memory.undo("alex", commit=linked)
    now = await present(memory)
    assert "[[memories/people/maya.md|Maya]] moved" in before
    assert "My sister Maya moved" in now
    assert "I like tea." in now


async def test_a_file_comes_back_as_it_was(memory: Memory) -> None:
    first = (await memory.history("alex", session="first-session")).entries[0].commit
    then = (await memory.read("alex", "memories/people/maya.md", as_of=first)).text
    done = await memory.restore("alex", "memories/people/maya.md", first)
    assert (await memory.read("alex", "memories/people/maya.md")).text == then
    assert done.files == ("index.md", "memories/people/maya.md") or "memories/people/maya.md" in done.files
    with pytest.raises(UnknownPath):
        await memory.restore("alex", "memories/people/nobody.md")
    with pytest.raises(BadInput, match="made anew"):
        await memory.restore("alex", "index.md", first)


async def test_undoing_what_never_was_says_so(memory: Memory) -> None:
    with pytest.raises(UnknownSession):
        await memory.undo("alex", session="never")
    with pytest.raises(UnknownCommit):
        await memory.undo("alex", commit="deadbeef")


async def test_why_leads_to_the_words_and_who_said_them(memory: Memory) -> None:
    told = await memory.why("alex", "My sister Maya moved to Berlin")
    assert (told.session_id, told.turn, told.speaker) == ("first-session", 1, "user")
    assert told.quote == "My sister Maya moved to Berlin last week."
    assert told.learned_in == (await memory.history("alex", session="first-session")).entries[0].commit
    line = f"{told.path}:{told.line}"
    assert await memory.why("alex", line) == told
    await memory.consolidate("alex")
    assert (await memory.why("alex", line)).learned_in == told.learned_in
    assert not await memory.uncited("alex")


async def test_a_line_that_leads_nowhere_is_listed(memory: Memory) -> None:
    folder = await memory.view("alex")
    note = folder / "memories/people/maya.md"
    note.write_text(note.read_text("utf-8") + "\n- 2023-01-01 | By hand, mine\n", encoding="utf-8")
    await memory.view("alex")
    assert not await memory.uncited("alex")


async def test_what_is_erased_after_it_was_retracted_cannot_be_guessed_from_a_hash(
    memory: Memory, tmp_path: Path
) -> None:
    await memory.forget("alex", how="retract", words="swordfish-4711")
    stones = (await memory.read("alex", "retracted.md")).text
    await memory.forget("alex", how="erase", words="swordfish-4711")
    left = every_byte(tmp_path)
    hashes = re.findall(r"[0-9a-f]{16,64}", stones)
    assert len(hashes) >= 2
    assert not [one for one in hashes if one.encode() in left]


async def test_an_entity_retracted_by_its_path_is_not_learned_again(memory: Memory) -> None:
    await memory.forget("alex", how="retract", path="memories/people/xaviera_quill.md")
    await memory.remember("alex", SECOND, "another-id", "2023-07-08")
    assert "at the lake" not in await present(memory)


async def test_restoring_what_is_there_already_says_so(memory: Memory) -> None:
    now = (await memory.list("alex")).commit
    with pytest.raises(BadInput, match="as it was then"):
        await memory.restore("alex", "memories/people/maya.md", now)


NOTE = "# Mine\n\nWork is fun. My Work log, with Rita.\n"
BOSS = "user: I started at my new office job at Acme. My boss Rita is kind."


@pytest.mark.parametrize("how", ["undo", "archive", "retract", "erase"])
async def test_what_people_wrote_stays_when_a_session_goes_that_names_the_same(
    tmp_path: Path, how: str
) -> None:
    memory = Memory.open(tmp_path, zone=UTC)
    await memory.remember("alex", "user: I like tea.", "first", "2025-01-01")
    folder = await memory.view("alex")
    folder.joinpath("notes").mkdir()
    folder.joinpath("notes/mine.md").write_text(NOTE, "utf-8")
    guide = (await memory.read("alex", "repo_guide.md")).text
    await memory.remember("alex", BOSS, "second", "2025-01-02")
    if how == "undo":
        await memory.undo("alex", session="second")
    else:
        await memory.forget("alex", session="second", how=how)

    assert (await memory.read("alex", "notes/mine.md")).text == NOTE
    assert (await memory.read("alex", "repo_guide.md")).text == guide
    assert "boss" not in await present(memory)
