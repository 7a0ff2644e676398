"""A memory that another machine began is there at the first question; a mirror that is down stops nobody."""

from pathlib import Path

import pytest
from mirrors import bare, tip_of
from rest_server import asking

from diffmem.memory import Memory
from diffmem.server import build
from diffmem.server.app import served
from diffmem.server.backup import Backup, backup
from diffmem.server.settings import Settings

USER = "ana"
SAID = {"content": "user: I live in Leeds.", "session_id": "s1", "session_date": "2024-03-01"}


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "mirror.git")


def machine(home: Path, remote: Path) -> tuple[Memory, Settings, Backup]:
    settings = Settings.load(
        home=home, user=USER, backup_backend="git", backup_url=str(remote), durability="relaxed"
    )
    memory = build.memory(settings)
    made = backup(memory, settings)
    assert made is not None
    return memory, settings, made


async def test_a_memory_that_another_machine_began_is_there_at_the_first_question(
    tmp_path: Path, remote: Path
) -> None:
    one, _, here = machine(tmp_path / "one", remote)
    await one.remember(USER, SAID["content"], "s1", "2024-03-01")
    await here.sync()
    two, settings, there = machine(tmp_path / "two", remote)
    async with asking(served(two, settings, mount=there.mount).app) as client:
        answer = await client.post(f"/memory/{USER}/recall", json={"query": "Where do I live?"})
        again = await client.post(f"/memory/{USER}/remember", json=SAID)

    assert "Leeds" in answer.text
    assert again.json()["commit"] in {entry.commit for entry in (await one.history(USER)).entries}
    assert await two.tip(USER) == await one.tip(USER) == tip_of(remote, USER)


async def test_somebody_nobody_knows_is_made_by_no_question(tmp_path: Path, remote: Path) -> None:
    two, settings, there = machine(tmp_path / "two", remote)
    async with asking(served(two, settings, mount=there.mount).app) as client:
        answer = await client.get(f"/memory/{USER}/files")

    assert answer.status_code == 404
    assert list(await two.users()) == []


async def test_a_mirror_that_is_down_keeps_nobody_from_writing(tmp_path: Path) -> None:
    two, settings, there = machine(tmp_path / "two", tmp_path / "nowhere.git")
    async with asking(served(two, settings, mount=there.mount).app) as client:
        answer = await client.post(f"/memory/{USER}/remember", json=SAID)

    assert answer.status_code == 200, answer.text


async def test_a_memory_begun_on_two_machines_becomes_one(tmp_path: Path, remote: Path) -> None:
    one, _, here = machine(tmp_path / "one", remote)
    two, _, there = machine(tmp_path / "two", remote)
    await one.remember(USER, "user: I live in Leeds.", "s1", "2024-03-01")
    await two.remember(USER, "user: I met Anna.", "s2", "2024-03-02")
    for made in (here, there, here):
        assert await made.sync() == {USER: "in step"}

    assert await one.tip(USER) == await two.tip(USER) == tip_of(remote, USER)
    paths = " ".join(file.path for file in (await one.list(USER)).files)
    assert "_s1.md" in paths
    assert "_s2.md" in paths
    assert [*await one.uncited(USER)] == []
    assert (await one.read(USER, "diffmem.yaml")).text.count("created:") == 1
