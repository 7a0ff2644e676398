import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from diffmem import Memory
from diffmem.errors import BadDate, UnknownCommit


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.open(tmp_path, zone=UTC)


async def profile(memory: Memory) -> str:
    return (await memory.read("alex", "alex.md")).text


@pytest.mark.parametrize(
    ("session_date", "said", "filed"),
    [
        ("2023-05-08", "I saw the dentist last Tuesday.", "- 2023-05-02 | I saw the dentist last Tuesday."),
        ("2023-05-08", "I saw him yesterday.", "- 2023-05-07 | I saw him yesterday."),
        (
            "1661-01-10",
            "I dined with Pierce last week.",
            "- 1661-01-03/1661-01-09 | I dined with Pierce",
        ),
        ("2023-05-08T23:30:00-08:00", "I went there today.", "- 2023-05-08 | I went there today."),
        ("2024-03-01", "We moved here in 2019.", "- 2019 | We moved here in 2019."),
        ("2024-03-01", "We were in Rome in May 2021.", "- 2021-05 | We were in Rome in May 2021."),
        ("2023-05-08", "I like tea.", "- 2023-05-08 | I like tea."),
    ],
    ids=["last Tuesday", "yesterday", "1661", "its own zone", "a year", "a month", "no date said"],
)
async def test_what_was_said_is_dated_from_the_day_it_was_said(
    memory: Memory, session_date: str, said: str, filed: str
) -> None:
    await memory.remember("alex", f"user: {said}", "s-1", session_date)
    assert filed in await profile(memory)


async def test_sessions_that_come_out_of_order_are_filed_in_order(memory: Memory) -> None:
    for date in ("2023-05-08", "1969-07-20", "2021-01-01"):
        await memory.remember("alex", f"user: It was {date} then.", f"on-{date}", date)
    lines = [line for line in (await profile(memory)).split("\n") if line.startswith("- ")]
    assert lines == sorted(lines)
    learned = [entry.session_id for entry in (await memory.history("alex", stage="intake")).entries]
    assert learned == ["on-2021-01-01", "on-1969-07-20", "on-2023-05-08"]


async def test_what_happened_in_a_time_is_told_apart_from_when_it_was_learned(memory: Memory) -> None:
    await memory.remember("alex", "user: Maya painted the moon landing.", "old", "1969-07-20")
    await memory.remember("alex", "user: Maya painted a boat.", "new", "2023-05-08")
    old = str(await memory.recall("alex", "What did Maya paint?", happened_before="1970-01-01"))
    new = str(await memory.recall("alex", "What did Maya paint?", happened_after="1970-01-01"))
    assert ("moon" in old, "boat" in old) == (True, False)
    assert ("moon" in new, "boat" in new) == (False, True)
    page = await memory.history("alex", happened_before="1970-01-01", stage="digest")
    assert [entry.session_id for entry in page.entries] == ["old"]


async def test_a_date_means_the_end_of_that_day_where_the_memory_is(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, zone=ZoneInfo("Pacific/Kiritimati"))
    await memory.remember("alex", "user: I like tea.", "s-1", "2023-05-08")
    listing = await memory.list("alex")
    learned = (await memory.history("alex", limit=1)).entries[0].learned
    assert (await memory.list("alex", as_of=learned)).commit == listing.commit
    assert (await memory.list("alex", as_of="2999-12-31")).commit == listing.commit
    begun = (await memory.history("alex")).entries[-1].learned
    told = datetime.fromisoformat(begun).astimezone(ZoneInfo("Pacific/Kiritimati")).isoformat()
    with pytest.raises(UnknownCommit, match=f"nothing was known yet.*begins at {re.escape(told)}"):
        await memory.list("alex", as_of="2023-05-08")


@pytest.mark.parametrize("as_of", ["yesterday", "2023-5-8", "2023-02-30", "08.05.2023", "HEAD~1", "main"])
async def test_a_moment_that_is_none_says_what_would_be(memory: Memory, as_of: str) -> None:
    await memory.remember("alex", "user: I like tea.", "s-1", "2023-05-08")
    with pytest.raises(BadDate, match="2023-05-08"):
        await memory.list("alex", as_of=as_of)


async def test_the_past_of_an_entity_goes_on_under_its_new_path(memory: Memory) -> None:
    await memory.remember("alex", "user: My sister Maya moved to Berlin.", "s-1", "2023-05-08")
    folder = await memory.view("alex")
    (folder / "memories/people/maya.md").rename(folder / "memories/people/maya_lind.md")
    await memory.view("alex")
    await memory.remember("alex", "user: Maya sold her car.", "s-2", "2023-06-08")
    page = await memory.history("alex", entity="Maya")
    assert [entry.session_id for entry in page.entries] == ["s-2", "", "s-1"]
    assert "memories/people/maya.md" not in {file.path for file in (await memory.list("alex")).files}
    told = await memory.why("alex", "My sister Maya moved to Berlin.")
    assert told.session_id == "s-1"
