import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from anyio import lowlevel
from job_house import TALK, USER

from diffmem.agents.providers.provider import Reply, Request, Scripted
from diffmem.errors import ModelRefused, ModelUnavailable, StoreError
from diffmem.memory import Memory
from diffmem.server.auth.audit import Audit
from diffmem.server.auth.principal import Principal
from diffmem.server.deeds import Deeds
from diffmem.server.jobs.callbacks import Callbacks
from diffmem.server.jobs.inline import Inline
from diffmem.server.jobs.job import Failure, Job, Record, Status
from diffmem.server.jobs.jobs import Jobs
from diffmem.server.jobs.lanes import Lanes
from diffmem.server.jobs.records import Records
from diffmem.storage.lock import locked
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

DOWN = ModelUnavailable("scripted", "no route to host")


class Pauses:
    """Sleeps that take no time, up to a number of them; the next never ends."""

    def __init__(self, most: int = 1_000) -> None:
        self.taken: list[float] = []
        self._most = most
        self.spent = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if len(self.taken) == self._most:
            self.spent.set()
            await anyio.sleep_forever()
        self.taken.append(seconds)
        await lowlevel.checkpoint()


class Refusing(Scripted):
    """Refuses everybody, and remembers whom."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def complete(self, request: Request) -> Reply:
        said = str(request.messages)
        self.heard.append("Alex" if "Alex: I sing" in said else "Mel")
        raise ModelRefused("scripted", "no")


@asynccontextmanager
async def desk_of(memory: Memory, pauses: Pauses | None = None, **given: object) -> AsyncGenerator[Jobs]:
    calls = Callbacks()
    sleep = (pauses or Pauses()).sleep
    jobs = Jobs(memory, Inline(memory, calls, sleep=sleep, **given), calls)  # type: ignore[arg-type]
    await jobs.start()
    yield jobs
    await jobs.drain(10)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.open(tmp_path, durability="relaxed")


@asynccontextmanager
async def held_up(memory: Memory, home: Path) -> AsyncGenerator[tuple[Jobs, Record]]:
    """A desk with a job that runs and cannot go on."""
    await memory.remember(USER, TALK, "s1", wait=False)
    calls = Callbacks()
    desk = Jobs(memory, Inline(memory, calls), calls)
    with locked(Store(home).branch(user_id(USER)).lock_file, 5):
        record = await desk.ask(USER, "digest")
        while (await desk.get(USER, record.job.id)).status is Status.QUEUED:
            await lowlevel.checkpoint()
        yield desk, record


async def test_a_server_without_workers_waits_by_default(memory: Memory) -> None:
    async with desk_of(memory) as desk:
        waited = await desk.run(USER, "process-and-commit", content=TALK, session_id="s1")
        queued = await desk.run(USER, "maintain", sync=False)

        assert (waited.status, queued.status) == (Status.COMPLETED, Status.QUEUED)
        assert (await desk.get(USER, queued.job.id, 10)).status is Status.COMPLETED


async def test_whoever_waits_too_short_sees_the_job_as_it_stands(memory: Memory, tmp_path: Path) -> None:
    async with held_up(memory, tmp_path) as (desk, record):
        assert (await desk.get(USER, record.job.id, 0.01)).status is Status.RUNNING
        assert (await desk.counts())["running"] == 1
    assert (await desk.get(USER, record.job.id, 10)).status is Status.COMPLETED


async def test_a_digest_the_model_could_not_do_fails_and_says_that_the_words_are_stored(
    tmp_path: Path,
) -> None:
    memory = Memory.open(tmp_path, durability="relaxed", writer=Scripted(DOWN))
    calls = Callbacks()
    record = await Jobs(memory, Inline(memory, calls), calls).run(
        USER, "process-and-commit", content=TALK, session_id="s1"
    )

    assert record.status is Status.FAILED
    assert record.error == Failure("ModelUnavailable", str(DOWN))
    assert record.plain()["result"]["state"] == "pending"
    assert await memory.pending(USER) == ["s1"]


async def test_a_session_is_held_before_the_model_is_asked_for_its_digest(tmp_path: Path) -> None:
    model = Scripted(DOWN)
    memory = Memory.open(tmp_path, durability="relaxed", writer=model)
    async with desk_of(memory) as desk:
        queued = await desk.ask(USER, "process-session", content=TALK, session_id="s1")
        asked = list(model.asked)
        ended = await desk.get(USER, queued.job.id, 10)
        # What is held for its caller is nobody else's to file, nor to fail at.
        others = await desk.run(USER, "digest")

    assert (queued.status, asked) == (Status.QUEUED, [])
    assert ended.error == Failure("ModelUnavailable", str(DOWN))
    assert ended.plain()["result"]["state"] == "pending"
    assert others.status is Status.COMPLETED
    assert (await memory.status(USER)).held == ("s1",)


async def test_it_is_tried_again_with_growing_pauses(tmp_path: Path) -> None:
    model = Scripted(*[DOWN] * 7)
    memory = Memory.open(tmp_path, durability="relaxed", writer=model)
    await memory.remember(USER, TALK, "s1", wait=False)
    pauses = Pauses(most=6)
    async with desk_of(memory, pauses):
        with anyio.fail_after(10):
            await pauses.spent.wait()

    assert pauses.taken == [30, 60, 120, 240, 480, 600]
    assert len(model.asked) == 7
    assert await memory.pending(USER) == ["s1"]


async def test_an_answer_that_made_no_sense_is_asked_for_again(tmp_path: Path) -> None:
    model = Scripted(*["nonsense"] * 6)
    memory = Memory.open(tmp_path, durability="relaxed", writer=model)
    await memory.remember(USER, TALK, "s1", wait=False)
    async with desk_of(memory):
        with anyio.fail_after(10):
            while await memory.pending(USER):
                await lowlevel.checkpoint()


async def test_one_whom_the_model_refuses_does_not_hold_up_the_others(tmp_path: Path) -> None:
    model = Refusing()
    memory = Memory.open(tmp_path, durability="relaxed", writer=model)
    for user in ("alex", "mel"):
        await memory.remember(user, f"{user.title()}: I sing.", "s1", wait=False)
    pauses = Pauses(most=6)
    async with desk_of(memory, pauses):
        with anyio.fail_after(10):
            await pauses.spent.wait()

    assert model.heard.count("Alex") >= 3
    assert model.heard.count("Mel") >= 3


async def test_at_the_end_what_runs_is_finished_and_what_waits_is_left_to_git(
    memory: Memory, tmp_path: Path
) -> None:
    async with held_up(memory, tmp_path) as (desk, first):
        second = await desk.ask(USER, "digest")
        third = await desk.ask(USER, "maintain")
        draining = asyncio.create_task(desk.drain(20))
        await lowlevel.checkpoint()
    await draining

    states = [(await desk.get(USER, one.job.id)).status for one in (first, second, third)]
    assert states == [Status.COMPLETED, Status.QUEUED, Status.COMPLETED]
    with pytest.raises(StoreError, match="being stopped"):
        await desk.ask(USER, "maintain")


async def test_the_end_does_not_wait_longer_than_the_grace(memory: Memory, tmp_path: Path) -> None:
    async with held_up(memory, tmp_path) as (desk, record):
        with anyio.fail_after(5):
            await desk.drain(0.05)
        assert (await desk.get(USER, record.job.id)).status is Status.RUNNING


async def test_work_of_one_user_keeps_its_order_and_that_of_others_goes_beside_it() -> None:
    lanes, told = Lanes(2), list[str]()
    gates = {name: asyncio.Event() for name in ("a1", "a2", "b1", "c1")}

    def work(name: str) -> None:
        async def run() -> None:
            told.append(f"+{name}")
            await gates[name].wait()
            told.append(f"-{name}")

        lanes.put(name[0], run)

    for name in gates:
        work(name)
    for gate, expected in (("", ["+a1", "+b1"]), ("b1", ["-b1", "+c1"]), ("a1", ["-a1", "+a2"])):
        told.clear()
        if gate:
            gates[gate].set()
        for _ in range(10):
            await lowlevel.checkpoint()
        assert told == expected
    for gate in gates.values():
        gate.set()
    await lanes.rest(5)
    assert sorted(told) == ["+a2", "-a1", "-a2", "-c1"]


async def test_work_runs_in_the_context_of_whoever_put_it_in() -> None:
    lanes, told = Lanes(1), list[str]()
    who = ContextVar("who", default="nobody")

    async def work() -> None:
        told.append(who.get())

    def put(name: str) -> None:
        who.set(name)
        lanes.put("a", work)

    for name in ("ann", "bob"):
        copy_context().run(put, name)
    lanes.put("a", work)
    await lanes.rest(5)
    assert told == ["ann", "bob", "nobody"]


async def test_a_commit_is_noted_with_who_asked_for_its_job(memory: Memory, tmp_path: Path) -> None:
    deeds = Deeds(memory, Audit(tmp_path / "audit.jsonl"))
    await memory.stage(USER, TALK, "s2", wait=False)
    async with held_up(memory, tmp_path) as (desk, _):
        with deeds.doing(Principal("ann", USER, frozenset()), "commit-session"):
            second = await desk.ask(USER, "commit-session", session_id="s2")
    await desk.get(USER, second.job.id, 10)

    noted = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text("utf-8").splitlines()]
    assert [(one["who"], one["verb"]) for one in noted[-2:]] == [
        ("server", "digest"),
        ("ann", "commit-session"),
    ]


async def test_work_that_breaks_does_not_stop_its_lane() -> None:
    lanes, told = Lanes(1), list[str]()

    async def broken() -> None:
        raise asyncio.CancelledError

    async def whole() -> None:
        told.append("done")

    lanes.put("a", broken)
    lanes.put("a", whole)
    await lanes.rest(5)
    assert told == ["done"]


def ended(number: int, at: datetime) -> Record:
    job = Job(f"{number:032x}", "digest", USER, {}, at)
    return Record(job, Status.COMPLETED, at, at)


def test_the_newest_records_are_kept_and_none_for_long() -> None:
    times = [datetime(2026, 1, 1, tzinfo=UTC)]
    records = Records(lambda: times[-1], most=3, longest=timedelta(hours=24))
    queued = Record(Job("f" * 32, "digest", USER, {}, times[0]))
    records.put(queued)
    for number in range(5):
        records.put(ended(number, times[0] + timedelta(hours=number)))

    def kept() -> list[int]:
        return [number for number in range(5) if records.get(USER, f"{number:032x}")]

    assert kept() == [2, 3, 4]
    times.append(times[0] + timedelta(hours=27, minutes=1))
    assert kept() == [4]
    times.append(times[0] + timedelta(days=30))
    assert kept() == []
    assert records.get(USER, "f" * 32) == queued


def test_what_was_dropped_is_still_counted() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    records = Records(lambda: now, most=1)
    for number in range(3):
        record = ended(number, now)
        records.put(Record(record.job))
        records.put(record)

    assert records.counts() == {"queued": 0, "running": 0, "completed": 3, "failed": 0}
