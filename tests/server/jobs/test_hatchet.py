"""What we ask of Hatchet, checked against its SDK alone; no engine is needed."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from diffmem.errors import StoreError
from diffmem.memory import Memory
from diffmem.server.deeds import AUDIT
from diffmem.server.jobs import build
from diffmem.server.jobs.callbacks import Callbacks
from diffmem.server.jobs.job import Job, Status
from diffmem.server.jobs.running import carry_out
from diffmem.server.settings import BadSettings, Settings

pytest.importorskip("hatchet_sdk", reason="hatchet-sdk is not installed; pip install 'diffmem[hatchet]'")

from diffmem.server.jobs.hatchet import CALL, JOB, Asked, Hatchet, client, labels, read, workflows
from diffmem.server.jobs.hatchet_worker import HatchetWorker

TENANT = "00000000-0000-0000-0000-000000000002"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINE = Job(
    "ab" * 16,
    "process-and-commit",
    "alex",
    {"receipt": {"session_id": "s1"}},
    NOW,
    "https://h.example/",
    "token:4f7q",
)


def token(address: str = "127.0.0.1:9") -> str:
    """A token as the engine would issue it, for an engine that nobody runs."""
    claims = {"sub": TENANT, "server_url": f"http://{address}", "grpc_broadcast_address": address}
    parts: list[dict[str, str]] = [{"alg": "none"}, claims, {}]
    written = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join(written)


async def nothing(given: Asked) -> dict[str, Any]:
    return {"user": given.user}


def test_jobs_of_one_user_wait_for_each_other_and_none_is_cancelled() -> None:
    from hatchet_sdk.contracts.v1.workflows_pb2 import ConcurrencyLimitStrategy

    declared = workflows(client(token(), "diffmem"), nothing, nothing).job.to_proto()

    limits = [*declared.concurrency_arr, *(each for task in declared.tasks for each in task.concurrency)]
    assert [(one.expression, one.max_runs) for one in limits] == [("input.user", 1)]
    assert limits[0].limit_strategy == ConcurrencyLimitStrategy.GROUP_ROUND_ROBIN


def test_the_workflows_lie_in_our_namespace_and_have_time() -> None:
    made = workflows(client(token(), "diffmem"), nothing, nothing)

    names = [one.to_proto().name for one in (made.job, made.callback)]
    assert names == [f"diffmem_{JOB}", f"diffmem_{CALL}"]
    for one in (made.job, made.callback):
        (task,) = one.to_proto().tasks
        assert (task.timeout, task.schedule_timeout, task.retries) == ("1h", "168h", 3)


def test_what_the_expression_names_is_in_the_input() -> None:
    made = workflows(client(token(), "diffmem"), nothing, nothing)
    given = Asked(user=MINE.user, job=MINE.plain())

    sent = json.loads(given.model_dump_json())
    assert sent["user"] == "alex"
    again = made.job.input_validator.validate_python(sent)
    assert Job.read(again.job) == MINE


def test_a_job_carries_what_it_is_found_by() -> None:
    told = labels(MINE, JOB)
    assert (told["job"], told["kind"], told["user"]) == (MINE.id, JOB, "alex")
    assert all(isinstance(value, str) for value in told.values())


def run_of(kind: str, status: str, output: dict[str, Any] | None = None) -> Any:
    from hatchet_sdk.clients.rest.models.v1_task_summary import V1TaskSummary

    required = {
        "metadata": {"id": "00000000-0000-0000-0000-000000000001", "createdAt": NOW, "updatedAt": NOW},
        "createdAt": NOW, "displayName": kind, "input": {}, "numSpawnedChildren": 0, "output": output or {},
        "status": status, "taskExternalId": "00000000-0000-0000-0000-000000000001", "taskId": 1,
        "taskInsertedAt": NOW, "tenantId": TENANT, "type": "TASK",
        "workflowId": "00000000-0000-0000-0000-000000000003",
        "workflowRunExternalId": "00000000-0000-0000-0000-000000000004",
        "startedAt": NOW, "finishedAt": NOW, "additionalMetadata": labels(MINE, kind),
    }  # fmt: skip
    return V1TaskSummary.from_dict(required)


@pytest.mark.parametrize(
    ("status", "output", "expected", "error"),
    [
        ("QUEUED", None, Status.QUEUED, ""),
        ("RUNNING", None, Status.RUNNING, ""),
        ("COMPLETED", {"result": {"state": "digested"}, "error": None}, Status.COMPLETED, ""),
        ("COMPLETED", {JOB: {"result": {"state": "digested"}, "error": None}}, Status.COMPLETED, ""),
        ("COMPLETED", {"result": None, "error": {"type": "Busy", "detail": "x"}}, Status.FAILED, "Busy"),
        ("FAILED", None, Status.FAILED, "InternalError"),
        ("CANCELLED", None, Status.FAILED, "Cancelled"),
    ],
)
def test_a_run_is_read_as_a_record(
    status: str, output: dict[str, Any] | None, expected: Status, error: str
) -> None:
    record = read(run_of(JOB, status, output))

    assert (record.status, record.error.type if record.error else "") == (expected, error)
    assert (record.job.id, record.job.user, record.job.verb) == (MINE.id, "alex", "process-and-commit")
    assert record.job.submitted_at == NOW


def test_the_attempts_of_a_callback_are_told_with_its_job() -> None:
    attempt = {"at": NOW.isoformat(), "status": 204, "error": ""}
    done = run_of(JOB, "COMPLETED", {"result": {}, "error": None})

    record = read(done, run_of(CALL, "COMPLETED", {"attempts": [attempt]}))
    assert [(one.at, one.status) for one in record.callbacks] == [(NOW, 204)]
    assert read(done, run_of(CALL, "RUNNING")).callbacks == ()


@pytest.mark.parametrize("wrong", ["x", "eyJhbGciOiJub25lIn0", "ey.ey.ey"])
def test_a_token_that_is_none_stops_the_start(wrong: str) -> None:
    with pytest.raises(BadSettings, match="HATCHET_CLIENT_TOKEN"):
        client(wrong, "diffmem")


async def test_an_engine_that_does_not_answer_is_told_of_in_our_words() -> None:
    executor = Hatchet(token(), "diffmem")

    with pytest.raises(StoreError, match="Hatchet's engine did not answer"):
        await executor.start()


def test_a_worker_can_be_made_of_them(tmp_path: Path) -> None:
    HatchetWorker(Memory.open(tmp_path), Callbacks(), token(), "diffmem", width=3)


async def test_what_a_job_changes_is_noted_once_as_what_its_asker_did(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, durability="relaxed")
    build.worker(settings_of(tmp_path), memory)
    await memory.remember("alex", "Mel: I bought a kayak.", "s1", wait=False)
    before = (tmp_path / AUDIT).read_text("utf-8")

    async def job(given: Asked) -> dict[str, Any]:
        return (await carry_out(memory, Job.read(given.job))).plain()

    made = workflows(client(token(), "diffmem"), job, nothing)
    mine = Job.new("digest", "alex", {}, asked_by="token:4f7q")
    done = await made.job.aio_mock_run(Asked(user=mine.user, job=mine.plain()))

    (line,) = [json.loads(one) for one in (tmp_path / AUDIT).read_text("utf-8")[len(before) :].splitlines()]
    assert done["error"] is None
    assert (line["who"], line["verb"], line["job"]) == ("token:4f7q", "digest", mine.id)
    assert line["commit"] == await memory.tip("alex")


def settings_of(home: Path) -> Settings:
    return Settings.load(home=home, executor="hatchet", hatchet_client_token=token())
