"""What the whole product makes of a mirror: two machines that listen to one person."""

from pathlib import Path

import pytest
from mirrors import bare, holds_anywhere

from diffmem.agents.catalogue import Catalogue
from diffmem.agents.indexing import indexed
from diffmem.memory import Memory
from diffmem.storage.branch import Branch
from diffmem.storage.mirror import Mirror
from diffmem.storage.mirror_format import Format
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

USER = "caroline"


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    told = Format(settle=lambda joined: indexed(joined, Catalogue.of(joined), {}, "2026-03-02"))
    return Mirror(str(bare(tmp_path / "mirror.git")), told=told)


def branch(home: Path) -> Branch:
    return Store(home).created(user_id(USER))


async def both(tmp_path: Path, mirror: Mirror) -> tuple[Memory, Memory]:
    here, there = Memory.open(tmp_path / "here"), Memory.open(tmp_path / "there")
    await here.remember(USER, "Caroline: I met Melanie.\nMelanie: I love painting.", "s0", "2023-05-08")
    mirror.push(branch(tmp_path / "here"))
    mirror.fetch(branch(tmp_path / "there"))
    return here, there


async def test_what_two_machines_filed_at_once_reads_as_if_one_had(tmp_path: Path, mirror: Mirror) -> None:
    here, there = await both(tmp_path, mirror)
    await here.remember(
        USER, "Caroline: Hi.\nMelanie: I joined a pottery class in Berlin.", "s1", "2023-05-20"
    )
    await there.remember(USER, "Caroline: Hello.\nMelanie: I hiked in Norway.", "s2", "2023-05-20")
    mirror.push(branch(tmp_path / "here"))
    assert mirror.push(branch(tmp_path / "there")).joined == 1
    assert mirror.fetch(branch(tmp_path / "here")).tip == branch(tmp_path / "there").tip()

    page = (await here.read(USER, "memories/people/melanie.md")).text
    for words in ("I love painting", "pottery class in Berlin", "I hiked in Norway"):
        assert words in page
    assert page.count("name: Melanie") == page.count("# Melanie") == page.count("updated:") == 1
    month = (await here.read(USER, "timeline/2023-05.md")).text
    assert [month.count(f"(Session: s{number})") for number in range(3)] == [1, 1, 1]
    index = (await here.read(USER, "index.md")).text
    assert index.count("melanie.md|") == index.count(" person") - index.count(") person") == 1
    assert "<<<<" not in page + month + index
    assert await here.pending(USER) == []
    assert await here.uncited(USER) == ()
    assert (await here.why(USER, "I hiked in Norway")).session_id == "s2"


async def test_forgotten_words_leave_every_machine_and_the_mirror(tmp_path: Path, mirror: Mirror) -> None:
    here, there = await both(tmp_path, mirror)
    await here.remember(USER, "Caroline: Hello.\nMelanie: I hiked in Norway.", "s1", "2023-05-20")
    mirror.push(branch(tmp_path / "here"))
    mirror.fetch(branch(tmp_path / "there"))
    await there.remember(USER, "Caroline: Hi.\nMelanie: NORWAY again next year.", "s2", "2023-05-28")
    await here.forget(USER, how="erase", words="Norway")
    mirror.push(branch(tmp_path / "here"))

    assert mirror.push(branch(tmp_path / "there")).erased
    await Memory.open(tmp_path / "there").digest(USER)

    for word in ("Norway", "NORWAY", "norway"):
        assert not holds_anywhere(tmp_path, word)
    listed = await Memory.open(tmp_path / "there").list(USER)
    assert [file.path for file in listed.files if "_s2" in file.path]
