from pathlib import Path

import anyio
import pytest

from diffmem.agents.providers.provider import Scripted
from diffmem.errors import BadContent, ModelUnavailable
from diffmem.memory import Memory
from diffmem.server.background import Background
from diffmem.server.filing import Filing, Words
from diffmem.server.works import Works
from diffmem.storage.lock import locked

USER = "maya"
WORDS = "user: I moved to Porto."


def digesting_elsewhere(home: Path) -> Path:
    """The lock that a process holds while it digests for our user."""
    return home / "locks" / f"{USER}.digest"


async def settled(memory: Memory) -> None:
    """Until no session waits any more."""
    with anyio.fail_after(60):
        while await memory.pending(USER):
            await anyio.lowlevel.checkpoint()


async def test_a_session_is_digested_while_its_caller_waits(memory: Memory) -> None:
    background = Background()
    async with background.run():
        filed = await Filing(memory, USER, Works(background)).take_in(Words(WORDS, "s1"), 30)

    assert (filed.receipt.state, await memory.pending(USER)) == ("digested", [])


async def test_who_stops_waiting_is_told_that_the_digest_is_pending(memory: Memory, home: Path) -> None:
    background = Background()
    with locked(digesting_elsewhere(home), 1):
        async with background.run():
            filed = await Filing(memory, USER, Works(background)).take_in(Words(WORDS, "s1"), 0)
            assert filed.receipt.state == "pending"
            assert await memory.pending(USER) == ["s1"]


async def test_what_another_process_could_not_finish_is_digested_here(memory: Memory, home: Path) -> None:
    background = Background()
    async with background.run():
        with locked(digesting_elsewhere(home), 1):
            await Filing(memory, USER, Works(background)).take_in(Words(WORDS, "s1"), 0)
        await settled(memory)


async def test_what_an_earlier_process_left_waiting_is_digested_at_the_start(memory: Memory) -> None:
    await memory.remember(USER, WORDS, "s1", wait=False)
    background = Background()
    async with background.run():
        Filing(memory, USER, Works(background)).resume()
        await settled(memory)


async def test_the_same_words_again_give_the_same_receipt(memory: Memory) -> None:
    background = Background()
    async with background.run():
        filing = Filing(memory, USER, Works(background))
        first = await filing.take_in(Words(WORDS, "s1"), 30)
        again = await filing.take_in(Words(WORDS, "s1"), 30)

    assert (again.receipt.commit, again.receipt.path) == (first.receipt.commit, first.receipt.path)
    assert (first.receipt.state, again.receipt.state) == ("digested", "digested")


async def test_words_that_were_retracted_are_not_called_digested(memory: Memory) -> None:
    await memory.remember(USER, WORDS, "s1")
    await memory.forget(USER, how="retract", session="s1")
    background = Background()
    async with background.run():
        filed = await Filing(memory, USER, Works(background)).take_in(Words(WORDS, "s2"), 30)

    assert (filed.receipt.state, filed.receipt.path) == ("retracted", "")


async def test_a_caller_who_hangs_up_loses_nothing(memory: Memory) -> None:
    background = Background()
    with anyio.fail_after(60):
        async with background.run():
            filing = Filing(memory, USER, Works(background))
            async with anyio.create_task_group() as callers:
                callers.start_soon(filing.take_in, Words(WORDS, "s1"), 30)
                await anyio.lowlevel.checkpoint()
                callers.cancel_scope.cancel()

    stages = [entry.stage for entry in (await memory.history(USER, session="s1")).entries]
    assert stages[-1] == "intake"


async def test_many_at_once_are_all_digested(memory: Memory) -> None:
    background = Background()
    async with background.run():
        filing = Filing(memory, USER, Works(background))
        async with anyio.create_task_group() as callers:
            for n in range(12):
                callers.start_soon(filing.take_in, Words(f"user: number {n}", f"s{n}"), 60)

    assert await memory.pending(USER) == []
    assert sum(file.path.startswith("sessions/") for file in (await memory.list(USER)).files) == 12


async def test_what_cannot_be_stored_is_told_to_the_caller(memory: Memory) -> None:
    background = Background()
    async with background.run():
        with pytest.raises(BadContent):
            await Filing(memory, USER, Works(background)).take_in(Words(""), 30)


async def test_a_model_that_is_away_is_asked_again_and_the_caller_told_why_it_waits(home: Path) -> None:
    away = Scripted(*[ModelUnavailable("scripted", "it is away")] * 10_000)
    memory = Memory.open(home, durability="relaxed", writer=away)
    background = Background()
    with anyio.fail_after(60):
        async with background.run():
            filed = await Filing(memory, USER, Works(background), retry=0).take_in(Words(WORDS, "s1"), 30)
            asked = len(away.asked)
            while len(away.asked) < asked + 3:
                await anyio.lowlevel.checkpoint()

    assert filed.receipt.state == "pending"
    assert filed.receipt.note.startswith("stored, and filed later: ")
    assert "it is away" in filed.receipt.note
