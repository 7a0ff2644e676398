"""Random lives of a memory, and of one to which everything happens: the long form is `--torture`."""

import pytest
from hard_lives import HardLife, SharedLife
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from lives import Life

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.mark.parametrize("kind", [Life, HardLife, SharedLife], ids=["quiet", "hard", "shared"])
def test_every_life_keeps_what_was_promised(kind: type[Life], torture: bool) -> None:
    lives, steps = (50, 25) if torture else (6, 10)
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=CHECKS,
        ),
    )
