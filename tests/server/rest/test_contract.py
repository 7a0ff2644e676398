import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest
from rest_server import USER, serving

from diffmem.memory import Memory

# 400 is what the words of a well-formed request may come to (no such tool, no date); 422 never is.
CHECKS = f"""
[parameters]
user_id = "{USER}"
path = "index.md"
[checks.positive_data_acceptance]
expected-statuses = [200, 202, 400, 404, 409]
"""
PLENTY = "1000000000"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    home = tmp_path_factory.mktemp("contract") / "home"
    memory = Memory.open(home, durability="relaxed")
    anyio.run(memory.remember, USER, "user: My sister Ana paints in Porto.", "s1", "2024-03-01")
    limits = {"DIFFMEM_READS_PER_MINUTE": PLENTY, "DIFFMEM_WRITES_PER_MINUTE": PLENTY}
    with serving(home, **limits, DIFFMEM_DURABILITY="relaxed") as address:
        yield address


@pytest.mark.parametrize("method", ["--exclude-method", "--include-method"], ids=["others", "delete"])
def test_no_request_breaks_the_service_or_its_description(url: str, method: str, tmp_path: Path) -> None:
    checks = tmp_path / "checks.toml"
    checks.write_text(CHECKS, "utf-8")
    program = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
    done = subprocess.run(
        [
            *(sys.executable, "-c", program, "--config-file", str(checks), "run", f"{url}/openapi.json"),
            *("--seed", "1", "--max-examples", "2", "--phases", "examples,coverage,fuzzing"),
            *("--continue-on-failure", "--no-color", method, "DELETE"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout[-6000:]
    assert "Tested:" in done.stdout
