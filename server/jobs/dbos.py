"""The executor on a durable queue in SQLite or Postgres, worked off by workers anywhere."""

from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from anyio import to_thread

from ...errors import StoreError
from .executor import looked_up
from .job import Delivery, Failure, Job, Record, Status
from .running import Outcome

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions, WorkflowStatus

APPLICATION = "diffmem"
VERSION = "1"
"""Of what a job's arguments mean; workers take the jobs of their own version."""
QUEUE = "diffmem-jobs"
CALLS = "diffmem-callbacks"
JOB = "diffmem.job"
CALL = "diffmem.callback"
POLL_SECONDS = 1.0
KEPT = timedelta(hours=24)
"""How long a job that is over can be asked for."""
_SHORTEST_LOOK, _LONGEST_LOOK = 0.05, 1.0

_STATUS = {
    "DELAYED": Status.QUEUED,
    "ENQUEUED": Status.QUEUED,
    "PENDING": Status.RUNNING,
    "SUCCESS": Status.COMPLETED,
    "ERROR": Status.FAILED,
    "CANCELLED": Status.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": Status.FAILED,
}


class Dbos:
    """Puts jobs into the queue and reads what became of them; `diffmem worker` runs them."""

    waits_by_default = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: DBOSClient | None = None

    async def start(self) -> None:
        """Open the database, made if there is none.

        Raises:
            StoreError: it cannot be reached.
        """
        if self._opened is None:
            self._opened = await to_thread.run_sync(_open, self._url)

    async def submit(self, job: Job) -> Record:
        """Queue a job; the same job again is the same entry.

        Raises:
            StoreError: the database did not take it.
        """
        asked: EnqueueOptions = {
            "workflow_name": JOB,
            "queue_name": QUEUE,
            "workflow_id": job.id,
            "queue_partition_key": job.user,
            "app_version": VERSION,
            "authenticated_user": job.user,
        }
        with _reaching():
            await self._client.enqueue_async(asked, job.plain())
        return await self.get(job.user, job.id) or Record(job)

    async def get(self, user: str, identity: str) -> Record | None:
        """What became of a user's job."""
        names = [identity, f"{identity}-call"]
        with _reaching():
            found = await self._client.list_workflows_async(workflow_ids=names, user=user)
        by_name = {one.name: one for one in found}
        if JOB not in by_name:
            return None
        return read(by_name[JOB], by_name.get(CALL))

    async def wait(self, record: Record, seconds: float) -> Record:
        """The record once the job is over, or as it stands when the time is up."""
        return await looked_up(self, record, seconds, _SHORTEST_LOOK, _LONGEST_LOOK)

    async def drain(self, seconds: float) -> None:
        """Close the database; the jobs stay in it."""
        if self._opened:
            client, self._opened = self._opened, None
            await to_thread.run_sync(client.destroy)

    async def counts(self) -> Mapping[str, int]:
        """How many jobs the database holds in each state."""
        with _reaching():
            found = await self._client.list_workflows_async(name=JOB, load_input=False)
        told = Counter(_outcome(one).status if one.output else _STATUS[one.status] for one in found)
        return {str(status): told[status] for status in Status}

    @property
    def _client(self) -> "DBOSClient":
        if self._opened is None:
            raise StoreError("the queue of jobs is closed: the server is starting or being stopped")
        return self._opened


def read(found: "WorkflowStatus", called: "WorkflowStatus | None" = None) -> Record:
    """A record from what the database holds of a job and of its callback."""
    job = Job.read(_argument(found))
    status = _STATUS[found.status]
    outcome = _outcome(found) if status.over else Outcome()
    return Record(
        job,
        outcome.status if status.over else status,
        _moment(found.dequeued_at, job.submitted_at),
        _moment(found.completed_at, job.submitted_at),
        outcome.result,
        outcome.error,
        tuple(Delivery.read(one) for one in (called.output or () if called else ())),
    )


def _open(url: str) -> "DBOSClient":
    from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer

    with _reaching():
        DBOS.migrate(url)
        client = DBOSClient(
            system_database_url=url,
            application_name=APPLICATION,
            serializer=DBOSPortableJSONSerializer(),
            retry_connection_errors=False,
        )
        client.register_queue(
            QUEUE, partition_concurrency=1, polling_interval_sec=POLL_SECONDS, on_conflict="never_update"
        )
    return client


@contextmanager
def _reaching() -> Generator[None]:
    """Tell errors on the way to the database in our own words."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        why = str(error).splitlines()[0]
        raise StoreError(f"the queue of jobs (DIFFMEM_DATABASE_URL) cannot be used: {why}") from error


def _argument(found: "WorkflowStatus") -> dict[str, Any]:
    assert found.input is not None
    given: dict[str, Any] = found.input["args"][0]
    return given


def _outcome(found: "WorkflowStatus") -> Outcome:
    if found.output:
        return Outcome.read(found.output)
    if found.status == "CANCELLED":
        return Outcome(None, Failure("Cancelled", "somebody cancelled the job in its queue"))
    return Outcome(None, Failure("InternalError", "its workers died of this job; their logs say more"))


def _moment(milliseconds: int | None, earliest: datetime) -> datetime | None:
    """A moment of the database, whose clock may tell whole seconds only."""
    return max(earliest, datetime.fromtimestamp(milliseconds / 1000, UTC)) if milliseconds else None
