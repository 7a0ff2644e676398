"""What becomes of jobs whose server or worker dies."""

import sys
from pathlib import Path

import anyio
import pytest
from job_house import TALK, USER, House

from diffmem.memory import Memory
from diffmem.server.jobs.build import jobs
from diffmem.server.jobs.job import Status
from diffmem.storage.lock import locked
from diffmem.storage.names import user_id
from diffmem.storage.store import Store


def lock_of(home: Path) -> Path:
    return Store(home).branch(user_id(USER)).lock_file


async def test_a_job_whose_worker_was_killed_is_done_once_by_another(durable_house: House) -> None:
    house = durable_house
    record = await house.desk.ask(USER, "process-and-commit", content=TALK, session_id="s1")
    with locked(lock_of(house.home), 5):
        house.work()
        assert (await house.begun(record)).status is Status.RUNNING
        house.close()
    assert await house.memory.pending(USER) == ["s1"]

    house.work()
    ended = await house.desk.get(USER, record.job.id, 60)

    assert ended.status is Status.COMPLETED
    digests = (await house.memory.history(USER, stage="digest")).entries
    assert [entry.session_id for entry in digests] == ["s1"]


async def test_workers_that_live_take_over_from_one_that_was_killed(durable_house: House) -> None:
    house = durable_house
    record = await house.desk.ask(USER, "process-and-commit", content=TALK, session_id="s1")
    with locked(lock_of(house.home), 5):
        house.work()
        assert (await house.begun(record)).status is Status.RUNNING
        house.work()
        other = await house.desk.ask("mel", "onboard")
        assert (await house.desk.get("mel", other.job.id, 60)).status is Status.COMPLETED
        house.workers[0].kill()
        house.workers[0].wait()

    assert (await house.desk.get(USER, record.job.id, 60)).status is Status.COMPLETED
    assert len((await house.memory.history(USER, stage="digest")).entries) == 1


async def test_a_job_survives_the_server_that_took_it(durable_house: House) -> None:
    house = durable_house
    record = await house.desk.ask(USER, "process-and-commit", content=TALK, session_id="s1")
    await house.desk.drain(1)
    later = jobs(house.settings, Memory.open(house.home))
    await later.start()
    house.work()

    assert (await later.get(USER, record.job.id, 60)).status is Status.COMPLETED
    await later.drain(1)


async def test_a_worker_files_what_nobody_queued(durable_house: House) -> None:
    house = durable_house
    await house.memory.remember(USER, TALK, "s1", wait=False)
    house.work()

    with anyio.fail_after(60):
        while await house.memory.pending(USER):
            await house.desk.counts()


async def test_a_worker_that_is_asked_to_stop_finishes_what_it_began(durable_house: House) -> None:
    house = durable_house
    record = await house.desk.ask(USER, "process-and-commit", content=TALK, session_id="s1")
    with locked(lock_of(house.home), 5):
        house.work()
        assert (await house.begun(record)).status is Status.RUNNING
        house.workers[0].terminate()

    assert house.workers[0].wait(30) == 0
    assert (await house.desk.get(USER, record.job.id)).status is Status.COMPLETED


async def test_what_a_server_left_is_filed_by_the_next(tmp_path: Path) -> None:
    before = Memory.open(tmp_path, durability="relaxed")
    for user in ("alex", "mel", "zoe"):
        await before.remember(user, TALK, "s1", wait=False)
    house = House(tmp_path, {})
    await house.desk.start()

    with anyio.fail_after(30):
        for user in ("alex", "mel", "zoe"):
            while await house.memory.pending(user):
                await house.desk.counts()
    await house.desk.drain(5)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to stop by")
async def test_the_command_line_runs_a_worker(durable_house: House) -> None:
    house = durable_house
    record = await house.desk.ask(USER, "process-and-commit", content=TALK, session_id="s1")
    house.work(quick=False)

    assert (await house.desk.get(USER, record.job.id, 60)).status is Status.COMPLETED
    house.workers[0].terminate()
    assert house.workers[0].wait(30) == 0
