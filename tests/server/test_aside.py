"""Digests in a process of their own: real processes on a real home."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from diffmem.errors import UnknownUser
from diffmem.memory import Memory
from diffmem.server.aside import Aside
from diffmem.server.deeds import AUDIT, Deeds
from diffmem.server.doing import doing
from diffmem.server.settings import Settings
from diffmem.storage.names import user_id

TALK = "Alex: My sister Maya moved to Porto."


@pytest.fixture
def aside(home: Path, memory: Memory) -> Iterator[Aside]:
    made = Aside(Settings(home=home, durability="relaxed"))
    memory.sessions.aside = made.digest
    yield made
    made.close()


async def test_a_session_is_filed_by_another_process_and_told_here(memory: Memory, aside: Aside) -> None:
    told: list[tuple[str, str]] = []
    await memory.remember("alex", TALK, "s1", wait=False)
    memory.watch(lambda user, commit: told.append((user, commit)))
    commits = await memory.digest("alex")

    assert told == [("alex", commit) for commit in commits]
    assert len(commits) == 1
    assert not await memory.pending("alex")
    assert aside.process_ids() not in ([], [os.getpid()])


async def test_a_process_that_was_killed_loses_nothing_and_is_replaced(memory: Memory, aside: Aside) -> None:
    await memory.remember("alex", TALK, "s1")
    (first,) = aside.process_ids()
    os.kill(first, signal.SIGKILL)
    receipt = await memory.remember("alex", "Alex: Maya has a dog.", "s2")
    await memory.remember("alex", "Alex: Maya has a cat.", "s3")

    assert receipt.state == "digested"
    assert not await memory.pending("alex")
    assert aside.process_ids() != [first]


async def test_what_fails_there_fails_here_by_its_name(memory: Memory, aside: Aside) -> None:
    with pytest.raises(UnknownUser):
        await memory.digest("nobody")
    assert aside.digest(user_id("nobody"), 0.0) is None


async def test_once_closed_digests_are_made_here(memory: Memory, aside: Aside) -> None:
    aside.close()
    receipt = await memory.remember("alex", TALK, "s1")

    assert receipt.state == "digested"
    assert aside.process_ids() == []


async def test_what_it_files_is_noted_once_with_who_asked(memory: Memory, aside: Aside, home: Path) -> None:
    Deeds.of_home(memory, home)
    with doing("token:4f7q", "remember"):
        await memory.remember("alex", TALK, "s1")
        page = await memory.view("alex") / "diffmem.yaml"
        page.write_text(page.read_text("utf-8") + "# mine\n", "utf-8")
        await memory.remember("alex", "Alex: Maya has a dog.", "s2")
    lines = [json.loads(line) for line in (home / AUDIT).read_text("utf-8").splitlines()]
    commits = [entry.commit for entry in (await memory.history("alex", limit=100)).entries]

    assert aside.process_ids()
    assert sorted(line["commit"] for line in lines) == sorted(commits)
    assert {(line["who"], line["verb"]) for line in lines} == {("token:4f7q", "remember")}


async def test_what_people_changed_while_it_was_at_work_is_noted_by_it(
    memory: Memory, aside: Aside, home: Path
) -> None:
    Deeds.of_home(memory, home)
    await memory.remember("alex", TALK, "s1", wait=False)
    page = await memory.view("alex") / "diffmem.yaml"
    page.write_text(page.read_text("utf-8") + "# mine\n", "utf-8")
    await memory.digest("alex")
    lines = [json.loads(line) for line in (home / AUDIT).read_text("utf-8").splitlines()]
    entries = (await memory.history("alex", limit=100)).entries

    assert "person" in {entry.actor for entry in entries}
    assert sorted(line["commit"] for line in lines) == sorted(entry.commit for entry in entries)
