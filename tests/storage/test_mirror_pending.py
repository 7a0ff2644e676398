"""Which sessions wait after two lines of commits became one."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from mirrors import Machine, bare, digest, machine, take_in
from redactions import CANARY
from support import put

from diffmem.storage import moment, pending
from diffmem.storage.changes import Actor, ChangeSet, Stage


@pytest.fixture
def two(tmp_path: Path) -> tuple[Machine, Machine]:
    remote = bare(tmp_path / "mirror.git")
    here, there = machine(tmp_path / "here", remote), machine(tmp_path / "there", remote)
    put(here.branch, {"a.md": "a\n"})
    return here, there


def parted(here: Machine, there: Machine) -> None:
    here.mirror.push(here.branch)
    there.mirror.fetch(there.branch)


def together(here: Machine, there: Machine) -> list[str]:
    """What waits once both are one again; the trailer must say as many."""
    here.mirror.push(here.branch)
    there.mirror.push(there.branch)
    here.mirror.fetch(here.branch)
    snapshot = there.branch.snapshot()
    found = pending.sessions(snapshot)
    assert pending.count(snapshot) == len(found)
    assert found == pending.sessions(here.branch.snapshot())
    return found


def test_what_waits_on_either_side_waits(two: tuple[Machine, Machine]) -> None:
    here, there = two
    take_in(here.branch, "before", "s/before", "x")
    parted(here, there)
    take_in(here.branch, "h", "s/h", "x")
    take_in(there.branch, "t", "s/t", "x")
    assert sorted(together(here, there)) == ["before", "h", "t"]


@pytest.mark.parametrize("side", [0, 1])
def test_what_one_side_digested_waits_no_more(two: tuple[Machine, Machine], side: int) -> None:
    here, there = two
    take_in(here.branch, "before", "s/before", "x")
    parted(here, there)
    digest(two[side].branch, "before", "m", "filed")
    put(two[1 - side].branch, {"other": "x"})
    assert together(here, there) == []


def test_what_both_took_in_and_one_digested_waits_no_more(two: tuple[Machine, Machine]) -> None:
    here, there = two
    parted(here, there)
    for one in two:
        take_in(one.branch, "both", "s/both", "x")
    digest(there.branch, "both", "m", "filed")
    assert together(here, there) == []


@pytest.mark.parametrize("side", [0, 1])
def test_words_that_came_in_beside_a_digest_wait(two: tuple[Machine, Machine], side: int) -> None:
    here, there = two
    take_in(here.branch, "s", "s/s", "x")
    parted(here, there)
    digest(two[side].branch, "s", "m", "filed")
    take_in(two[1 - side].branch, "s", "s/s", "x and more")
    assert together(here, there) == ["s"]


def test_a_session_taken_back_on_one_side_waits_no_more(two: tuple[Machine, Machine]) -> None:
    here, there = two
    take_in(here.branch, "s", "s/s", "x")
    parted(here, there)
    gone = ChangeSet(
        "undo", Stage.UNDO, Actor.USER, delete=frozenset({"s/s"}), trailers={"Session-Id": "s"}, waiting=-1
    )
    with here.branch.writing() as writer:
        writer.commit(gone)
    put(there.branch, {"other": "x"})
    assert together(here, there) == []


def test_the_queue_goes_on_after_many_joins(two: tuple[Machine, Machine]) -> None:
    here, there = two
    take_in(here.branch, "oldest", "s/oldest", "x")
    parted(here, there)
    for number in range(5):
        take_in(here.branch, f"h{number}", f"s/h{number}", "x")
        take_in(there.branch, f"t{number}", f"s/t{number}", "x")
        if number:
            digest(there.branch, f"h{number - 1}", f"m/h{number}", "x")
            digest(here.branch, f"t{number - 1}", f"m/t{number}", "x")
        together(here, there)
    assert sorted(pending.sessions(here.branch.snapshot())) == ["h4", "oldest", "t4"]
    for session in ("oldest", "h4", "t4"):
        digest(here.branch, session, f"m/{session}", "x")
    assert pending.sessions(here.branch.snapshot()) == []
    take_in(here.branch, "new", "s/new", "x")
    assert pending.sessions(here.branch.snapshot()) == ["new"]


def test_an_erase_after_a_join_keeps_the_queue(two: tuple[Machine, Machine]) -> None:
    here, there = two
    take_in(here.branch, CANARY, f"{CANARY}.md", CANARY)
    parted(here, there)
    take_in(here.branch, "h", "s/h", "x")
    take_in(there.branch, "t", "s/t", "x")
    together(here, there)
    there.erase()
    assert sorted(pending.sessions(there.branch.snapshot())) == ["h", "t"]


def test_as_of_a_time_is_the_newest_state_of_either_side(two: tuple[Machine, Machine]) -> None:
    here, there = two
    parted(here, there)
    put(here.branch, {"h": "x"})
    put(there.branch, {"t": "x"})
    together(here, there)
    later = datetime.now(UTC) + timedelta(days=1)
    assert moment.as_of(there.branch, later.isoformat(), UTC).commit == there.branch.tip()
    today = date.today().isoformat()  # noqa: DTZ011
    assert moment.as_of(there.branch, today, datetime.now().astimezone().tzinfo or UTC).commit
