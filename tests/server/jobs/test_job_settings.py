import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import anyio
import pytest
from anyio import lowlevel

from diffmem.errors import StoreError
from diffmem.memory import Memory
from diffmem.server.jobs import build
from diffmem.server.jobs.slots import FileSlots, PostgresSlots, claimed
from diffmem.server.settings import BadSettings, Settings

Run = Callable[..., "CompletedProcess[str]"]


def test_jobs_run_in_the_server_unless_told_otherwise(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path)

    assert settings.executor == "inline"
    assert build.executor(settings, Memory.open(tmp_path), build.callbacks(settings)).waits_by_default
    with pytest.raises(BadSettings, match="DIFFMEM_EXECUTOR: inline runs its jobs in the server"):
        build.worker(settings, Memory.open(tmp_path))


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DIFFMEM_EXECUTOR", "celery", "DIFFMEM_EXECUTOR: input should be 'inline', 'dbos' or 'hatchet'"),
        ("EXECUTOR", "celery", "EXECUTOR: input should be 'inline', 'dbos' or 'hatchet'"),
        ("EXECUTOR", "hatchet", "HATCHET_CLIENT_TOKEN: the executor hatchet needs the token"),
        ("DIFFMEM_DATABASE_URL", "mysql://here", "DIFFMEM_DATABASE_URL: give postgresql://"),
        ("DIFFMEM_CALLBACK_SECRET", "short", "DIFFMEM_CALLBACK_SECRET: a secret has 16 characters"),
        ("HATCHET_WORKER_SLOTS", "0", "WORKER_SLOTS: input should be greater than or equal to 1"),
        ("DIFFMEM_JOB_WIDTH", "many", "DIFFMEM_JOB_WIDTH: input should be a valid integer"),
    ],
)
def test_a_wrong_value_stops_the_start_with_the_name_of_its_variable(
    run: Run, variable: str, value: str, message: str
) -> None:
    done = run("users", **{variable: value})

    assert done.returncode == 2
    assert message in done.stderr


def test_our_own_name_wins_over_the_one_it_has_always_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXECUTOR", "hatchet")
    monkeypatch.setenv("DIFFMEM_EXECUTOR", "dbos")
    monkeypatch.setenv("HATCHET_NAMESPACE", "team")
    monkeypatch.setenv("HATCHET_WORKER_SLOTS", "3")

    settings = Settings.load()
    assert (settings.executor, settings.hatchet_namespace, settings.worker_slots) == ("dbos", "team", 3)


@pytest.mark.parametrize(("executor", "package"), [("dbos", "dbos"), ("hatchet", "hatchet_sdk")])
def test_a_missing_extra_stops_the_start_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    settings = Settings.load(home=tmp_path, executor=executor, hatchet_client_token="ey.ey.ey")

    with pytest.raises(BadSettings, match=rf"DIFFMEM_EXECUTOR: .*pip install 'diffmem\[{executor}\]'"):
        build.jobs(settings, Memory.open(tmp_path))
    with pytest.raises(BadSettings, match="is not installed"):
        build.worker(settings, Memory.open(tmp_path))


def test_a_worker_of_the_inline_executor_is_refused(run: Run) -> None:
    done = run("worker")

    assert done.returncode == 2
    assert "set dbos or hatchet" in done.stderr


def test_the_queue_lies_in_the_home_by_default(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, executor="dbos")
    assert build.database(settings) == f"sqlite:///{tmp_path}/jobs.sqlite"


def test_a_number_belongs_to_one_worker_of_a_machine(tmp_path: Path) -> None:
    first, second = FileSlots(tmp_path), FileSlots(tmp_path)

    assert (claimed(first), claimed(second)) == (1, 2)
    assert not second.take(1)
    first.give(1)
    assert second.take(1)
    second.close()


async def test_a_number_belongs_to_one_worker_of_a_database(postgres: Path) -> None:
    url = f"postgresql://postgres@/postgres?host={postgres}"
    first, second = PostgresSlots(url), PostgresSlots(url)

    assert (claimed(first), claimed(second)) == (1, 2)
    first.close()
    # The server lets go of what a closed connection held in its own time.
    with anyio.fail_after(10):
        while not second.take(1):
            await lowlevel.checkpoint()
    second.close()


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:9/jobs", "sqlite:////nowhere/at/all/jobs.sqlite"]
)
async def test_a_database_that_is_not_there_stops_the_start(tmp_path: Path, url: str) -> None:
    pytest.importorskip("dbos", reason="dbos is not installed; pip install 'diffmem[dbos]'")
    settings = Settings.load(home=tmp_path, executor="dbos", database_url=url)

    with pytest.raises(StoreError, match="DIFFMEM_DATABASE_URL"):
        await build.jobs(settings, Memory.open(tmp_path)).start()
