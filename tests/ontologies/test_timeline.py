"""A month keeps its order, and nobody's words can end an entry."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffmem.errors import BadDate
from diffmem.ontologies.timeline import Entry, parse, path_for, with_entry, without_session
from diffmem.ontologies.wikilink import Link

NASTY = st.lists(
    st.sampled_from(["\n", "/END 2023-05-08", "#### 2023-05-08 (Session: x)", "**Links**: "])
    | st.sampled_from(["[[", "]]", "|", ",", "%5B"])
    | st.text(max_size=4),
    max_size=5,
).map("".join)  # fmt: skip
DATES = st.sampled_from(["2023-05-01", "2023-05-08", "2023-05-09"])
LINKS = st.lists(st.builds(Link, NASTY.filter(bool), NASTY), max_size=2).map(tuple)
ENTRIES = st.builds(
    Entry,
    DATES,
    st.sampled_from(["a", "b)", "c (d)"]),
    NASTY,
    st.lists(NASTY).map(tuple),
    LINKS,
    NASTY,
    LINKS,
)

FIRST = Entry(
    "2023-05-08",
    "s-1",
    "Caroline went to a support group.",
    ("support", "identity"),
    (Link("memories/people/mel", "Mel"),),
    "A talk between friends.",
    (Link("sessions/2023/05/2023-05-08_k3f7qa2m_s_1.md", "k3f7qa2m"),),
)
FIRST_TEXT = """#### 2023-05-08 (Session: s-1)
**Event**: Caroline went to a support group.
**Topics**: support, identity
**Entities Updated**: [[memories/people/mel|Mel]]
**Context**: A talk between friends.
**Links**: [[sessions/2023/05/2023-05-08_k3f7qa2m_s_1.md|k3f7qa2m]]
/END 2023-05-08
"""


def test_an_entry_as_it_is_written() -> None:
    assert FIRST.render() == FIRST_TEXT
    assert with_entry("", FIRST) == f"# Timeline: May 2023\n\n{FIRST_TEXT}"
    entry = parse(with_entry("", FIRST))[0]
    assert entry == FIRST
    assert (entry.first_line, entry.last_line) == (3, 9)


@given(st.lists(ENTRIES, min_size=1, max_size=5))
@settings(max_examples=150)
def test_a_month_holds_the_last_entry_of_each_session_by_date(entries: list[Entry]) -> None:
    text = "Mine.\n"
    for entry in entries:
        text = with_entry(text, entry)
        assert with_entry(text, entry) == text
    last = {entry.session_id: entry for entry in entries}
    found = parse(text)
    assert [entry.date for entry in found] == sorted(entry.date for entry in found)
    assert {entry.session_id: entry for entry in found} == last
    assert len(found) == len(last)
    for session in last:
        text = without_session(text, session)
    assert text == "Mine.\n"


def test_what_people_wrote_stays() -> None:
    text = (
        "# My May\r\n\r\nHello\r\n\r\n#### 2023-05-09 (Session: old)\r\n**Event**: x\r\nmore\r\n\r\n## After"
    )
    after = with_entry(text, FIRST)
    assert after.replace(FIRST_TEXT.replace("\n", "\r\n") + "\r\n", "") == text
    assert [entry.event for entry in parse(after)] == [FIRST.event, "x more"]
    assert without_session(after, "s-1") == text
    assert without_session(text, "none") == text


@pytest.mark.parametrize("date", ["2023-5-8", "20230508", "2023-05", "2023-W19-1", ""])
def test_an_entry_needs_a_day(date: str) -> None:
    with pytest.raises(BadDate):
        Entry(date, "s", "x")
    with pytest.raises(BadDate):
        path_for(date)


def test_a_month_has_a_path() -> None:
    assert path_for("2023-05-08T13:56:00Z") == "timeline/2023-05.md"
