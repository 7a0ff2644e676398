"""What jobs change has one line each in the audit log, whichever process carries them out."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from job_house import TALK, USER, House

from diffmem.server.auth.audit import ERASED
from diffmem.server.deeds import AUDIT, Deeds
from diffmem.server.doing import SERVER, doing
from diffmem.server.jobs.job import Record

WHO = "token:4f7q"
Line = dict[str, str]


@pytest.fixture
async def noting(house: House) -> House:
    """A house that notes what is changed in its own process, as a server does; workers are real ones."""
    if not house.needs_workers:
        # Else the start may file what a job is to.
        await house.memory.searched()
    Deeds.of_home(house.memory, house.home)
    return house


def noted(house: House) -> Sequence[Line]:
    return [json.loads(line) for line in (house.home / AUDIT).read_text("utf-8").splitlines()]


async def asked(house: House, verb: str, **given: Any) -> Record:
    with doing(WHO, verb):
        record = await house.done(verb, **given)
    assert record.error is None
    return record


async def test_each_commit_of_a_job_is_noted_once_with_who_asked(noting: House) -> None:
    noting.work(quick=False)
    record = await asked(noting, "process-and-commit", content=TALK, session_id="s1")
    await asked(noting, "consolidate", tools=["link"])
    entries = (await noting.memory.history(USER, limit=100)).entries

    lines = noted(noting)
    assert sorted(line["commit"] for line in lines) == sorted(entry.commit for entry in entries)
    assert {line["who"] for line in lines} == {WHO}
    digests = {entry.commit for entry in entries if entry.stage == "digest"}
    assert digests
    assert {line.get("job") for line in lines if line["commit"] in digests} == {record.job.id}
    assert "kayak" not in str(lines)


async def test_an_erase_by_a_job_is_noted_once_with_who_asked(noting: House) -> None:
    await noting.memory.remember(USER, TALK, "s1", "2023-05-08")
    before = len(noted(noting))
    noting.work(quick=False)
    record = await asked(noting, "forget", how="erase", session="s1")

    (line,) = noted(noting)[before:]
    assert (line["who"], line["verb"], line["user"], line["job"]) == (WHO, "forget", USER, record.job.id)
    assert line["commit"] == await noting.memory.tip(USER)


async def test_the_erase_of_a_whole_user_by_a_job_is_noted_once_and_names_nobody(noting: House) -> None:
    await noting.memory.remember(USER, TALK, "s1", "2023-05-08")
    noting.work(quick=False)
    record = await asked(noting, "forget", how="erase", everything=True)

    lines = noted(noting)
    assert {line["user"] for line in lines} == {ERASED}
    last = lines[-1]
    assert (last["who"], last["verb"], last["job"], "commit" in last) == (WHO, "forget", record.job.id, False)
    assert [line for line in lines if line["verb"] == "forget"] == [last]


async def test_what_nobody_waits_for_is_noted_as_the_servers_own(durable_house: House) -> None:
    await durable_house.memory.remember(USER, TALK, "s1", wait=False)
    durable_house.work(quick=False)
    while await durable_house.memory.pending(USER):
        # A job of the user's own comes after the worker's.
        await durable_house.done("maintain")
    # The commit is seen before it is noted, and the job is over after both.
    await durable_house.done("maintain")

    (line,) = noted(durable_house)
    assert (line["who"], line["verb"], line["commit"]) == (
        SERVER, "digest", await durable_house.memory.tip(USER)
    )  # fmt: skip
