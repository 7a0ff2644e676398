"""Every verb that writes, cut off at its n-th point, n = 1, 2, ...; and whether a broken one is seen."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hardships import DEEDS

from diffmem.storage.failpoint import POINTS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")

TESTS = Path(__file__).parents[1]
SHORT = {"kill": 3, "raise": 1, "enospc": 1, "eio": 1}
"""How many points of each deed are tried in the short form; in the long one, all."""
FEW = ("remember", "erase", "view", "token")
# Points that others of our tests pass: several machines, care with pruning, stores that users share.
ELSEWHERE = frozenset(
    """
    adopt.decided adopt.written arrival.fetched care.prune care.pruning departure.folder departure.purged
    departure.reference migrate.copied migrate.moved migrate.reference mirror.fetched mirror.taken
    restore.copied view.removed
    """.split()
)


def rounds(
    deeds: Sequence[str], action: str, most: int, tmp_path: Path, mutant: str = "", seed: int = 0
) -> list[dict[str, Any]]:
    """What the rounds of some deeds came to; at most so many points each, 0 for all."""
    memory = Path("/dev/shm")
    place = (
        memory / f"diffmem-{tmp_path.parent.name}-{tmp_path.name}" if memory.is_dir() else tmp_path / "rounds"
    )
    try:
        done = subprocess.run(
            [sys.executable, "rounds.py", str(place), ",".join(deeds), action, str(most), mutant, str(seed)],
            cwd=TESTS, check=False, capture_output=True, text=True,
        )  # fmt: skip
    finally:
        shutil.rmtree(place, ignore_errors=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(found: list[dict[str, Any]]) -> None:
    """Print what a person wants to see of the rounds."""
    killed, slowest = sum(one["killed"] for one in found), max(one["slowest"] for one in found)
    count = sum(one["rounds"] for one in found)
    sys.stdout.write(f"{count} rounds, {killed} killed; slowest recovery {slowest:.3f} s\n")


@pytest.mark.parametrize("action", SHORT)
def test_no_verb_loses_doubles_or_tears_anything_wherever_it_is_cut_off(
    action: str, tmp_path: Path, torture: bool
) -> None:
    deeds = list(DEEDS) if torture or action == "kill" else FEW
    found = rounds(deeds, action, 0 if torture else SHORT[action], tmp_path)
    told(found)

    assert [wrong for one in found for wrong in one["violations"]] == []
    if action == "kill":
        assert sum(one["killed"] for one in found) >= 50
        assert all(one["killed"] for one in found)
        passed = {name for one in found for name in one["points"]}
        assert passed <= POINTS
        assert POINTS - passed == ELSEWHERE


def test_whatever_was_there_before_no_kill_loses_anything(lives: int, tmp_path: Path) -> None:
    if not lives:
        pytest.skip("five thousand kills take half an hour: `make nightly`")
    found = [
        one for life in range(1, lives + 1) for one in rounds(list(DEEDS), "kill", 0, tmp_path, seed=life)
    ]
    told(found)

    assert [wrong for one in found for wrong in one["violations"]] == []


@pytest.mark.parametrize(
    ("mutant", "said"),
    [
        ("early-answer", "was acknowledged and is there 0 times"),
        ("stale-locks", "stuck"),
        ("no-idempotency", "applied more than once"),
    ],
)
def test_a_broken_write_path_is_seen(mutant: str, said: str, tmp_path: Path) -> None:
    (found,) = rounds(["remember"], "kill", 12, tmp_path, mutant)

    assert any(said in wrong for wrong in found["violations"]), found["violations"]
