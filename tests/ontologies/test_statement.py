"""A statement is one line, and its mark is always its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffmem.errors import BadDate, BadInput
from diffmem.ontologies.statement import (
    Mark,
    Statement,
    ended,
    is_when,
    mark_at_end,
    one_line,
    parse_line,
    sort_key,
)

MARK = Mark("k3f7qa2m", 4)
FORGERIES = ["^abcdefgh-1", "\\", " | ", "- ", "# ", "/END ", "[ALWAYS_LOAD]", "[[a|b]]", " ", "2023-05-07"]
TEXTS = st.lists(st.sampled_from([*FORGERIES, "x", "\n", "\u2028"]) | st.text(max_size=4), max_size=8)
WHENS = st.sampled_from(["2023-05-07", "2023-05", "2023", "2023-05-01/2023-05-07", "0001/9999", "-"])
MARKS = st.none() | st.builds(
    Mark, st.just("k3f7qa2m"), st.integers(0, 9_999_999), st.sampled_from(["", "b", "aa"])
)


@given(WHENS, TEXTS.map("".join).filter(one_line), MARKS, st.booleans())
@settings(max_examples=300)
def test_a_statement_reads_back_from_its_line(when: str, text: str, mark: Mark | None, former: bool) -> None:
    statement = Statement(when, text, mark, former)
    line = statement.line()
    assert parse_line(line) == statement
    assert parse_line(line + "\r\n") == statement
    assert mark_at_end(line) == mark
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "statement"),
    [
        (
            "- 2023-05-07 | Went to a support group ^k3f7qa2m-4",
            Statement("2023-05-07", "Went to a support group", MARK),
        ),
        (
            "  - 2021/2023-02 | Baked ^k3f7qa2m-4b",
            Statement("2021/2023-02", "Baked", Mark("k3f7qa2m", 4, "b"), True),
        ),
        ("* - | Likes tea", Statement("-", "Likes tea")),
        ("- Likes tea ^k3f7qa2m-4  ", Statement("-", "Likes tea", MARK)),
        ("- 2023-02-30 | Left ^k3f7qa2m-4", Statement("-", "2023-02-30 | Left", MARK)),
        ("- 2023 | a \\^abcdefgh-1", Statement("2023", "a ^abcdefgh-1")),
        ("- buy milk", None),
        ("- 2023-02-30 | Left", None),
        ("- 2023 | ", None),
        ("- [ ] 2023 | x", None),
        ("2023 | x ^k3f7qa2m-4", None),
        ("### 2023", None),
        ("", None),
    ],
    ids=[
        "plain", "former", "no-date", "date-lost", "bad-date", "forged", "own", "own-bad-date", "no-words",
        "task", "no-list", "heading", "empty",
    ],
)  # fmt: skip
def test_lines_as_people_and_we_write_them(line: str, statement: Statement | None) -> None:
    assert parse_line(line) == statement


def test_a_forged_mark_is_written_as_none() -> None:
    line = Statement("2023", "He wrote ^abcdefgh-1").line()
    assert line == "- 2023 | He wrote \\^abcdefgh-1"
    assert mark_at_end(line) is None


@pytest.mark.parametrize(
    "raw",
    ["2023-05-07", "2023-05", "2023", "0001", "9999-12-31", "2024-02-29", "2023/2024-01-01", "-"],
)
def test_event_dates(raw: str) -> None:
    assert is_when(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "0000",
        "23",
        "2023-13",
        "2023-02-29",
        "2023-5-7",
        "2023/",
        "/2023",
        "2023/-",
        "2023-05-07T10:00",
        "２０２３",
    ],
)
def test_other_dates_are_refused(raw: str) -> None:
    assert not is_when(raw)
    with pytest.raises(BadDate):
        Statement(raw, "x")


@pytest.mark.parametrize("raw", ["K3f7qa2m-4", "k3f7-4", "k3f7qa2m-04", "k3f7qa2m", "k3f7qa2m-4B", ""])
def test_what_is_no_mark_is_refused(raw: str) -> None:
    assert Mark.parse(raw) is None


def test_marks_of_one_turn_go_on_after_z() -> None:
    marks = [MARK]
    for _ in range(52):
        marks.append(marks[-1].next())
    assert [str(mark)[10:] for mark in (marks[0], marks[1], marks[25], marks[26], marks[52])] == [
        "", "b", "z", "aa", "ba",
    ]  # fmt: skip
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize("key", ["", "abc", "k3f7qa2m "])
def test_a_mark_needs_a_session_key(key: str) -> None:
    with pytest.raises(BadInput):
        Mark(key, 1)


def test_a_statement_needs_words() -> None:
    with pytest.raises(BadInput):
        Statement("2023", " \n\x00 ")


@pytest.mark.parametrize(
    ("when", "until", "span"),
    [
        ("2021-03-01", "2023-02-10", "2021-03-01/2023-02-10"),
        ("2021/2022", "2023-02-10/2023-02-12", "2021/2023-02-10"),
        ("2021", "-", "2021"),
        ("-", "2023", "-"),
        ("2023", "2021", "2023"),
        ("2023-05-08", "2023-05-08", "2023-05-08"),
    ],
)
def test_what_held_until_then(when: str, until: str, span: str) -> None:
    assert ended(when, until) == span


def test_dates_sort_by_their_beginning() -> None:
    whens = ["2023", "2023-01-01", "2023-01-02/2024", "2023-02", "2024"]
    assert sorted(set(whens), key=lambda when: sort_key(when) or ()) == whens
    assert sort_key("-") is None
