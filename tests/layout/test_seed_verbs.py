"""What was said and filed before this program came, taken back, forgotten and traced by its session."""

import json
from datetime import UTC
from pathlib import Path

import pytest
from seed_stores import BOB, CARLA, LITTLE_BOB, Seed, seed_store

from diffmem import Memory
from diffmem.agents.forgetting import Search
from diffmem.agents.onboarding import profile_path
from diffmem.errors import BadInput, SessionDiffers, UnknownPath, UnknownSession
from diffmem.storage.durability import Durability
from diffmem.storage.migrate import Migration
from diffmem.storage.names import UserId, key_of, user_id
from diffmem.storage.seed_store import SeedStore
from diffmem.storage.store import Store

SECOND = "sessions/2024-01-09_s-002.txt"
MAYA = "memories/people/maya.md"
OSLO = "memories/places/oslo.md"
WORDS = "Bob: Maya left the orchestra and moved to Oslo. Ask for Ferdinand there.\n\nBob: I am tired.\n"


@pytest.fixture
def seed(tmp_path: Path) -> Seed:
    """A store in which a second session changed a line of a file, added to it, and began another one."""
    seed = seed_store(tmp_path)
    maya = (seed.worktree(BOB) / MAYA).read_text("utf-8")
    maya = maya.replace("plays the cello.", "played the cello until she moved.").replace(
        "/END Core", "- Maya left the orchestra.\n/END Core\n\n### Oslo\n- Maya knows Ferdinand.\n/END Oslo"
    )
    files = {
        SECOND: WORDS,
        MAYA: maya.replace("aliases: [Mai]", "aliases: [Mai, Majken]"),
        OSLO: "---\ntype: place\nname: Oslo\n---\n# Oslo\n\n- A city where Maya lives.\n",
        "timeline/2024-01.md": (seed.worktree(BOB) / "timeline/2024-01.md").read_text("utf-8")
        + "\n#### 2024-01-09 (Session: s-002)\n**Event**: Maya moved.\n/END 2024-01-09\n",
    }
    seed.writes(BOB, files, "Session s-002 | maya, core, timeline")
    return seed


@pytest.fixture
def store(seed: Seed) -> Store:
    return Store.shared(seed.storage, seed.worktrees, Durability.RELAXED)


@pytest.fixture
def memory(store: Store) -> Memory:
    return Memory(store, zone=UTC)


def later(seed: Seed) -> None:
    """A third session adds lines next to those of the second one."""
    maya = (seed.worktree(BOB) / MAYA).read_text("utf-8")
    files = {
        MAYA: maya.replace("orchestra.\n", "orchestra.\n- Maya bought a boat.\n"),
        OSLO: (seed.worktree(BOB) / OSLO).read_text("utf-8") + "- Oslo has a harbour.\n",
        "sessions/2024-01-11_s-003.txt": "Bob: Maya bought a boat. Oslo has a harbour.\n",
    }
    seed.writes(BOB, files, "Session s-003 | maya")


async def files_of(memory: Memory, user: str = BOB, as_of: str = "") -> dict[str, str]:
    listing = await memory.list(user, as_of)
    return {file.path: (await memory.read(user, file.path, as_of)).text for file in listing.files}


@pytest.mark.anyio
async def test_history_is_told_by_session(memory: Memory, seed: Seed) -> None:
    page = await memory.history(BOB, session="s-002")
    assert [(entry.commit, entry.session_id) for entry in page.entries] == [(seed.tip(BOB), "s-002")]
    assert not (await memory.history(BOB, session="s-00")).entries


@pytest.mark.anyio
async def test_the_same_words_get_the_same_receipt(memory: Memory, seed: Seed) -> None:
    for _ in range(2):
        receipt = await memory.remember(BOB, WORDS, "s-002")
        assert (receipt.commit, receipt.path, receipt.state) == (seed.line(BOB)[-4], SECOND, "digested")
    assert (await memory.remember(BOB, WORDS + "\n", "s-002")).path == SECOND
    assert not await memory.pending(BOB)


