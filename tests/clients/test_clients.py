"""Real clients of other hands, each as a program of its own against a server of its own."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from node_tools import node

HERE = Path(__file__).parent
FOLLOWED = "memory:///timeline/2024-06.md"


def journey(command: list[str]) -> dict[str, Any]:
    """What a client tells of its journey."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=HERE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def is_complete(told: dict[str, Any]) -> bool:
    """Whether all that a client did came to what it should."""
    return (
        told["state"] == "digested"
        and "bakery" in told["found"]
        and "# Kasia" in told["read"]
        and told["heard"] == FOLLOWED
    )


@pytest.mark.parametrize("era", ["modern", "legacy"])
@pytest.mark.parametrize("client", ["official_python", "fast"])
def test_a_python_client_remembers_recalls_reads_and_follows(
    target: dict[str, Any], client: str, era: str
) -> None:
    if client == "fast" and find_spec("fastmcp") is None:
        pytest.skip("fastmcp is not installed")
    told = journey([sys.executable, f"{client}.py", json.dumps(target | {"era": era})])

    assert is_complete(told), told
    assert (told["version"] == "2026-07-28") == (era == "modern")


@pytest.mark.parametrize(
    ("client", "package", "era"),
    [("v1", "sdk", "legacy"), ("v2", "client", "legacy"), ("v2", "client", "modern")],
    ids=["v1", "v2 legacy", "v2 modern"],
)
def test_a_typescript_client_remembers_recalls_reads_and_follows(
    target: dict[str, Any], client: str, package: str, era: str
) -> None:
    found = node(f"@modelcontextprotocol/{package}")
    wanted = json.dumps(target | {"client": client, "era": era})
    told = journey([found.program, "typescript.mjs", wanted, str(found.packages)])

    assert is_complete(told), told
