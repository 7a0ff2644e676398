"""The official conformance suite and the Inspector, against the product's own server."""

import json
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from node_tools import node

HERE = Path(__file__).parent
SUITE, INSPECTOR = "@modelcontextprotocol/conformance", "@modelcontextprotocol/inspector"
_TOTAL = re.compile(r"^Total: (\d+) passed, (\d+) failed$", re.MULTILINE)


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """The address of a server with the names the suite asks for."""
    with subprocess.Popen(
        [sys.executable, "served.py"], cwd=HERE, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            server.wait(60)


@pytest.mark.parametrize(("version", "least"), [("2025-11-25", 81), ("2026-07-28", 196)])
def test_every_requirement_of_a_version_is_met(url: str, version: str, least: int, tmp_path: Path) -> None:
    found = node(SUITE)
    command = [found.program, found.script(SUITE), "server", "--url", url, "--requirements", version]
    done = subprocess.run(
        [*command, "-o", str(tmp_path)], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    total = _TOTAL.search(done.stdout)
    assert total is not None
    assert (int(total[1]) >= least, int(total[2])) == (True, 0), done.stdout[-4000:]


def test_a_stream_that_the_server_ends_is_gone_on_with(url: str, tmp_path: Path) -> None:
    # No version requires it yet; what it recommends is met, too: a first event to come back to, and when.
    found = node(SUITE)
    command = [found.program, found.script(SUITE), "server", "--url", url]
    done = subprocess.run(
        [*command, "--scenario", "server-sse-polling", "-o", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "Passed: 3/3, 0 failed, 0 warnings" in done.stdout, done.stdout[-4000:]


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_the_inspector_finds_nothing_odd_in_the_tools(era: str, tmp_path: Path) -> None:
    found = node(INSPECTOR)
    server = [sys.executable, "-m", "diffmem.server.cli", "mcp", "--user", "maya", "--home", str(tmp_path)]
    asked = ["--cli", "--strict", "--method", "tools/list", "--protocol-era", era, "--format", "json"]
    done = subprocess.run(
        [found.program, found.script(INSPECTOR), *asked, "--", *server],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert len(json.loads(done.stdout)["result"]["tools"]) == 9