@pytest.mark.anyio
async def test_longer_words_are_the_session_grown_and_only_what_is_new_is_filed(memory: Memory) -> None:
    receipt = await memory.remember(BOB, WORDS + "\nBob: Maya adopted a parrot.\n", "s-002")
    assert receipt.state == "digested"
    now = await files_of(memory)
    assert SECOND not in now
    assert "parts: [2, 3]" in now[receipt.path]
    filed = now[MAYA]
    assert "parrot" in filed
    assert filed.count("orchestra") == 1
    assert (
        await memory.remember(BOB, WORDS + "\nBob: Maya adopted a parrot.\n", "s-002")
    ).path == receipt.path
    assert len((await memory.history(BOB, session="s-002")).entries) == 3


@pytest.mark.anyio
async def test_other_words_are_refused(memory: Memory, seed: Seed) -> None:
    before = seed.tip(BOB)
    with pytest.raises(SessionDiffers):
        await memory.remember(BOB, "Bob: I never said that.", "s-002")
    assert (await files_of(memory))[SECOND] == (await files_of(memory, as_of=before))[SECOND]


@pytest.mark.anyio
async def test_a_line_without_a_mark_leads_to_the_session_that_brought_it(memory: Memory, seed: Seed) -> None:
    why = await memory.why(BOB, "Maya left the orchestra")
    assert (why.session_id, why.session_path, why.turn) == ("s-002", SECOND, 1)
    assert why.learned_in == seed.tip(BOB)
    assert "left the orchestra" in why.quote
    said = await memory.why(BOB, f"{SECOND}:3")
    assert (said.session_id, said.turn, said.quote) == ("s-002", 2, "I am tired.")
    onboarded = await memory.why(BOB, "Bob is a nurse")
    assert (onboarded.session_id, onboarded.turn) == ("", 0)
    assert not [one for one in await memory.uncited(BOB) if "orchestra" in one.text]


@pytest.mark.anyio
async def test_an_undo_puts_back_what_was_there(memory: Memory, seed: Seed) -> None:
    before = await files_of(memory, as_of=seed.line(BOB)[1])
    done = await memory.undo(BOB, session="s-002")
    now = await files_of(memory)
    assert done.subject == "undo: s-002"
    assert {path for path in before if not path.startswith("index")} <= now.keys()
    for path in (MAYA, "Bob.md", "timeline/2024-01.md", "sessions/2024-01-05_s-001.txt"):
        assert now[path] == before[path]
    assert not {OSLO, SECOND} & now.keys()


@pytest.mark.anyio
async def test_an_undo_leaves_the_lines_of_others_and_tells_of_those_that_changed(
    memory: Memory, seed: Seed
) -> None:
    later(seed)
    maya = seed.worktree(BOB) / MAYA
    maya.write_text(maya.read_text("utf-8").replace("knows Ferdinand", "knows Ferdinand well"), "utf-8")
    done = await memory.undo(BOB, session="s-002")

    now = await files_of(memory)
    assert "(1 line of it changed since, and left so)" in done.subject
    assert "- Maya plays the cello." in now[MAYA]
    assert "- Maya bought a boat." in now[MAYA]
    assert "knows Ferdinand well" in now[MAYA]
    assert "orchestra" not in now[MAYA]
    assert now[OSLO].endswith("# Oslo\n\n- Oslo has a harbour.\n")
    assert "s-002" not in now["timeline/2024-01.md"]
    assert "s-001" in now["timeline/2024-01.md"]


@pytest.mark.anyio
async def test_undone_again_it_is_back_where_it_was_and_is_filed_anew(memory: Memory) -> None:
    await memory.undo(BOB, session="s-002")
    done = await memory.undo(BOB, session="s-002")
    assert done.files == (SECOND,)
    assert (await memory.read(BOB, SECOND)).text == WORDS
    assert (await memory.remember(BOB, WORDS, "s-002")).state == "digested"
    why = await memory.why(BOB, "Maya left the orchestra")
    assert (why.session_id, why.session_path) == ("s-002", SECOND)
    assert why.mark
    await memory.undo(BOB, session="s-002")
    assert "orchestra" not in str(await files_of(memory))


