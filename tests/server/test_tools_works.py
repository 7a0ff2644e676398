import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

from diffmem.errors import NotFound, UnknownUser
from diffmem.server.background import Background
from diffmem.server.works import MOST_KEPT, Works, silent

USER = "maya"


class Done(BaseModel):
    """What work came to."""

    number: int
    unsaid: str = ""


async def one() -> Done:
    return Done(number=1)


async def ours() -> Done:
    raise UnknownUser(USER)


async def fault() -> Done:
    raise ZeroDivisionError("a secret of the server")


@pytest.mark.parametrize(
    ("work", "status", "result", "error"),
    [
        (one, "completed", {"number": 1}, ""),
        (ours, "failed", None, "no memory for user 'maya' yet; `remember` something first"),
        (fault, "failed", None, "a fault of the server ended this; the server's log says more"),
    ],
    ids=["done", "an error of ours", "a fault"],
)
async def test_a_record_tells_how_work_ended(
    work: Callable[[], Coroutine[Any, Any, Done]], status: str, result: object, error: str
) -> None:
    background = Background()
    async with background.run():
        works = Works(background)
        record = await works.until(works.begin(USER, "consolidate", work), 60, silent, "")
        again = await works.get(USER, record.job.id)

    assert (str(record.status), record.result) == (status, result)
    assert (record.error.detail if record.error else "") == error
    assert again == record


async def test_work_that_the_end_of_the_server_cuts_off_says_so() -> None:
    background = Background()

    async def for_ever() -> Done:
        await anyio.sleep_forever()
        raise AssertionError

    async with background.run():
        works = Works(background)
        begun = works.begin(USER, "consolidate", for_ever)
        assert str((await works.get(USER, begun.job.id)).status) == "running"
    record = await works.get(USER, begun.job.id)

    assert record.error is not None
    assert "ask for it again" in record.error.detail


async def test_only_so_many_ends_are_remembered_and_none_of_another_user() -> None:
    background = Background()
    async with background.run():
        works = Works(background)
        begun = [works.begin(USER, "consolidate", one) for _ in range(MOST_KEPT + 5)]
        for record in begun[-5:]:
            await works.get(USER, record.job.id, 60)
        await asyncio.sleep(0)
        known = [record for record in begun if await known_by(works, USER, record.job.id)]
        assert not await known_by(works, "ines", begun[-1].job.id)

    assert known == begun[5:]


async def known_by(works: Works, user: str, identity: str) -> bool:
    try:
        await works.get(user, identity)
    except NotFound:
        return False
    return True


async def test_who_waits_is_told_how_long_it_has_been() -> None:
    background = Background()
    go, told = anyio.Event(), list[float]()

    async def work() -> Done:
        await go.wait()
        return Done(number=1)

    async def tell(gone: float, what: str) -> None:
        assert what == "working"
        told.append(gone)
        if gone >= 1:
            go.set()

    async with background.run():
        works = Works(background)
        record = await works.until(works.begin(USER, "consolidate", work), 60, tell, "working")

    assert record.status.over
    assert told == [0.0, 1.0]
