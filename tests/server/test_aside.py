"""Digests in a process of their own: real processes on a real home."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from diffmem.errors import UnknownUser
from diffmem.memory import Memory
from diffmem.server.aside import Aside
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