@pytest.mark.anyio
async def test_what_is_archived_comes_back_and_what_is_retracted_is_not_learned_again(memory: Memory) -> None:
    await memory.forget(BOB, how="archive", session="s-002")
    assert "Ferdinand" not in str(await files_of(memory))
    await memory.undo(BOB, session="s-002")
    assert "Ferdinand" in str(await files_of(memory))

    await memory.forget(BOB, how="retract", session="s-002")
    assert "Ferdinand" not in str(await files_of(memory))
    assert (await memory.remember(BOB, WORDS, "s-002")).state == "retracted"
    assert (await memory.remember(BOB, WORDS, "another")).state == "retracted"


@pytest.mark.anyio
async def test_what_stands_in_the_place_of_retracted_words_does_not_bring_them_back(
    memory: Memory, seed: Seed
) -> None:
    maya = (seed.worktree(BOB) / MAYA).read_text("utf-8")
    third = {
        MAYA: maya.replace("- Maya left the orchestra.", "- Maya leads the orchestra."),
        "sessions/2024-01-11_s-003.txt": "Bob: Maya leads the orchestra.\n",
    }
    seed.writes(BOB, third, "Session s-003 | maya")
    await memory.forget(BOB, how="retract", session="s-002")
    await memory.forget(BOB, how="retract", session="s-003")
    now = (await files_of(memory))[MAYA]
    assert "orchestra" not in now
    assert "- Maya plays the cello." in now


@pytest.mark.anyio
@pytest.mark.parametrize("how", ["archive", "retract", "erase"])
async def test_what_would_go_is_foreseen_and_nothing_changes(memory: Memory, seed: Seed, how: str) -> None:
    before = seed.tip(BOB)
    told = await memory.forget(BOB, how=how, session="s-002", dry_run=True)
    assert {loss.path for loss in told.losses if loss.whole} == {SECOND, OSLO}
    assert {MAYA, "timeline/2024-01.md"} <= {loss.path for loss in told.losses}
    assert seed.tip(BOB) == before


@pytest.mark.anyio
async def test_an_erase_takes_the_words_and_what_they_became_out_of_history(
    memory: Memory, seed: Seed
) -> None:
    later(seed)
    moved = (seed.worktree(BOB) / MAYA).read_text("utf-8")
    seed.writes(
        BOB,
        {
            MAYA: moved.replace("- Maya left the orchestra.\n", ""),
            "memories/people/mo.md": "# Mo\n\n- Maya left the orchestra.\n- Mo sings.\n",
        },
        "consolidate(redistribute): mo",
    )
    others = seed.tip(CARLA)
    done = await memory.forget(BOB, how="erase", session="s-002")

    assert done.sought
    assert not done.found
    told = seed.git("log", "-p", "--format=%s", f"user/{BOB}")
    for word in ("orchestra", "Ferdinand", "tired", "s-002", "Majken", "where Maya lives", "moved"):
        assert word not in told
    for word in ("Maya bought a boat", "Oslo has a harbour", "plays the cello", "Mo sings", "Session s-003"):
        assert word in told
    now = await files_of(memory)
    assert "- Maya plays the cello.\n- Maya bought a boat.\n/END Core" in now[MAYA]
    assert "### Oslo" not in now[MAYA]
    assert now[OSLO].endswith("# Oslo\n\n- Oslo has a harbour.\n")
    assert seed.tip(CARLA) == others
    assert seed.git("fsck", "--strict", "--no-dangling") == ""
    with pytest.raises(UnknownSession):
        await memory.undo(BOB, session="s-002")


@pytest.mark.anyio
async def test_an_erase_knows_the_older_form_of_entities(memory: Memory, seed: Seed) -> None:
    done = await memory.forget(LITTLE_BOB, how="erase", session="s-001")
    assert not done.found
    told = seed.git("log", "-p", "--format=%s", f"user/{LITTLE_BOB}")
    assert "for bob" not in told
    assert "ate bread" not in told
    # They came with the first commit, which is of no session.
    assert "Nils bakes rye bread." in told


