"""A memory, a server over it, and the command line, all of them real."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from app_threads import Serve, apps_served
from mcp.server import MCPServer

from diffmem.memory import Memory
from diffmem.server.mcp_server import create_server

USER = "maya"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def memory(home: Path) -> Memory:
    return Memory.open(home, durability="relaxed")


@pytest.fixture
def server(memory: Memory) -> MCPServer[None]:
    return create_server(memory, USER)


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    """Both eras of the protocol."""
    return request.param


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Run:
    """`diffmem` as a program of its own, far from this machine's settings."""

    def diffmem(
        *arguments: str, given: str | bytes = b"", **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}  # noqa: TID251
        done = subprocess.run(
            [sys.executable, "-m", "diffmem.server.cli", *arguments],
            input=given if isinstance(given, bytes) else given.encode(),
            capture_output=True,
            cwd=tmp_path,
            env=kept | {"DIFFMEM_HOME": str(home), "DIFFMEM_USER": USER} | environment,
            timeout=60,
        )
        told = (done.stdout.decode(), done.stderr.decode())
        return subprocess.CompletedProcess(done.args, done.returncode, *told)

    return diffmem


@pytest.fixture
def serve() -> Generator[Serve]:
    """Serve an app in a thread of its own; answers its address."""
    with apps_served() as start:
        yield start
