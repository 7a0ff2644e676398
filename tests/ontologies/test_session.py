"""A session file gives its words back, and grows at its end only."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diffmem.errors import BadDate
from diffmem.ontologies.frontmatter import FrontMatterError
from diffmem.ontologies.session import SessionFile, digest, new, parse, path_for, path_key
from diffmem.ontologies.transcript import canonical, turns

DATE = "2023-05-08T13:56:00+00:00"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
LINES = st.lists(
    st.sampled_from(["Ada: a\n", "Bob: b\n", "user: c\n", "\n", "words\n", "---\n", "x"]), max_size=8
)


def begun(text: str) -> SessionFile:
    return new("s-1", text, date=DATE, received="2023-05-09T00:00:00Z", source="mcp")


@given(TEXT.filter(bool), TEXT, TEXT | LINES.map("".join))
@settings(max_examples=150)
def test_a_session_file_reads_back_as_it_was(session_id: str, source: str, text: str) -> None:
    session = new(session_id, text, date=DATE, received=DATE, source=source)
    assert parse(session.render()) == session
    assert parse(session.render()).first_line == session.first_line
    assert session.sha256 == digest(text)


def test_the_facts_stand_on_top() -> None:
    assert begun("Ada: a\nBob: b\n").render() == (
        f"---\nsession_id: s-1\ndate: '{DATE}'\nsource: mcp\nreceived: '2023-05-09T00:00:00Z'\n"
        f"sha256: {digest('Ada: a' + chr(10) + 'Bob: b' + chr(10))}\nparts: [2]\n---\nAda: a\nBob: b\n"
    )


def test_turns_tell_their_lines_in_the_file() -> None:
    text = begun("Ada: a\n  b\nBob: c").render().replace("source: mcp\n", "source: mcp\nmood: good\n")
    lines = text.split("\n")
    for turn in parse(text).turns():
        assert lines[turn.first_line - 1].startswith(turn.speaker)
        assert lines[turn.last_line - 1].endswith(turn.text[-1])


@given(LINES, LINES)
@settings(max_examples=200)
def test_a_longer_text_keeps_the_numbers_of_its_turns(old: list[str], more: list[str]) -> None:
    before, longer = "".join(old), "".join([*old, *more])
    after = begun(before).grown(longer, "later")
    assume(after is not None)
    assert after
    kept = after.parts[0]
    assert [turn.text for turn in turns(longer)[:kept]] == [turn.text for turn in turns(before)[:kept]]
    assert after.parts[-1] == len(turns(after.text))


@pytest.mark.parametrize(
    ("old", "longer", "parts"),
    [
        ("Ada: a\nBob: b\n", "Ada: a\nBob: b\nAda: c\n", (2, 3)),
        ("Ada: a\nBob: b", "Ada: a\nBob: b and more", (1, 2)),
        ("Ada: a\nBob: b\n", "Ada: a\nBob: b\nmore\nAda: c\n", (1, 3)),
        ("Ada: a\n", "Ada: a\nBob: b\n", (0, 2)),
        ("One.\n\nTwo.", "One.\n\nTwo.\n\nThree.", (2, 3)),
        ("Ada: a\nBob: b\n", "Ada: a\nBob: b", (2,)),
        ("Ada: a\nBob: b\n", "Ada: a\nBob: c\n", None),
        ("Ada: a\nBob: b\n", "Ada: a\n", None),
        ("Ada: a\nBob: b\n", "Ada: a\nAnn: b\nAda: c", None),
        ("Ada: a\n\nb\n", "Ada: a\n\nb\nBob: c\n", None),
    ],
    ids="more ran-on ran-on-and-more alone paragraphs same other shorter speaker renumbered".split(),
)
def test_growth(old: str, longer: str, parts: tuple[int, ...] | None) -> None:
    after = begun(old).grown(longer, "later")
    assert (after.parts if after else None) == parts


def test_a_json_array_grows_from_its_first_turn_on() -> None:
    said = [
        {"speaker": "Ada", "text": "a\n\nb"},
        {"speaker": "Bob", "text": "c"},
        {"speaker": "Ada", "text": "d"},
    ]
    session: SessionFile | None = begun(canonical(json.dumps(said[:1])))
    for count in (2, 3):
        assert session
        session = session.grown(canonical(json.dumps(said[:count])), "later")
    assert session
    assert session.parts == (1, 2, 3)
    assert session.date == DATE
    assert session.received == "later"


@pytest.mark.parametrize(
    "text",
    ["", "words", "---\nsession_id: x\n---\n", "---\na: [\n---\n", begun("a").render().replace("[1]", "[x]")],
    ids=["empty", "words", "few", "broken", "parts"],
)
def test_what_is_no_session_file_is_refused(text: str) -> None:
    with pytest.raises(FrontMatterError):
        parse(text)


def test_paths_are_built_and_read() -> None:
    path = path_for("My Session: " + "x" * 80, "k3f7qa2m", DATE)
    assert path == f"sessions/2023/05/2023-05-08_k3f7qa2m_my_session_{'x' * 29}.md"
    assert path_key(path) == "k3f7qa2m"
    assert path_for("s", "k3f7qa2m", "0001-01-01") == "sessions/0001/01/0001-01-01_k3f7qa2m_s.md"


@pytest.mark.parametrize("path", ["sessions/2023-05-08_s-1.txt", "index.md", "x/sessions/2023/05/a.md"])
def test_other_paths_have_no_key(path: str) -> None:
    assert path_key(path) is None


@pytest.mark.parametrize("date", ["", "2023", "2023-W19-1", "20230508T1", "2023-02-30"])
def test_a_path_needs_a_day(date: str) -> None:
    with pytest.raises(BadDate):
        path_for("s", "k3f7qa2m", date)
