"""Random command lines: no leak, no uncaught exception, nothing over the hard limit."""

from pathlib import Path

import attack_target
import pytest
from attacks import fuzz

from diffmem.agents.explore.budget import HARD_SECONDS

CANARIES = [*map(attack_target.canary, attack_target.SECRETS), attack_target.BOB]


@pytest.fixture(scope="module")
def placeholders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return attack_target.build(tmp_path_factory.mktemp("fuzz") / "arena", large=False)


@pytest.mark.parametrize("seed", range(5))
def test_random_lines_leak_nothing(placeholders: dict[str, str], seed: int) -> None:
    snapshot = attack_target.snapshot_of(Path(placeholders["WORKTREE"]))
    took = [fuzz.tried(snapshot, line, CANARIES, wall=False) for line in fuzz.lines(seed, 1000, placeholders)]
    assert max(took) < HARD_SECONDS


def test_random_lines_leak_nothing_through_the_process_either(placeholders: dict[str, str]) -> None:
    snapshot = attack_target.snapshot_of(Path(placeholders["WORKTREE"]))
    for line in fuzz.lines(99, 150, placeholders):
        assert fuzz.tried(snapshot, line, CANARIES, wall=True) < HARD_SECONDS + 2
