from pathlib import Path

from diffmem.memory import Memory
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.names import user_id

LINE = "She told me herself."


async def written_by_hand(memory: Memory) -> str:
    """A memory in which a person wrote a line into a file that is merged into another one; the commit."""
    facts = [
        {"entity": name, "type": "person", "statement": statement}
        for name, statement in (("Maya Lind", "She plays chess."), ("M. Lind", "She sings."))
    ]
    await memory.remember("alex", "user: Maya Lind plays chess and sings.", "one", "2023-05-08", facts=facts)
    folder = await memory.view("alex")
    with (folder / "memories/people/maya_lind.md").open("a", encoding="utf-8") as file:
        file.write(f"- 2019 | {LINE}\n")
    await memory.sync_view("alex")
    edited = await memory.tip("alex")
    await memory.consolidate("alex", ["dedupe"])
    paths = {file.path for file in (await memory.list("alex")).files}
    assert len(paths & {"memories/people/maya_lind.md", "memories/people/m_lind.md"}) == 1
    return edited


async def test_a_persons_line_is_theirs_in_the_file_it_was_merged_into(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path)
    edited = await written_by_hand(memory)
    found = await memory.why("alex", LINE)

    assert await memory.uncited("alex") == ()
    assert (found.learned_in, found.actor) == (edited, "person")


async def test_a_line_that_no_person_brought_has_no_source(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path)
    await written_by_hand(memory)
    path = next(file.path for file in (await memory.list("alex")).files if file.path.endswith("lind.md"))
    text = (await memory.read("alex", path)).text + "\n- 2019 | Brought by no one.\n"
    changes = ChangeSet("moved", Stage.CONSOLIDATE, Actor.CONSOLIDATOR, {path: text})
    with memory.desk.writing(memory.desk.store.branch(user_id("alex"))) as writing:
        memory.desk.commit(writing, changes)

    assert [line.text for line in await memory.uncited("alex")] == ["Brought by no one."]
