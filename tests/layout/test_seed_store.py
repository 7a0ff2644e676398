import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pygit2
import pytest
from seed_stores import BOB, CARLA, LITTLE_BOB, USERS, Seed, seed_store

from diffmem import Memory
from diffmem.errors import UnknownCommit, UnknownUser
from diffmem.storage import bundle
from diffmem.storage.durability import Durability
from diffmem.storage.mirror import Mirror
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

TALK = "My sister Maya moved to Zanzibar. She met Quentin there."


@pytest.fixture
def seed(tmp_path: Path) -> Seed:
    return seed_store(tmp_path)


@pytest.fixture
def store(seed: Seed) -> Store:
    return Store.shared(seed.storage, seed.worktrees, Durability.RELAXED)


@pytest.fixture
def memory(store: Store) -> Memory:
    return Memory(store, zone=UTC)


def started(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command)


def at(seed: Seed, user: str, path: str) -> Path:
    return seed.worktree(user) / path


async def lines_of(memory: Memory, user: str) -> dict[str, str]:
    listing = await memory.list(user)
    return {file.path: (await memory.read(user, file.path)).text for file in listing.files}


def test_everybody_is_there_under_the_id_they_have_always_had(store: Store) -> None:
    assert list(store.users()) == sorted(USERS)
    assert {store.branch(user_id(user)).ref for user in USERS} == {
        f"refs/heads/user/{user}" for user in USERS
    }


def test_ids_that_only_look_alike_are_nobody(store: Store) -> None:
    for stranger in ("BOB", "_42ob", "carla_5f1_40b_2eexample", "Bob/..", "main"):
        with pytest.raises(UnknownUser):
            store.branch(user_id(stranger))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("user", "question", "answer"),
    [
        (BOB, "What does Maya play?", "cello"),
        (LITTLE_BOB, "What does Nils bake?", "rye"),
        (CARLA, "Who owns billing?", "Olga"),
    ],
    ids=["front matter", "trailing index", "corporate"],
)
async def test_what_the_seed_wrote_is_found(memory: Memory, user: str, question: str, answer: str) -> None:
    found = await memory.recall(user, question, 400)
    assert any(answer in block.text for block in found.blocks)
    assert (await memory.history(user)).entries[0].subject == "Session s-001 | maya, core, timeline"
    assert (await memory.status(user)).pending == ()
    assert "index.md" in (await memory.explore(user, "ls")).output


@pytest.mark.anyio
async def test_nobody_sees_what_is_not_theirs(memory: Memory, seed: Seed) -> None:
    foreign = seed.tip(LITTLE_BOB)
    assert "Nils" not in str(await lines_of(memory, BOB))
    assert "Nils" not in str((await memory.recall(BOB, "What does Nils bake?", 400)).blocks)
    for commit in (foreign, foreign[:7], foreign[:12]):
        with pytest.raises(UnknownCommit):
            await memory.list(BOB, commit)
        assert "unknown revision" in (await memory.explore(BOB, f"git show {commit}")).output
    assert seed.tip(BOB)[:7] == (await memory.list(BOB, seed.tip(BOB)[:7])).commit[:7]


@pytest.mark.anyio
async def test_a_write_moves_one_branch_and_its_folder_and_calls_no_hook(
    memory: Memory, seed: Seed, tmp_path: Path
) -> None:
    others = {user: seed.tip(user) for user in USERS if user != BOB}
    await memory.remember(BOB, TALK, "n-1", "2025-01-01")

    assert {user: seed.tip(user) for user in others} == others
    assert seed.git("status", "--porcelain", at=seed.worktree(BOB)) == ""
    assert seed.git("rev-parse", "HEAD", at=seed.worktree(BOB)).strip() == seed.tip(BOB)
    assert "Zanzibar" in at(seed, BOB, "memories/people/maya.md").read_text("utf-8")
    assert not (tmp_path / "webhook").exists()
    assert seed.git("fsck", "--strict") == ""


@pytest.mark.anyio
async def test_what_people_changed_in_the_folder_is_theirs_and_stays(memory: Memory, seed: Seed) -> None:
    maya = at(seed, BOB, "memories/people/maya.md")
    maya.write_text(maya.read_text("utf-8").replace("the cello", "the viola"), "utf-8")
    at(seed, BOB, "My Note.md").write_text("mine\n", "utf-8")
    at(seed, BOB, "repo_guide.md").unlink()
    await memory.remember(BOB, TALK, "n-1", "2025-01-01")

    now = await lines_of(memory, BOB)
    assert "the viola" in now["memories/people/maya.md"]
    assert now["My Note.md"] == "mine\n"
    assert "repo_guide.md" not in now
    assert ".diffmem/consolidator.lock" in now
    assert [entry.actor for entry in (await memory.history(BOB, stage="edit")).entries] == ["person"]


@pytest.mark.anyio
async def test_what_the_seed_goes_on_committing_in_the_folder_is_taken_over(
    memory: Memory, seed: Seed
) -> None:
    await memory.remember(BOB, TALK, "n-1", "2025-01-01")
    seed.writes(BOB, {"memories/people/ida.md": "# Ida\n\n- Ida sings.\n"}, "Session s-002 | ida")
    await memory.remember(BOB, "Ida met Maya.", "n-2", "2025-01-02")

    now = await lines_of(memory, BOB)
    assert "Ida sings" in now["memories/people/ida.md"]
    assert "Zanzibar" in now["memories/people/maya.md"]