@pytest.mark.anyio
async def test_the_cues_of_an_older_entity_go_with_the_session_that_began_it(
    memory: Memory, seed: Seed
) -> None:
    cues = json.dumps({"entity": "Ida", "type": "person", "hard_cues": ["zither"]})
    ida = f"# Ida\n\n### Core\n- Ida plays the zither.\n\n## SEMANTIC INDEX\n\n{cues}\n"
    told = {"memories/people/ida.md": ida, "sessions/2024-02-02_s-002.txt": "Ida plays the zither.\n"}
    seed.writes(LITTLE_BOB, told, "Session s-002 | ida")
    more = {
        "memories/people/ida.md": ida.replace("zither.\n", "zither.\n- Ida is tall.\n"),
        "sessions/2024-02-03_s-003.txt": "Ida is tall.\n",
    }
    seed.writes(LITTLE_BOB, more, "Session s-003 | ida")
    assert not (await memory.forget(LITTLE_BOB, how="erase", session="s-002")).found
    left = (await memory.read(LITTLE_BOB, "memories/people/ida.md")).text
    assert left.startswith("# Ida\n\n### Core\n- Ida is tall.\n\n## SEMANTIC INDEX\n")
    assert '{"entity": "Ida", "type": "person"}' in left
    assert "zither" not in seed.git("log", "-p", f"user/{LITTLE_BOB}")


@pytest.mark.anyio
async def test_a_line_that_two_sessions_told_stays_with_the_other(memory: Memory, seed: Seed) -> None:
    both = "- Bob knows the harbour.\n"
    for number, path in enumerate(("Bob.md", OSLO, "Bob.md"), 3):
        before = (seed.worktree(BOB) / path).read_text("utf-8")
        told = {path: before + (both if both not in before else "- Bob rests.\n")}
        told[f"sessions/2024-01-1{number}_s-00{number}.txt"] = f"Bob: I know harbour {number}.\n"
        seed.writes(BOB, told, f"Session s-00{number} | bob")
    await memory.undo(BOB, session="s-003")
    now = await files_of(memory)
    assert both not in now["Bob.md"]
    assert both in now[OSLO]
    assert "- Bob rests." in now["Bob.md"]


@pytest.mark.anyio
async def test_a_session_is_meant_by_its_path_and_its_words_are_found_in_it(memory: Memory) -> None:
    assert (await memory.forget(BOB, how="retract", words="I am tired")).losses
    assert (await memory.read(BOB, SECOND)).text == WORDS.replace("I am tired.", "[retracted]")
    assert not (await memory.forget(BOB, how="erase", path=SECOND)).found
    with pytest.raises(UnknownPath):
        await memory.read(BOB, SECOND)
    assert "orchestra" not in str(await files_of(memory))


@pytest.mark.anyio
async def test_a_file_comes_back_as_it_was(memory: Memory, seed: Seed) -> None:
    first = seed.line(BOB)[1]
    await memory.restore(BOB, MAYA, first)
    assert "- Maya plays the cello." in (await memory.read(BOB, MAYA)).text
    with pytest.raises(BadInput):
        await memory.restore(BOB, SECOND)


@pytest.mark.anyio
async def test_facts_can_be_added_to_what_was_said_then(memory: Memory) -> None:
    facts = [{"entity": "Maya", "type": "person", "statement": "Maya knows Ferdinand of old."}]
    assert (await memory.remember(BOB, WORDS, "s-002", facts=facts)).state == "digested"
    assert (await memory.why(BOB, "Ferdinand of old")).session_path == SECOND


