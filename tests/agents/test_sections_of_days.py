"""Which day of a month a changed line belongs to."""

from pathlib import Path

import pytest

from diffmem import Memory
from diffmem.agents.retrospect import section_of_line
from diffmem.ontologies.timeline import Entry, with_entry

FIRST, SECOND = Entry("2023-05-08", "s-1", "Tea."), Entry("2023-05-09", "s-2", "Coffee.")


@pytest.mark.parametrize(
    "entries", [(FIRST, SECOND), (SECOND, FIRST)], ids=["in order", "the later one first"]
)
def test_each_line_of_a_month_stands_under_its_own_day(entries: tuple[Entry, Entry]) -> None:
    text = with_entry(with_entry("", entries[0]), entries[1])
    section = section_of_line(text)
    found = {line: section(number) for number, line in enumerate(text.splitlines(), 1)}
    assert found["**Event**: Tea."] == "2023-05-08 (Session: s-1)"
    assert found["**Event**: Coffee."] == found["/END 2023-05-09"] == "2023-05-09 (Session: s-2)"


@pytest.mark.parametrize("second", ["2023-05-09", "2023-05-08", "2023-05-07"])
async def test_the_history_of_a_month_shows_a_new_day_under_its_own_heading(
    tmp_path: Path, second: str
) -> None:
    memory = Memory.open(tmp_path, durability="relaxed")
    await memory.remember("alex", "user: I like tea.", "s-1", "2023-05-08")
    await memory.remember("alex", "user: I like coffee.", "s-2", second)
    newest = (await memory.history("alex", path="timeline/2023-05.md")).entries[0]
    assert [(change.section, "coffee" in "".join(change.added)) for change in newest.changes] == [
        (f"{second} (Session: s-2)", True)
    ]


async def test_the_history_of_a_folder_shows_what_changed_in_it(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, durability="relaxed")
    await memory.remember("alex", "user: I like tea.", "s-1", "2023-05-08")
    for folder in ("timeline", "timeline/"):
        newest = (await memory.history("alex", path=folder)).entries[0]
        assert {change.path for change in newest.changes} == {"timeline/2023-05.md"}
