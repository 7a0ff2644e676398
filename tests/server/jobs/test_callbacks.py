import base64
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import lowlevel
from app_threads import Serve
from job_house import SECRET, TALK, USER, House
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from diffmem.errors import BadInput
from diffmem.memory import Memory
from diffmem.server.jobs.callbacks import Callbacks, signature
from diffmem.server.jobs.inline import Inline
from diffmem.server.jobs.job import Job, Record, Status
from diffmem.server.jobs.jobs import Jobs


class Listener:
    """Whoever is called back; answers with these statuses, then with 204."""

    def __init__(self, *statuses: int) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.statuses = list(statuses)
        self.app = Starlette(routes=[Route("/{path}", self._hear, methods=["GET", "POST"])])

    async def _hear(self, request: Request) -> Response:
        self.heard.append((dict(request.headers), await request.body()))
        status = self.statuses.pop(0) if self.statuses else 204
        return RedirectResponse("/elsewhere", status) if status == 307 else Response(status_code=status)


class Pauses:
    def __init__(self) -> None:
        self.taken: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        await lowlevel.checkpoint()


@asynccontextmanager
async def desk_of(memory: Memory, callbacks: Callbacks) -> AsyncGenerator[Jobs]:
    desk = Jobs(memory, Inline(memory, callbacks), callbacks)
    await desk.start()
    yield desk
    await desk.drain(10)


def record_for(url: str) -> Record:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    job = Job("ab" * 16, "process-and-commit", USER, {"receipt": {"state": "pending"}}, now, url)
    return Record(job, Status.COMPLETED, now, now, {"session_id": "s1", "state": "digested"})


async def test_the_final_record_arrives_signed_after_the_commit(serve: Serve, tmp_path: Path) -> None:
    listener = Listener()
    origin = serve(listener.app)
    memory = Memory.open(tmp_path, durability="relaxed")
    async with desk_of(memory, Callbacks(SECRET, [origin])) as desk:
        asked = await desk.run(USER, "process-and-commit", f"{origin}/hook", content=TALK, session_id="s1")
        with anyio.fail_after(10):
            while not (record := await desk.get(USER, asked.job.id)).callbacks:
                await lowlevel.checkpoint()

    (headers, body), told = listener.heard[0], json.loads(listener.heard[0][1])
    assert (told["job_id"], told["status"], told["error"]) == (record.job.id, "completed", None)
    assert told["result"]["digest"] == (await memory.history(USER, stage="digest")).entries[0].commit
    assert [(one.status, one.error) for one in record.callbacks] == [(204, "")]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == record.job.id


def test_another_body_time_or_secret_has_another_signature() -> None:
    signatures = {
        signature(secret, "id", seconds, body)
        for secret in (b"one", b"two")
        for seconds in ("1", "2")
        for body in (b"{}", b"[]")
    }
    assert len(signatures) == 8


@pytest.mark.parametrize(
    ("statuses", "attempts", "pauses"),
    [
        ([], [204], []),
        ([500, 503], [500, 503, 204], [5, 30]),
        ([500, 500, 500], [500, 500, 500], [5, 30]),
        ([307, 307, 307], [307, 307, 307], [5, 30]),
        ([404, 200], [404, 200], [5]),
    ],
)
async def test_it_is_tried_three_times_with_growing_pauses(
    serve: Serve, statuses: list[int], attempts: list[int], pauses: list[float]
) -> None:
    listener, slept = Listener(*statuses), Pauses()
    origin = serve(listener.app)
    callbacks = Callbacks(SECRET, [origin], sleep=slept.sleep)

    found = [one async for one in callbacks.deliver(record_for(f"{origin}/hook"))]

    assert [one.status for one in found] == attempts
    assert slept.taken == pauses
    assert len(listener.heard) == len(attempts)


async def test_nobody_at_home_is_recorded(serve: Serve) -> None:
    slept = Pauses()
    callbacks = Callbacks(SECRET, ["http://127.0.0.1:9"], sleep=slept.sleep)

    found = [one async for one in callbacks.deliver(record_for("http://127.0.0.1:9/hook"))]

    assert [one.status for one in found] == [0, 0, 0]
    assert all("not delivered" in one.error for one in found)