@pytest.mark.anyio
async def test_a_memory_has_one_profile(memory: Memory, store: Store) -> None:
    assert (await memory.profile(BOB)).path == "Bob.md"
    await memory.remember(BOB, "I am a gardener now.", "n-1", "2025-01-01")
    await memory.consolidate(BOB)
    now = await files_of(memory)
    assert "bob.md" not in now
    assert "gardener" in now["Bob.md"]
    assert 'profile: "Bob.md"' in now["diffmem.yaml"]
    assert (await memory.recall(BOB, "gardener", profile=True)).profile == now["Bob.md"]
    assert (await memory.onboard(BOB)).path == "Bob.md"
    assert not [
        one
        for one in (await memory.forget(BOB, how="retract", session="n-1")).losses
        if one.whole and one.path == "Bob.md"
    ]
    assert profile_path(user_id(LITTLE_BOB), store.branch(user_id(LITTLE_BOB)).snapshot()) == "bob.md"
    assert (await memory.profile(CARLA)).path == f"{CARLA}.md"


@pytest.mark.anyio
async def test_an_id_that_is_called_like_a_page_or_a_file_has_a_profile_of_its_own(memory: Memory) -> None:
    for user in ("index", MAYA.removesuffix(".md"), "a/b"):
        await memory.onboard(user, "I am a nurse.")
        path = (await memory.profile(user)).path
        assert path == profile_path(user_id(user))


@pytest.mark.anyio
async def test_the_ontology_of_the_settings_holds_before_anything_is_written(
    store: Store, seed: Seed
) -> None:
    memory, before = Memory(store, zone=UTC, ontology="corporate"), seed.tip(CARLA)
    assert (await memory.status(CARLA)).ontology == "corporate"
    assert "decision" in str(await memory.findings(CARLA))
    assert "decision" not in str(await Memory(store).findings(CARLA))
    assert seed.tip(CARLA) == before


@pytest.mark.anyio
async def test_an_id_too_long_for_its_key_is_told_by_the_memory_once_it_is_moved(
    seed: Seed, tmp_path: Path
) -> None:
    long = "Ünal-" * 20
    seed.begins(long)
    seed.writes(long, {f"{long}.md": f"# {long}\n"}, f"Onboard {long}")
    work = Migration(
        SeedStore(seed.storage, seed.worktrees), Store(tmp_path / "home", Durability.RELAXED), "corporate"
    )
    assert work.brought(UserId(long)).state == "moved"
    assert list(work.store.users()) == [long]
    branch = work.store.branch(UserId(long))
    assert len(key_of(UserId(long))) <= 100
    assert branch.snapshot().trailers["Stage"] == "migrate"
    ours = [str(one.id) for one in branch.snapshot().repository.walk(branch.tip() or "")]
    assert ours[1:] == seed.line(long)
    memory = Memory(work.store)
    assert (await memory.status(long)).ontology == "corporate"
    assert (await memory.profile(long)).path == f"{long}.md"

    assert work.brought(UserId(long)).state == "in step"
    assert branch.tip() == ours[0]
    seed.writes(long, {"note.md": "mine\n"}, "Session s-9 | note")
    assert work.brought(UserId(long)).state == "forwarded"
    assert list(work.store.users()) == [long]
    assert len(list(branch.snapshot().repository.walk(branch.tip() or ""))) == len(seed.line(long)) + 1


@pytest.mark.anyio
async def test_all_this_holds_once_the_store_is_moved(seed: Seed, tmp_path: Path) -> None:
    own = Store(tmp_path / "home", Durability.RELAXED)
    assert Migration(SeedStore(seed.storage, seed.worktrees), own).brought(UserId(BOB)).state == "moved"
    memory = Memory(own, zone=UTC)
    assert (await memory.remember(BOB, WORDS, "s-002")).path == SECOND
    await memory.undo(BOB, session="s-002")
    assert "- Maya plays the cello." in (await memory.read(BOB, MAYA)).text
    await memory.undo(BOB, session="s-002")
    assert not (await memory.forget(BOB, how="erase", session="s-002")).found
    assert "Ferdinand" not in seed.git("log", "-p", "--all", at=own.branch(user_id(BOB)).repository)


def test_no_lines_are_brought_by_a_session_that_was_never_there(store: Store) -> None:
    search = Search(store.branch(user_id(BOB)).snapshot(), "Bob.md")
    assert not search.brought("s-009")
    assert search.brought("s-002")
