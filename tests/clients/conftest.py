"""A server of its own for each client, over HTTP or over standard input and output."""

import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = [sys.executable, "-m", "diffmem.server.cli"]


@pytest.fixture(params=["stdio", "http"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[dict[str, Any]]:
    """How a client reaches a server of an empty memory."""
    whose = ["--user", "maya", "--home", str(tmp_path / "home")]
    if request.param == "stdio":
        yield {"command": [*PROGRAM, "mcp", *whose]}
        return
    serve = [*PROGRAM, "serve", "--port", "0", *whose]
    with subprocess.Popen(serve, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        try:
            assert server.stderr is not None
            found = next(filter(None, (re.search(r"http://\S+/mcp", line) for line in server.stderr)))
            yield {"url": found[0]}
        finally:
            server.terminate()
            server.wait(60)
