"""A worker on the durable queue: runs its jobs, and takes over those of workers that died."""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread

from ...memory import Memory
from .callbacks import Callbacks
from .dbos import APPLICATION, CALL, CALLS, JOB, KEPT, POLL_SECONDS, QUEUE, VERSION, Dbos
from .executor import over
from .job import JSON, Job, Record, told
from .pending import Pending
from .running import carry_out
from .slots import FileSlots, PostgresSlots, Slots, claimed
from .worker import until_told

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
"""Seconds between looks for workers that died."""
_BATCH = 1000
_ATTEMPTS = 5
"""How many workers may die of a job before it is given up."""


class DbosWorker:
    """Runs `width` jobs at a time, one of each user across all workers."""

    def __init__(
        self,
        memory: Memory,
        callbacks: Callbacks,
        url: str,
        home: Path,
        *,
        width: int,
        poll: float = POLL_SECONDS,
        look: float = LOOK_SECONDS,
    ) -> None:
        self._memory = memory
        self._callbacks = callbacks
        self._url = url
        self._width = width
        self._poll = poll
        self._look = look
        self._locks = home / "workers"
        self._queue = Dbos(url)
        self._pending = Pending(memory, self._digested)
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, grace: float) -> None:
        """Work until this process is asked to stop, then let what runs come to its end for so long."""
        anyio.run(until_told, self._work(grace))

    async def _work(self, grace: float) -> None:
        self._loop = asyncio.get_running_loop()
        await self._queue.start()
        slots = await to_thread.run_sync(self._slots)
        number = await to_thread.run_sync(claimed, slots)
        try:
            await to_thread.run_sync(self._launch, number)
            await asyncio.gather(self._pending.run(), self._take_over(slots, number))
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(self._end, grace)
                await self._queue.drain(0)
                await to_thread.run_sync(slots.close)

    def _slots(self) -> Slots:
        return PostgresSlots(self._url) if self._url.startswith("postgresql:") else FileSlots(self._locks)

    def _launch(self, number: int) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer

        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._url,
                "application_version": VERSION,
                "executor_id": _name(number),
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
            }
        )

        @DBOS.workflow(name=JOB, max_recovery_attempts=_ATTEMPTS)
        async def job(given: dict[str, Any]) -> JSON:  # pyright: ignore[reportUnusedFunction]
            return await self._job(given)

        @DBOS.workflow(name=CALL, max_recovery_attempts=_ATTEMPTS)
        async def call_back(given: dict[str, Any]) -> JSON:  # pyright: ignore[reportUnusedFunction]
            return await self._call_back(given)

        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=self._width,
            polling_interval_sec=self._poll,
            on_conflict="always_update",
        )
        DBOS.register_queue(
            CALLS,
            worker_concurrency=self._width,
            polling_interval_sec=self._poll,
            on_conflict="always_update",
        )

    def _end(self, grace: float) -> None:
        from dbos import DBOS

        DBOS.destroy(workflow_completion_timeout_sec=int(grace))

    async def _job(self, given: dict[str, Any]) -> JSON:
        from dbos import DBOS

        job = Job.read(given)
        outcome = await carry_out(self._memory, job)
        if outcome.later and self._loop:
            self._loop.call_soon_threadsafe(self._pending.later, job.user)
        if job.callback_url:
            await DBOS.enqueue_workflow_with_options_async(
                {
                    "workflow_name": CALL,
                    "queue_name": CALLS,
                    "workflow_id": f"{job.id}-call",
                    "app_version": VERSION,
                    "authenticated_user": job.user,
                },
                job.plain(),
            )
        return outcome.plain()

    async def _call_back(self, given: dict[str, Any]) -> JSON:
        job = Job.read(given)
        record = await over(self._queue, Record(job))
        return [attempt.plain() async for attempt in self._callbacks.deliver(record)]

    async def _digested(self, user: str) -> bool:
        return (await over(self._queue, await self._queue.submit(Job.new("digest", user, {})))).error is None

    async def _take_over(self, slots: Slots, own: int) -> None:
        while True:
            try:
                await to_thread.run_sync(_recover, slots, own)
                await to_thread.run_sync(_drop_old)
            except Exception:
                log.exception("the queue of jobs could not be looked through")
            await anyio.sleep(self._look)


def _recover(slots: Slots, own: int) -> None:
    """Queue again what workers hold that are no more: their number can be taken."""
    from dbos import DBOS

    held = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    for name in {one.executor_id for one in held} - {_name(own), None}:
        number = int(str(name).rpartition("-")[2])
        if slots.take(number):
            for one in DBOS.list_workflows(status="PENDING", executor_id=name, load_input=False):
                DBOS.resume_workflow(one.workflow_id, queue_name=one.queue_name)
            slots.give(number)


def _drop_old() -> None:
    """Delete the records of jobs that are over for a while."""
    from dbos import DBOS

    oldest = told(datetime.now(UTC) - KEPT)
    old = DBOS.list_workflows(completed_before=oldest, limit=_BATCH, load_input=False, load_output=False)
    if old:
        DBOS.delete_workflows([one.workflow_id for one in old])


def _name(number: int) -> str:
    return f"worker-{number}"
