import asyncio
import logging

import anyio
import pytest

from diffmem.errors import UnknownUser
from diffmem.server.background import Background


async def test_a_job_outlives_the_request_that_asked_for_it() -> None:
    background = Background()
    asked, go = anyio.Event(), anyio.Event()
    done: list[str] = []

    async def work() -> None:
        await go.wait()
        done.append("written")

    async def request() -> None:
        job = background.start(work)
        asked.set()
        await asyncio.shield(job)

    with anyio.fail_after(60):
        async with background.run():
            async with anyio.create_task_group() as requests:
                requests.start_soon(request)
                await asked.wait()
                requests.cancel_scope.cancel()
            go.set()

    assert done == ["written"]


async def test_the_last_server_that_ends_waits_for_what_is_at_work_in_a_thread() -> None:
    background = Background()
    done: list[str] = []

    def step() -> None:
        done.append("step")

    async def work() -> None:
        await anyio.to_thread.run_sync(step)
        await anyio.sleep_forever()

    with anyio.fail_after(60):
        async with background.run():
            async with background.run():
                background.start(work)
            assert not done

    assert done == ["step"]


async def test_an_error_of_ours_is_left_to_who_awaits_it_and_a_fault_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    background = Background()

    async def ours() -> None:
        raise UnknownUser("maya")

    async def fault() -> None:
        raise ZeroDivisionError

    async with background.run():
        asked = background.start(ours)
        with pytest.raises(UnknownUser):
            await asyncio.shield(asked)
        await asyncio.wait({background.start(fault)})

    assert [(r.levelno, r.exc_info is not None) for r in caplog.records] == [(logging.ERROR, True)]
