import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from diffmem.storage.mirror_lines import by_line


def joined(base: str, ours: str, theirs: str) -> str:
    return by_line("x.md", base, ours, theirs)


HEAD = "---\ntype: person\naliases: [Mel]\nupdated: 2023-05-01\n---\n# Maya\n"
MONTH = "# Timeline: May 2023\n\n"


def entry(session: str, day: str = "2023-05-08") -> str:
    return f"#### {day} (Session: {session})\n**Event**: of {session}\n/END {day}\n"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ("a\n", "a\n", "a\n", "a\n"),
        ("a\n", "a\nb\n", "a\n", "a\nb\n"),
        ("a\n", "a\n", "a\nb\n", "a\nb\n"),
        ("a\n", "a\n- b\n", "a\n- c\n", "a\n- b\n- c\n"),
        ("a\n", "a\n- b\n", "a\n- b\n", "a\n- b\n"),
        ("a\n", "a\n- b\n- c\n", "a\n- c\n- d\n", "a\n- b\n- c\n- d\n"),
        ("a\nb\nc\n", "b\nc\n", "a\nb\n", "b\n"),
        ("a\nb\n", "a\n", "a\nB\n", "a\nB\n"),
        ("- a\n", "- b\n", "- c\n", "- b\n- c\n"),
        ("a", "a\nb", "a\nc", "a\nb\nc"),
        ("", "# M\n\n- a\n", "# M\n\n- b\n", "# M\n\n- a\n- b\n"),
        ("a\r\n", "a\r\n- b\r\n", "a\r\n- c\r\n", "a\r\n- b\r\n- c\r\n"),
        ("", "", "a\n", "a\n"),
        (f"{MONTH}{entry('a')}", f"{MONTH}{entry('a')}\n{entry('b')}", f"{MONTH}{entry('a')}\n{entry('c')}",
         f"{MONTH}{entry('a')}\n{entry('b')}\n{entry('c')}"),
        ("", f"{MONTH}{entry('b')}", f"{MONTH}{entry('c')}", f"{MONTH}{entry('b')}{entry('c')}"),
    ],
    ids=[
        "nothing", "ours", "theirs", "both", "both the same", "partly the same", "both took out",
        "changed and taken out", "both changed", "no line end", "no past", "crlf", "one empty",
        "entries of one day", "a new month",
    ],
)  # fmt: skip
def test_both_sides_stand(base: str, ours: str, theirs: str, expected: str) -> None:
    assert joined(base, ours, theirs) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (("updated: 2023-05-01", "updated: 2023-05-03"), ("[Mel]", "[Mel, M]"), ("[Mel, M]", "2023-05-03")),
        (
            ("updated: 2023-05-01", "updated: 2023-05-03"),
            ("2023-05-01", "2023-05-02"),
            ("[Mel]", "2023-05-03"),
        ),
        (("[Mel]", "[Mel, A]"), ("[Mel]", '["B, b", Mel]'), ('[Mel, A, "B, b"]', "2023-05-01")),
        (("[Mel]", "[A]"), ("[Mel]", "[Mel, B]"), ("[A, B]", "2023-05-01")),
    ],
    ids=["each its own", "the same key", "lists", "a list that lost one"],
)
def test_a_key_above_the_text_stands_there_once(
    ours: tuple[str, str], theirs: tuple[str, str], expected: tuple[str, str]
) -> None:
    aliases, updated = expected
    told = joined(HEAD, HEAD.replace(*ours), HEAD.replace(*theirs))
    assert told == HEAD.replace("[Mel]", aliases).replace("2023-05-01", updated)


def test_a_line_of_the_index_stands_there_once() -> None:
    base = "- [[a.md|A]] (person) - 3 edits, last 2023-05-01\n"
    ours = "- [[a.md|A]] (person) - 9 edits, last 2023-05-02\n- [[c.md|C]] - 1 edit\n"
    theirs = "- [[a.md|A]] (person) - 12 edits, last 2023-05-02\n- [[b.md|B]] - 1 edit\n"
    told = joined(base, ours, theirs).splitlines()
    assert sorted(told) == [
        "- [[a.md|A]] (person) - 12 edits, last 2023-05-02", "- [[b.md|B]] - 1 edit", "- [[c.md|C]] - 1 edit",
    ]  # fmt: skip


def test_two_lines_that_begin_with_one_link_are_both_kept() -> None:
    base = "# M\n- [[a|A]] is here\n- [[a|A]] was there\n"
    told = joined(base, f"{base}- x\n", f"{base}- y\n")
    assert told == f"{base}- x\n- y\n"


LINES = some.lists(some.sampled_from(["- a\n", "- b\n", "# c\n", "\n", "d\n", "/END d\n"]), max_size=8)


@settings(max_examples=300, deadline=None)
@given(LINES, LINES, LINES)
def test_no_line_of_either_side_is_lost_that_the_other_did_not_take_out(
    base: list[str], ours: list[str], theirs: list[str]
) -> None:
    told = joined("".join(base), "".join(ours), "".join(theirs)).splitlines(keepends=True)
    assert set(ours) - set(base) <= set(told)
    assert set(theirs) - set(base) <= set(told)
    assert set(base) & set(ours) & set(theirs) - {"\n"} <= set(told) or base == []
    assert set(told) <= {*ours, *theirs, *base}


@settings(max_examples=200, deadline=None)
@given(LINES, LINES)
def test_a_side_that_changed_nothing_changes_nothing(base: list[str], ours: list[str]) -> None:
    old, new = "".join(base), "".join(ours)
    if base:
        assert joined(old, new, old) == joined(old, old, new) == new
