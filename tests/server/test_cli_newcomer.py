"""What the command line says where a newcomer looks: what was linked, what cannot be read."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import anyio
import pytest

from diffmem.memory import Memory

Run = Callable[..., "subprocess.CompletedProcess[str]"]

FAMILY = "user: My sister Kasia lives in Leeds.\nuser: Kasia works at Acme.\nuser: I met Kasia in May."


def test_consolidate_link_tells_the_files_and_how_many_names_it_linked(run: Run, memory: Memory) -> None:
    anyio.run(memory.remember, "maya", FAMILY, "s1", "2024-03-01")
    dry = run("consolidate", "link", "--dry-run").stdout
    told = json.loads(run("consolidate", "link", "--dry-run", "--json").stdout)["link"]
    done = run("consolidate", "link").stdout

    assert "maya.md: 1 name linked" in told["done"]
    assert told["done"] == [f"{path}: 1 name linked" for path in told["files"]]
    assert "  maya.md: 1 name linked\n" in done
    assert f"{len(told['files'])} would change" in dry
    assert dry.endswith("nothing was written\n")
    assert f"{len(told['files'])} changed" in done
    assert f"commit {anyio.run(memory.status, 'maya').commit[:12]}" in done
    assert run("consolidate", "link").stdout.endswith("looked at, 0 changed\n")


def test_a_recall_without_hits_says_so_once(run: Run, memory: Memory) -> None:
    anyio.run(memory.remember, "maya", FAMILY, "s1", "2024-03-01")

    assert run("recall", "zzyzx").stdout.count("nothing found") == 1


@pytest.fixture
def barred(run: Run, home: Path, memory: Memory, tmp_path: Path) -> Generator[Callable[[str], str]]:
    """What `diffmem list` complains of once a folder of the home is barred to who asks."""
    if sys.platform == "win32":
        pytest.skip("no folder is barred to its owner here")
    anyio.run(memory.remember, "maya", FAMILY, "s1", "2024-03-01")
    # Who may read everything is to ask as somebody who may not.
    powers = "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"
    without = ("setpriv", *powers) if os.geteuid() == 0 else ()
    if without and not shutil.which("setpriv"):
        pytest.skip("root may read everything, and no setpriv is here")
    shut: list[Path] = []

    def complaint(inside: str) -> str:
        folder = home / inside
        folder.chmod(0)
        shut.append(folder)
        kept = {"PATH": os.environ["PATH"], "DIFFMEM_HOME": str(home), "DIFFMEM_USER": "maya"}  # noqa: TID251
        asked = [*without, sys.executable, "-m", "diffmem.server.cli", "list"]
        done = subprocess.run(asked, capture_output=True, text=True, env=kept, cwd=tmp_path, check=False)
        assert done.returncode != 0
        return done.stderr

    yield complaint
    for folder in shut:
        folder.chmod(0o700)


@pytest.mark.parametrize("inside", ["", "users"], ids=["the home", "what is in it"])
def test_a_home_that_may_not_be_read_is_named_with_what_to_do(
    barred: Callable[[str], str], home: Path, inside: str
) -> None:
    assert barred(inside) == (
        f"diffmem: DIFFMEM_HOME: {home / inside}: the folder may not be read by this user; "
        "give it back to them (chown, chmod u+rwX), or name another\n"
    )


def test_a_memory_that_may_not_be_read_is_not_called_damaged(barred: Callable[[str], str]) -> None:
    told = barred("users/maya.git")

    assert told.startswith(
        "diffmem: the memory of 'maya' in maya.git could not be read: the folder may not be read"
    )
    assert "give it back" in told
