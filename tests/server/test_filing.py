from pathlib import Path

import anyio
import pytest

from diffmem.errors import BadContent
from diffmem.memory import Memory
from diffmem.server.background import Background
from diffmem.server.filing import Filing
from diffmem.storage.lock import locked

USER = "maya"
WORDS = "user: I moved to Porto."


def digesting_elsewhere(home: Path) -> Path:
    """The lock that a process holds while it digests for our user."""
    return home / "locks" / f"{USER}.digest"


async def settled(memory: Memory) -> None:
    """Until no session waits any more."""
    with anyio.fail_after(10):
        while await memory.pending(USER):
            await anyio.lowlevel.checkpoint()


async def test_a_session_is_digested_while_its_caller_waits(memory: Memory) -> None:
    background = Background()
    async with background.run():
        receipt = await Filing(memory, USER, background).take_in(WORDS, "s1", "", 10)

    assert (receipt.state, await memory.pending(USER)) == ("digested", [])


async def test_who_stops_waiting_is_told_that_the_digest_is_pending(memory: Memory, home: Path) -> None:
    background = Background()
    with locked(digesting_elsewhere(home), 1):
        async with background.run():
            receipt = await Filing(memory, USER, background).take_in(WORDS, "s1", "", 0)
            assert receipt.state == "pending"
            assert await memory.pending(USER) == ["s1"]


async def test_what_another_process_could_not_finish_is_digested_here(memory: Memory, home: Path) -> None:
    background = Background()
    async with background.run():
        with locked(digesting_elsewhere(home), 1):
            await Filing(memory, USER, background).take_in(WORDS, "s1", "", 0)
        await settled(memory)


async def test_what_an_earlier_process_left_waiting_is_digested_at_the_start(memory: Memory) -> None:
    await memory.remember(USER, WORDS, "s1", wait=False)
    background = Background()
    async with background.run():
        Filing(memory, USER, background).resume()
        await settled(memory)


async def test_the_same_words_again_give_the_same_receipt(memory: Memory) -> None:
    background = Background()
    async with background.run():
        filing = Filing(memory, USER, background)
        first = await filing.take_in(WORDS, "s1", "", 10)
        again = await filing.take_in(WORDS, "s1", "", 10)

    assert (again.commit, again.path, again.state) == (first.commit, first.path, "digested")


async def test_words_that_were_retracted_are_not_called_digested(memory: Memory) -> None:
    await memory.remember(USER, WORDS, "s1")
    await memory.forget(USER, how="retract", session="s1")
    background = Background()
    async with background.run():
        receipt = await Filing(memory, USER, background).take_in(WORDS, "s2", "", 10)

    assert (receipt.state, receipt.path) == ("retracted", "")


async def test_a_caller_who_hangs_up_loses_nothing(memory: Memory) -> None:
    background = Background()
    with anyio.fail_after(20):
        async with background.run():
            filing = Filing(memory, USER, background)
            async with anyio.create_task_group() as callers:
                callers.start_soon(filing.take_in, WORDS, "s1", "", 10)
                await anyio.lowlevel.checkpoint()
                callers.cancel_scope.cancel()

    stages = [entry.stage for entry in (await memory.history(USER, session="s1")).entries]
    assert stages[-1] == "intake"


async def test_many_at_once_are_all_digested(memory: Memory) -> None:
    background = Background()
    async with background.run():
        filing = Filing(memory, USER, background)
        async with anyio.create_task_group() as callers:
            for n in range(12):
                callers.start_soon(filing.take_in, f"user: number {n}", f"s{n}", "", 30)

    assert await memory.pending(USER) == []
    assert sum(file.path.startswith("sessions/") for file in (await memory.list(USER)).files) == 12


async def test_what_cannot_be_stored_is_told_to_the_caller(memory: Memory) -> None:
    background = Background()
    async with background.run():
        with pytest.raises(BadContent):
            await Filing(memory, USER, background).take_in("", "", "", 10)