async def test_a_name_that_has_moved_into_our_network_is_not_called() -> None:
    answers = iter(["93.184.215.14", "127.0.0.1", "10.0.0.1", "169.254.169.254"])
    slept = Pauses()
    callbacks = Callbacks(SECRET, resolve=lambda host, port: [next(answers)], sleep=slept.sleep)
    await callbacks.check("https://hooks.example.com/x")

    found = [one async for one in callbacks.deliver(record_for("https://hooks.example.com/x"))]

    assert [(one.status, "not public" in one.error) for one in found] == [(0, True)] * 3


async def test_a_callback_that_is_not_taken_changes_nothing_of_the_job(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, durability="relaxed")
    slept = Pauses()
    callbacks = Callbacks(SECRET, ["http://127.0.0.1:9"], sleep=slept.sleep)
    async with desk_of(memory, callbacks) as desk:
        asked = await desk.run(
            USER, "process-and-commit", "http://127.0.0.1:9/", content=TALK, session_id="s1"
        )
        assert asked.status is Status.COMPLETED
        with anyio.fail_after(20):
            while len((record := await desk.get(USER, asked.job.id)).callbacks) < 3:
                await lowlevel.checkpoint()
    assert replace(record, callbacks=()) == replace(asked, callbacks=())


@pytest.mark.parametrize(
    ("secret", "url", "message"),
    [
        ("", "https://hooks.example.com/", "set DIFFMEM_CALLBACK_SECRET"),
        (SECRET, "http://127.0.0.1:8000/", "only https"),
        (SECRET, "https://169.254.169.254/", "not public"),
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_before_anything_is_stored(
    tmp_path: Path, secret: str, url: str, message: str
) -> None:
    memory = Memory.open(tmp_path, durability="relaxed")
    async with desk_of(memory, Callbacks(secret)) as desk:
        with pytest.raises(BadInput, match=message):
            await desk.ask(USER, "process-and-commit", url, content=TALK, session_id="s1")
    assert await memory.users() == []


async def test_no_words_and_names_of_the_memory_leave_the_house(serve: Serve) -> None:
    listener = Listener()
    origin = serve(listener.app)
    report: dict[str, Any] = {"commit": "c0ffee", "files": ["memories/people/maya.md"], "done": ["Maya, Mia"]}
    record = replace(
        record_for(f"{origin}/hook"), result={"consolidate": {"dedupe": report}, "path": "s/x.md"}
    )

    async for _ in Callbacks(SECRET, [origin]).deliver(record):
        pass

    assert json.loads(listener.heard[0][1])["result"] == {"consolidate": {"dedupe": {"commit": "c0ffee"}}}


def test_a_secret_as_others_write_it_down_is_the_same() -> None:
    from diffmem.server.jobs import callbacks

    written = "whsec_" + base64.b64encode(b"0123456789abcdef").decode()
    assert callbacks.key(written) == b"0123456789abcdef"
    assert callbacks.key("whsec_not base64!") == b"whsec_not base64!"


async def test_every_executor_calls_back(
    serve: Serve, house_with: Callable[..., AbstractAsyncContextManager[House]]
) -> None:
    listener = Listener()
    origin = serve(listener.app)
    async with house_with(DIFFMEM_CALLBACK_SECRET=SECRET, DIFFMEM_CALLBACK_ALLOW=origin) as house:
        await _called_back(house, listener)


async def _called_back(house: House, listener: Listener) -> None:
    house.work()
    record = await house.done(
        "process-and-commit",
        house.settings.callback_allow + "/hook",
        content=TALK,
        session_id="s1",
        session_date="2023-05-08",
    )
    with anyio.fail_after(60):
        while not (seen := await house.desk.get(USER, record.job.id)).callbacks:
            await lowlevel.checkpoint()

    assert [one.status for one in seen.callbacks] == [204]
    told = json.loads(listener.heard[0][1])
    assert (told["job_id"], told["status"]) == (record.job.id, "completed")
    assert len(listener.heard) == 1
