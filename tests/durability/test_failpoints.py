"""The table of points: every one in use is in it, every one in it is passed, and a setting can arm them."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from diffmem.errors import BadInput
from diffmem.storage.failpoint import POINTS, Action, hindrance
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

ROOT = Path(__file__).parents[2]
PRODUCT = ("agents", "ontologies", "server", "storage", "writing")


def reached_in(file: Path) -> list[str | None]:
    """The name given to each call of `failpoint` in a file; None where it is no plain text."""
    calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    named = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "failpoint"]
    return [str(node.args[0].value) if isinstance(node.args[0], ast.Constant) else None for node in named]


def test_every_point_in_the_code_is_in_the_table_and_the_other_way_round() -> None:
    files = [ROOT / "memory.py", *(file for part in PRODUCT for file in (ROOT / part).rglob("*.py"))]
    assert {name for file in files for name in reached_in(file)} == POINTS


@pytest.mark.parametrize(
    "told", ["nowhere:1:kill", "commit.made:0:kill", "commit.made:1:stop", "commit.made", ""]
)
def test_a_hindrance_that_names_no_point_number_or_action_is_refused(told: str) -> None:
    with pytest.raises(BadInput):
        hindrance(told)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_the_setting_kills_the_command_line_at_a_point(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Ann: hello", "utf-8")
    home = tmp_path / "home"
    given = {
        "PATH": os.defpath, "DIFFMEM_HOME": str(home), "DIFFMEM_USER": "alex",
        "DIFFMEM_FAILPOINT": f"commit.synced:2:{Action.KILL}",
    }  # fmt: skip
    program = "import sys; from diffmem.server.cli import main; sys.exit(main())"

    done = subprocess.run(
        [sys.executable, "-c", program, "remember", str(words)],
        env=given, cwd=tmp_path, check=False, capture_output=True,
    )  # fmt: skip

    assert done.returncode == -9, done.stderr
    branch = Store(home).branch(user_id("alex"))
    assert not list(branch.snapshot().files("sessions"))
    assert branch.tip()
