from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from diffmem import Memory
from diffmem.errors import UnknownPath, UnknownUser
from diffmem.storage.durability import Durability
from diffmem.storage.store import Store

LAYOUTS: dict[str, Callable[[Path], Store]] = {
    "own": lambda folder: Store(folder / "home", Durability.RELAXED),
    "shared": lambda folder: Store.shared(folder / "storage", folder / "worktrees", Durability.RELAXED),
}
MAYA = "My sister Maya plays the cello. Maya met Quentin in Oslo."
NILS = "My friend Nils bakes bread. Nils knows Maya."


@pytest.fixture(params=LAYOUTS)
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Memory:
    return Memory(LAYOUTS[request.param](tmp_path), zone=UTC)


async def texts(memory: Memory, user: str, as_of: str = "") -> str:
    files = (await memory.list(user, as_of)).files
    return "\n".join([(await memory.read(user, file.path, as_of)).text for file in files])


@pytest.mark.anyio
async def test_a_life_of_two_users(memory: Memory) -> None:
    for user in ("Bob", "bob"):
        await memory.onboard(user, "My name is Bob.")
        await memory.remember(user, MAYA, "s-1", "2024-01-01")
    early = await memory.tip("Bob")
    await memory.remember("Bob", NILS, "s-2", "2024-01-02")
    assert await memory.users() == ["Bob", "bob"]
    assert any(
        "bakes bread" in block.text for block in (await memory.recall("Bob", "What does Nils bake?")).blocks
    )
    assert "bakes bread" not in await texts(memory, "bob")
    assert "bakes bread" not in await texts(memory, "Bob", early[:9])
    assert (await memory.why("Bob", "bakes bread")).session_id == "s-2"
    assert [entry.subject for entry in (await memory.history("Bob", session="s-2")).entries][
        -1
    ] == "remember: s-2"

    await memory.consolidate("Bob")
    await memory.undo("Bob", session="s-2")
    assert "bakes bread" not in await texts(memory, "Bob")
    await memory.undo("Bob", session="s-2")
    assert "bakes bread" in await texts(memory, "Bob")

    folder = await memory.view("Bob")
    folder.joinpath("note.md").write_text("by hand\n", "utf-8")
    await memory.forget("Bob", how="archive", entity="Nils")
    assert (await memory.read("Bob", "note.md")).text == "by hand\n"
    with pytest.raises(UnknownPath):
        await memory.read("Bob", "memories/people/nils.md")
    await memory.restore("Bob", "memories/people/nils.md")
    assert not (await memory.forget("Bob", how="retract", session="s-2")).found
    await memory.maintain("Bob")

    done = await memory.forget("Bob", how="erase", words="Quentin")
    assert done.scanned
    assert not done.found
    assert "Quentin" not in await texts(memory, "Bob")
    assert "Quentin" in await texts(memory, "bob")

    gone = await memory.forget("Bob", how="erase", everything=True)
    assert not gone.found
    assert not folder.exists()
    assert await memory.users() == ["bob"]
    with pytest.raises(UnknownUser):
        await memory.tip("Bob")
    await memory.remember("Bob", NILS, "s-1", "2024-01-02")
    assert "cello" not in await texts(memory, "Bob")
    assert not await memory.resume()
