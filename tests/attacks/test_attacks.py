"""No attack of the corpus gets anywhere, and what is harmless works, behind all walls."""

import sys
from collections.abc import Iterator
from pathlib import Path

import attack_target
import pytest
from attacks import runner
from attacks.judge import KINDS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the detectors read /proc")


@pytest.fixture(scope="module")
def placeholders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return attack_target.build(tmp_path_factory.mktemp("attacks") / "arena")


@pytest.fixture(scope="module")
def worker(placeholders: dict[str, str]) -> Iterator[runner.Worker]:
    canaries = {kind: attack_target.canary(kind) for kind in KINDS}
    working = runner.Worker(attack_target.run, placeholders, canaries)
    yield working
    working.close()


def test_no_attack_gets_anywhere(worker: runner.Worker, placeholders: dict[str, str]) -> None:
    canaries = {kind: attack_target.canary(kind) for kind in KINDS}
    attacks = runner.corpus("attacks.jsonl", "command")

    found = runner.attacked(worker.run, attacks, placeholders, canaries)

    assert len(attacks) > 270
    assert not found, "\n".join(map(str, found))


def test_every_harmless_command_works(worker: runner.Worker, placeholders: dict[str, str]) -> None:
    broken = runner.benign(worker.run, runner.corpus("benign.jsonl", "benign"), placeholders)
    assert not broken, "\n".join(map(str, broken))


@pytest.mark.parametrize("surface", attack_target.SURFACES)
def test_no_unsafe_name_is_accepted(surface: str) -> None:
    values = runner.corpus("attacks.jsonl", surface)
    found = runner.named(attack_target.SURFACES[surface], values)
    assert values
    assert not found, "\n".join(map(str, found))


def test_the_detectors_see_what_a_shell_lets_through(placeholders: dict[str, str]) -> None:
    canaries = {kind: attack_target.canary(kind) for kind in KINDS}
    leaky = runner.Worker(_leaky, placeholders, canaries)
    attacks = [{"id": "own", "input": f"cat {placeholders['OUT']}", "goal": "escape"}]
    try:
        found = runner.attacked(leaky.run, attacks, placeholders, canaries)
    finally:
        leaky.close()
    assert [one.what for one in found] == ["escape"]


def _leaky(command: str, _worktree: str) -> str:
    return Path(command.removeprefix("cat ")).read_text("utf-8") if command.startswith("cat ") else ""
