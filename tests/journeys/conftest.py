"""`diffmem mcp` as a host starts it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mcp import StdioServerParameters


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def server(home: Path, tmp_path: Path) -> Callable[[str], StdioServerParameters]:
    """How to start the server of a user, away from this machine's settings."""

    def of(user: str) -> StdioServerParameters:
        arguments = ["-m", "diffmem.server.cli", "mcp", "--home", str(home), "--user", user]
        return StdioServerParameters(command=sys.executable, args=arguments, cwd=tmp_path)

    return of
