"""Each executor in a house of its own, with a real database where it needs one."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from job_house import House

HouseWith = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture(scope="session")
def postgres() -> Generator[Path]:
    """The folder of the socket of a server of our own."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("there is no postgres on this machine")
    folder = Path(tempfile.mkdtemp(prefix="diffmem-pg-"))
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        with suppress(KeyError):
            pwd.getpwnam("postgres")
            shutil.chown(folder, "postgres")
            owner = {"user": "postgres"}
        if not owner:
            pytest.skip("postgres does not run as root, and there is no user postgres")
    quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, **owner}
    data = folder / "data"
    made = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N"]
    subprocess.run(made, check=True, **quiet)
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    server = [programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log"]
    subprocess.run([*server, "start"], check=True, **quiet)
    yield folder
    subprocess.run([*server, "-m", "immediate", "stop"], check=True, **quiet)
    shutil.rmtree(folder)


def postgres_programs() -> Path | None:
    """Where initdb and pg_ctl lie, beside the server itself."""
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


def queue_of(kind: str, request: pytest.FixtureRequest, home: Path) -> dict[str, str]:
    """The settings of an executor."""
    if kind == "inline":
        return {}
    if kind == "hatchet":
        token = os.environ.get("DIFFMEM_TRY_HATCHET", "")  # noqa: TID251
        if not token:
            pytest.skip("its engine is not here; scripts/try-hatchet runs this against a real one")
        return {"DIFFMEM_EXECUTOR": "hatchet", "DIFFMEM_HATCHET_CLIENT_TOKEN": token}
    if find_spec("dbos") is None:
        pytest.skip("dbos is not installed; pip install 'diffmem[dbos]'")
    if kind == "dbos-sqlite":
        return {"DIFFMEM_EXECUTOR": "dbos"}
    socket: Path = request.getfixturevalue("postgres")
    name = f"jobs_{abs(hash(str(home)))}"
    return {
        "DIFFMEM_EXECUTOR": "dbos",
        "DIFFMEM_DATABASE_URL": f"postgresql://postgres@/{name}?host={socket}",
    }


@asynccontextmanager
async def house_of(
    kind: str, request: pytest.FixtureRequest, folder: Path, **more: str
) -> AsyncGenerator[House]:
    """A house whose desk is open."""
    home = folder / "home"
    home.mkdir()
    made = House(home, queue_of(kind, request, home) | more)
    await made.desk.start()
    try:
        yield made
    finally:
        await made.desk.drain(10)
        made.close()


@pytest.fixture(params=["inline", "dbos-sqlite", "dbos-postgres", "hatchet"])
def house_with(request: pytest.FixtureRequest, tmp_path: Path) -> HouseWith:
    """Each executor, with further settings."""

    def made(**more: str) -> AbstractAsyncContextManager[House]:
        return house_of(request.param, request, tmp_path, **more)

    return made


@pytest.fixture
async def house(house_with: HouseWith) -> AsyncGenerator[House]:
    """Each executor."""
    async with house_with() as made:
        yield made


@pytest.fixture(params=["dbos-sqlite", "dbos-postgres"])
async def durable_house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[House]:
    """Each durable executor whose engine can be had; its workers run one job at a time."""
    async with house_of(request.param, request, tmp_path, DIFFMEM_WORKER_SLOTS="1") as made:
        yield made


@pytest.fixture
async def inline_house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[House]:
    """The executor that needs nothing."""
    async with house_of("inline", request, tmp_path) as made:
        yield made