@pytest.mark.anyio
async def test_an_erase_takes_from_one_and_leaves_the_others_all_they_have(
    memory: Memory, seed: Seed
) -> None:
    for user in USERS:
        await memory.remember(user, TALK, "n-1", "2025-01-01")
    seed.git("repack", "-a", "-d", "-q")
    at(seed, CARLA, "staged.md").write_text("not committed yet\n", "utf-8")
    seed.git("add", "staged.md", at=seed.worktree(CARLA))
    before = {user: await lines_of(memory, user) for user in (LITTLE_BOB, CARLA)}
    others = {user: seed.tip(user) for user in (LITTLE_BOB, CARLA)}

    done = await memory.forget(BOB, how="erase", words="Quentin")

    assert done.scanned
    assert not done.found
    assert "Quentin" not in seed.git("log", "-p", f"user/{BOB}")
    assert "Quentin" in seed.git("log", "-p", f"user/{LITTLE_BOB}")
    assert {user: seed.tip(user) for user in others} == others
    assert {user: await lines_of(memory, user) for user in others} == before
    assert "not committed yet" in seed.git("show", ":staged.md", at=seed.worktree(CARLA))
    assert seed.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.anyio
async def test_a_user_who_is_erased_leaves_nothing_and_the_others_as_they_were(
    memory: Memory, seed: Seed
) -> None:
    for user in USERS:
        await memory.remember(user, TALK, "n-1", "2025-01-01")
    await memory.forget(BOB, how="archive", entity="Maya")
    before = {user: await lines_of(memory, user) for user in (LITTLE_BOB, CARLA)}

    done = await memory.forget(BOB, how="erase", everything=True)

    assert done.scanned
    assert not done.found
    assert await memory.users() == [LITTLE_BOB, CARLA]
    assert not seed.worktree(BOB).exists()
    left = [path for path in seed.storage.rglob("*") if BOB in path.name or "_42ob" in path.name]
    assert not left
    odb = pygit2.Repository(str(seed.storage)).odb
    assert not [one for one in odb if b"cello" in odb.read(one)[1]]
    assert {user: await lines_of(memory, user) for user in before} == before
    assert seed.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.anyio
async def test_new_users_get_a_branch_by_their_key(memory: Memory, seed: Seed) -> None:
    await memory.remember("Dana@b.example", TALK, "n-1", "2025-01-01")
    assert "refs/heads/user/_44ana_40b_2eexample" in seed.git("for-each-ref", "--format=%(refname)")
    assert "Dana@b.example" in await memory.users()


@pytest.mark.anyio
async def test_the_ontology_of_the_settings_holds_for_a_memory_that_does_not_say(store: Store) -> None:
    memory = Memory(store, zone=UTC, ontology="corporate")
    await memory.remember(CARLA, TALK, "n-1", "2025-01-01")
    assert (await memory.status(CARLA)).ontology == "corporate"


@pytest.mark.anyio
async def test_care_and_a_bundle_are_of_one_user(
    memory: Memory, store: Store, seed: Seed, tmp_path: Path
) -> None:
    await memory.maintain(BOB)
    line = seed.line(BOB)
    point = bundle.bundle(store.branch(user_id(BOB)), tmp_path / "bob.bundle")
    back = bundle.restored(Store(tmp_path / "home", Durability.RELAXED), tmp_path / "bob.bundle")
    assert (point.tip, back.user) == (line[0], BOB)
    assert [str(one.id) for one in back.snapshot().repository.walk(back.tip() or "")] == line


@pytest.mark.anyio
async def test_the_mirror_has_the_branches_as_the_seed_called_them(
    store: Store, memory: Memory, seed: Seed
) -> None:
    remote = seed.storage.parent / "mirror.git"
    pygit2.init_repository(str(remote), bare=True)
    mirror = Mirror(str(remote))
    for user in USERS:
        assert mirror.push(store.branch(user_id(user))).pushed
    assert seed.git("rev-parse", f"user/{CARLA}", at=remote).strip() == seed.tip(CARLA)
    mirrored = Memory(store, zone=UTC, mirror=mirror)
    await mirrored.forget(BOB, how="erase", words="cello")
    assert "cello" not in seed.git("log", "-p", f"user/{BOB}", at=remote)
    assert seed.git("rev-parse", f"user/{CARLA}", at=remote).strip() == seed.tip(CARLA)


WRITER = """
import sys
from pathlib import Path
import anyio
from diffmem import Memory
from diffmem.storage.store import Store
memory = Memory(Store.shared(Path(sys.argv[1]), Path(sys.argv[2]), "relaxed"))
for number in range(4):
    anyio.run(memory.remember, sys.argv[3], f"Maya counted to {number}.", f"w-{number}", "2025-01-01")
"""


@pytest.mark.anyio
async def test_an_erase_beside_other_writers_breaks_nothing(memory: Memory, seed: Seed) -> None:
    given = [str(seed.storage), str(seed.worktrees)]
    writers = [started(sys.executable, "-c", WRITER, *given, user) for user in (LITTLE_BOB, CARLA)]
    for number in range(4):
        await memory.remember(BOB, f"Maya keeps secret{number}.", f"n-{number}", "2025-01-01")
        done = await memory.forget(BOB, how="erase", words=f"secret{number}")
        assert done.scanned
        assert not done.found
    assert [writer.wait() for writer in writers] == [0, 0]
    for user in (LITTLE_BOB, CARLA):
        sessions = [file.path for file in (await memory.list(user)).files if "_w-" in file.path]
        assert len(sessions) == 4
    assert seed.git("fsck", "--strict", "--no-dangling") == ""
