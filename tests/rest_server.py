"""The service in this process, and `diffmem serve` on a socket as a program of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette

USER = "maya"


def asking(app: Starlette, **options: Any) -> httpx2.AsyncClient:
    """A client of an app in this process."""
    transport = httpx2.ASGITransport(app, **options)
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1")


@contextmanager
def serving(home: Path, **environment: str) -> Generator[str]:
    """`diffmem serve` on a free port, and its address."""
    command = [sys.executable, "-m", "diffmem.server.cli", "serve", "--port", "0", "--user", USER]
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}  # noqa: TID251
    given = kept | {"DIFFMEM_HOME": str(home)} | environment
    home.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=given, cwd=home) as server:
        try:
            assert server.stderr is not None
            found = re.search(r"http://[^/\s]+", server.stderr.readline())
            assert found is not None
            yield found[0]
        finally:
            server.terminate()
            server.wait(15)
