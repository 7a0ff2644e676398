import sqlite3
from datetime import datetime
from typing import Any

import pytest
from job_house import TALK, USER, House

from diffmem.errors import BadInput, NotFound, SessionDiffers
from diffmem.memory import Memory
from diffmem.server.jobs.job import Status


async def test_a_session_is_filed_by_its_job(house: House) -> None:
    house.work()
    record = await house.done("process-and-commit", content=TALK, session_id="s1", session_date="2023-05-08")

    told = record.plain()
    assert (told["status"], told["error"], told["verb"]) == ("completed", None, "process-and-commit")
    assert (told["result"]["session_id"], told["result"]["state"]) == ("s1", "digested")
    assert told["submitted_at"] <= told["started_at"] <= told["completed_at"]
    assert datetime.fromisoformat(told["completed_at"]).tzinfo
    assert await house.memory.pending(USER) == []


async def test_the_words_are_stored_before_anything_runs(house: House) -> None:
    record = await house.desk.ask(USER, "process-and-commit", content=TALK, session_id="s1")
    assert record.status is Status.QUEUED

    another = Memory.open(house.home)
    (stored,) = [file.path for file in (await another.list(USER)).files if "_s1" in file.path]
    assert "kayak" in (await another.read(USER, stored)).text


async def test_nobody_learns_of_the_job_of_another(house: House) -> None:
    await begun(house)
    house.work()
    record = await house.done("maintain")

    assert (await house.desk.get(USER, record.job.id)).status is Status.COMPLETED
    for user, identity in (("mel", record.job.id), (USER, "0" * 32), (USER, "")):
        with pytest.raises(NotFound):
            await house.desk.get(user, identity)


async def test_a_job_that_fails_says_why(house: House) -> None:
    await begun(house)
    house.work()
    record = await house.done("commit-session", session_id="nowhere")

    assert record.status is Status.FAILED
    assert record.error is not None
    assert record.error.type == "UnknownSession"
    assert "nowhere" in record.error.detail


async def test_many_jobs_of_one_user_are_each_done_once(house: House) -> None:
    house.work()
    asked = [
        await house.desk.ask(USER, "process-and-commit", content=f"Mel: This is day {n}.", session_id=f"s{n}")
        for n in range(4)
    ]
    ended = [await house.desk.get(USER, record.job.id, 60) for record in asked]

    assert [record.status for record in ended] == [Status.COMPLETED] * 4
    digests = (await house.memory.history(USER, stage="digest")).entries
    assert sorted(entry.session_id for entry in digests) == ["s0", "s1", "s2", "s3"]


async def test_a_session_is_staged_and_then_committed(house: House) -> None:
    house.work()
    staged = await house.done("process-session", content=TALK, session_id="s1")
    assert staged.plain()["result"]["state"] == "staged"
    assert (await house.memory.status(USER)).held == ("s1",)

    committed = await house.done("commit-session", session_id="s1")
    assert committed.plain()["result"]["state"] == "digested"
    assert await house.memory.pending(USER) == []


async def test_a_session_is_filed_and_the_memory_put_in_order(house: House) -> None:
    house.work()
    record = await house.done("process-commit-and-consolidate", content=TALK, session_id="s1", tools=["link"])

    told = record.plain()["result"]
    assert told["state"] == "digested"
    assert list(told["consolidate"]) == ["link"]
    again = await house.done("consolidate")
    assert again.plain()["result"]["consolidate"]["link"]["commit"] == ""


async def test_a_memory_begins_by_a_job(house: House) -> None:
    house.work()
    record = await house.done("onboard", about="I am Alex, and Maya is my sister.")

    told = record.plain()["result"]
    assert told["created"] is True
    assert told["about"]["state"] == "digested"


async def test_what_was_named_is_forgotten_by_a_job(house: House) -> None:
    await house.memory.remember(USER, TALK, "s1", "2023-05-08")
    house.work()
    record = await house.done("forget", how="erase", session="s1")

    told = record.plain()["result"]
    assert (told["how"], told["found"], told["epoch"]) == ("erase", 0, 1)
    listing = await Memory.open(house.home).list(USER)
    assert not [file.path for file in listing.files if "s1" in file.path]


async def test_jobs_are_counted(house: House) -> None:
    await begun(house)
    house.work()
    await house.done("maintain")
    await house.done("commit-session", session_id="nowhere")

    counts = await house.desk.counts()
    assert counts.keys() == {"queued", "running", "completed", "failed"}
    assert (counts["completed"], counts["failed"]) == (1, 1)


@pytest.mark.parametrize(
    ("verb", "given", "message"),
    [
        ("dream", {}, "no job 'dream'; there are: digest"),
        ("consolidate", {"tools": ["polish"]}, "no tool 'polish'; there are: "),
        ("forget", {"how": "erase", "words": "kayak"}, "words are forgotten at once"),
        ("process-and-commit", {"content": ""}, "not stored"),
    ],
)
async def test_what_cannot_be_done_is_refused_at_once(
    inline_house: House, verb: str, given: dict[str, Any], message: str
) -> None:
    await begun(inline_house)

    with pytest.raises(BadInput, match=message):
        await inline_house.desk.ask(USER, verb, **given)
    assert sum((await inline_house.desk.counts()).values()) == 0


async def test_other_words_under_the_same_name_are_refused_at_once(inline_house: House) -> None:
    await inline_house.done("process-and-commit", content=TALK, session_id="s1")

    with pytest.raises(SessionDiffers):
        await inline_house.desk.ask(USER, "process-and-commit", content="Mel: Hello.", session_id="s1")
    again = await inline_house.done("process-and-commit", content=TALK, session_id="s1")
    assert again.plain()["result"]["state"] == "digested"


async def test_the_queue_holds_no_words(durable_house: House) -> None:
    if durable_house.settings.database_url.get_secret_value():
        pytest.skip("read in its file, which SQLite has")
    await durable_house.desk.ask(USER, "process-and-commit", content=TALK, session_id="s1")

    with sqlite3.connect(durable_house.home / "jobs.sqlite") as database:
        queue = "\n".join(database.iterdump())
    database.close()
    assert "s1" in queue
    assert "kayak" not in queue


async def begun(house: House) -> None:
    await house.memory.onboard(USER)


def test_ids_cannot_be_guessed() -> None:
    from diffmem.server.jobs.job import Job

    ids = {Job.new("digest", USER, {}).id for _ in range(100)}
    assert len(ids) == 100
    assert all(len(bytes.fromhex(identity)) >= 16 for identity in ids)


def test_a_job_survives_json() -> None:
    import json

    from diffmem.server.jobs.job import Job

    job = Job.new("forget", USER, {"how": "erase", "everything": True}, "https://hooks.example/x")
    assert Job.read(json.loads(json.dumps(job.plain()))) == job
