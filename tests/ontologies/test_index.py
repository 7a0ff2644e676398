"""Index lines read back, and links in them lead where they say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffmem.ontologies.index import IndexLine, parse, parse_line, shard_path, strength, top, with_lines
from diffmem.ontologies.wikilink import Link, link, links

NASTY = st.lists(
    st.sampled_from([" - ", "-", "aka ", ", ", "; ", "(", ")", "[[a|b]]", "3 edits", "last 2023-01-01"])
    | st.sampled_from(["\n", "%5D", "x"])
    | st.text(max_size=3),
    max_size=5,
).map("".join)  # fmt: skip
ITEMS = st.lists(NASTY, max_size=3).map(tuple)
LAST = st.sampled_from(["", "2026-03-02", "2026-03-02T10:00:00Z", "soon"])
INDEX_LINES = st.builds(
    IndexLine, NASTY.filter(bool), NASTY, NASTY, NASTY, ITEMS, ITEMS, st.integers(0, 9999), LAST
)


def line(path: str, edits: int = 1, last: str = "2026-03-02") -> IndexLine:
    return IndexLine(path, path.title(), "person", edits=edits, last=last)


@given(INDEX_LINES)
@settings(max_examples=300)
def test_a_line_reads_back(index_line: IndexLine) -> None:
    written = index_line.render()
    assert parse_line(written) == index_line
    assert [found.path for found in links(written)] == [index_line.path]
    assert "\n" not in written


def test_a_line_as_it_is_written() -> None:
    full = IndexLine(
        "p/mel.md",
        "Mel",
        "person",
        "friend",
        ("Melanie", "Mrs, M"),
        ("pottery",),
        12,
        "2026-03-02",
    )
    assert full.render() == (
        "- [[p/mel.md|Mel]] (person) friend - aka Melanie, Mrs M; pottery - 12 edits, last 2026-03-02"
    )
    assert IndexLine("a.md", "A").render() == "- [[a.md|A]] - 0 edits"


@pytest.mark.parametrize("raw", ["", "# Index", "- words", "- [[]] x", "* [[a|b]]", "- see [[a|b]]"])
def test_other_lines_are_passed_over(raw: str) -> None:
    assert parse_line(raw) is None


def test_only_what_changed_is_rewritten() -> None:
    text = "# People: m\n\n- [[b|B]]  (person)   old style\n- [[d|D]] - 1 edit\nmine"
    after = with_lines(text, [line("c"), IndexLine("d", "D", edits=2)])
    assert after == (
        "# People: m\n\n- [[b|B]]  (person)   old style\n"
        "- [[c|C]] (person) - 1 edit, last 2026-03-02\n- [[d|D]] - 2 edits\nmine"
    )
    assert with_lines(after, [], ["c"]) == text.replace("1 edit\n", "2 edits\n")
    assert with_lines(text, parse(text)) == text
    assert with_lines("mine", [line("a")]) == "mine\n- [[a|A]] (person) - 1 edit, last 2026-03-02\n"


@given(st.lists(INDEX_LINES, max_size=5), st.lists(INDEX_LINES, max_size=3))
@settings(max_examples=80)
def test_lines_are_set_by_path(old: list[IndexLine], new: list[IndexLine]) -> None:
    text = with_lines(with_lines("", old), new)
    expected = {each.path: each for each in [*old, *new]}
    assert {each.path: each for each in parse(text)} == expected
    assert [each.path for each in parse(text)] == sorted(expected)
    assert parse(with_lines(text, [], expected)) == ()


@pytest.mark.parametrize(
    ("folder", "name", "path"),
    [
        ("memories/people", "Mel", "index/people-m.md"),
        ("memories/people", "Élodie", "index/people-e.md"),
        ("memories/people", "3PO", "index/people-0.md"),
        ("memories/work/teams/", "(x)", "index/work-teams-0.md"),
    ],
)
def test_shards(folder: str, name: str, path: str) -> None:
    assert shard_path(folder, name) == path


def test_strength_grows_with_edits_and_fades_with_time() -> None:
    now = "2026-03-02"
    assert (
        strength(5, now, now)
        > strength(4, now, now)
        > strength(4, "2026-01-01", now)
        > strength(4, "", now)
        > 0
    )
    assert strength(0, now, now) == 0
    assert strength(3, "2027-01-01", now) == strength(3, now, now)


def test_the_index_page_holds_the_strongest() -> None:
    everybody = [line(f"p{number:03}", number) for number in range(600)]
    page = top(everybody, {"person": 600, "event": 0, "context": 2}, "2026-03-02")
    assert page.startswith("# Index\n\n2 context, 600 person\n\n- [[p599|P599]] (person)")
    assert [each.path for each in parse(page)] == [each.path for each in everybody[:99:-1]]
    assert top([], {}, "2026-03-02") == "# Index\n\nnothing yet\n"


@given(NASTY.filter(bool), NASTY)
@settings(max_examples=150)
def test_a_link_leads_where_it_says(path: str, name: str) -> None:
    found = list(links(f"[[ x {link(path, name)} ]]"))
    assert [each.path for each in found] == [path]
    assert link(*found[0]) == link(path, name)
    assert str(Link("a", "b|[c]")) == "[[a|b/(c)]]"
