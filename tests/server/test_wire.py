import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.memory import Block, Context
from diffmem.server import wire

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SESSION = "sessions/2023/05/2023-05-08_k3f9qa2m_first-talk.md"


def block(
    path: str = SESSION,
    line: int = 1,
    text: str = "[1] Ann: hi",
    score: float = 1.0,
    date: str = "2023-05-08",
) -> Block:
    return Block(path, f"{line}-{line}", date, "first-talk", (1,), text, "said so", 3, score)


def context(*blocks: Block, profile: str = "", note: str = "") -> Context:
    return Context(COMMIT, 0.756, blocks, note, profile)


def sent(answer: wire.Recalled) -> dict[str, object]:
    return answer.model_dump(mode="json", exclude_unset=True)


def test_an_answer_has_the_agreed_keys_and_no_more() -> None:
    assert sent(wire.recalled(context(block()), 500)) == {
        "commit": COMMIT,
        "confidence": 0.76,
        "blocks": [{"source": "sessions/2023-05-08 k3f9qa2m", "date": "2023-05-08", "text": "[1] Ann: hi"}],
        "note": "",
    }


def test_lines_of_one_source_stand_together_in_the_order_of_their_file() -> None:
    other = "memories/people/ann.md"
    given = (block(line=30, text="[9] last"), block(other, text="a fact"), block(line=4, text="[2] first"))

    blocks = wire.recalled(context(*given), 500).blocks

    assert [one.source for one in blocks] == ["sessions/2023-05-08 k3f9qa2m", other]
    assert blocks[0].text == "[2] first\n[9] last"


def test_lines_of_many_dates_leave_the_date_to_each_line() -> None:
    path = "memories/people/ann.md"
    given = (block(path, 1, "2023-05-08 | a"), block(path, 2, "2024-01-01 | b", date="2024-01-01"))

    assert wire.recalled(context(*given), 500).blocks[0].date == ""


def test_explain_adds_why_and_where() -> None:
    found = wire.recalled(context(block(score=2.5)), 500, explain=True).blocks[0]

    assert (found.path, found.score, found.reasons) == (SESSION, 2.5, ["said so"])


def test_what_is_worth_least_goes_first_when_the_answer_is_too_long() -> None:
    given = (block("a.md", text="x" * 200, score=1.0), block("b.md", text="y" * 200, score=9.0))

    assert [one.source for one in wire.recalled(context(*given), 120).blocks] == ["b.md"]


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), max_size=8),
    profile=st.text(st.characters(exclude_categories=["Cs"]), max_size=2000),
    cap=st.integers(60, 600),
    explain=st.booleans(),
    with_profile=st.booleans(),
)
def test_no_answer_costs_more_than_its_cap(
    texts: list[str], profile: str, cap: int, explain: bool, with_profile: bool
) -> None:
    blocks = [block(f"memories/{at % 3}.md", at, text, float(at)) for at, text in enumerate(texts)]

    answer = wire.recalled(context(*blocks, profile=profile), cap, explain=explain, profile=with_profile)

    assert len(json.dumps(sent(answer), ensure_ascii=False)) / 4 <= cap


def test_a_profile_takes_half_of_the_room_at_most() -> None:
    answer = wire.recalled(context(block(), profile="a line of it\n" * 500), 400, profile=True)

    assert 100 < len(answer.profile) / 4 <= 200
    assert answer.blocks


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (SESSION, "sessions/2023-05-08 k3f9qa2m"),
        ("sessions/note of mine.md", "sessions/note of mine.md"),
        ("memories/people/ann.md", "memories/people/ann.md"),
    ],
)
def test_a_session_is_cited_by_date_and_key_and_all_else_by_path(path: str, source: str) -> None:
    assert wire.source_of(path) == source
    assert wire.cited(source, ["index.md", path]) == path


def test_a_citation_of_nothing_stays_as_it_is() -> None:
    assert wire.cited("sessions/2023-05-08 aaaaaaaa", [SESSION]) == "sessions/2023-05-08 aaaaaaaa"


def test_wrapping_stays_under_fifteen_percent_of_an_answer_of_a_thousand_tokens() -> None:
    said = "Ann: we walked along the river until it got dark, and then she told me about the house in Porto."
    blocks = [
        block(
            f"sessions/2023/05/2023-05-0{day}_k3f9qa2{day}_talk.md",
            turn,
            f"[{turn}] {said}",
            date=f"2023-05-0{day}",
        )
        for day in range(2, 7)
        for turn in range(1, 8)
    ]

    answer = wire.recalled(context(*blocks), 1000)

    whole = len(json.dumps(sent(answer), ensure_ascii=False))
    assert whole > 3000
    assert 1 - sum(len(one.text) for one in answer.blocks) / whole < 0.15
