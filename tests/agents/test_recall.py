import json
from datetime import date

import pytest
from support import put

from diffmem.agents.recall import Recaller, asked_in
from diffmem.errors import BadInput
from diffmem.ontologies import session
from diffmem.storage.branch import Branch
from diffmem.storage.names import SessionId, session_key

TODAY = date(2024, 1, 1)
DAY = "2023-05-08"

TALK = "user: I met Maya in Berlin last year.\nassistant: How nice! What did you do?\nuser: {last}"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Where does Maya live?", "Where does Maya live?"),
        ("Two lines\nof one question", "Two lines\nof one question"),
        (TALK.format(last="Do you remember where she works now?"), "Do you remember where she works now?"),
        (
            TALK.format(last="And when?"),
            "I met Maya in Berlin last year.\nHow nice! What did you do?\nAnd when?",
        ),
        (
            json.dumps(
                [{"role": "user", "content": "Hello there."}, {"role": "assistant", "content": "Hi!"}]
            ),
            "Hello there.",
        ),
        ('[{"role": "user", "content": "Where is Maya?"}]', "Where is Maya?"),
        ("[not json", "[not json"),
        ('[{"content": "nobody"}]', '[{"content": "nobody"}]'),
    ],
    ids=[
        "a question",
        "two lines",
        "a conversation",
        "a few words",
        "an array",
        "one message",
        "a bracket",
        "no speaker",
    ],
)
def test_of_a_conversation_the_last_words_of_a_person_are_the_question(text: str, question: str) -> None:
    assert asked_in(text) == question


def remembered(branch: Branch, words: str, name: str = "talk") -> None:
    file = session.new(name, words, date=f"{DAY}T12:00:00+00:00", received=f"{DAY}T12:00:00Z")
    put(branch, {session.path_for(name, session_key(SessionId(name)), DAY): file.render()})


@pytest.fixture
def talk(branch: Branch) -> Branch:
    remembered(branch, "Ann: I moved to Lisbon in May.\nBob: I bought a red kite.\n")
    return branch


@pytest.mark.parametrize(
    "question",
    [
        "the of and",
        "\U0001f600\U0001f600",
        ".*[a-z]+(?P<",
        "\\",
        "\x00",
        "[{",
        "]" * 3000,
        "kite " * 20_000,
        "a" * 100_000,
        "Who\n" * 9000,
    ],
    ids=[
        "stop words",
        "emoji",
        "regex",
        "backslash",
        "nul",
        "bracket",
        "brackets",
        "long",
        "one word",
        "lines",
    ],
)
def test_an_odd_question_gets_an_answer_within_its_cap(talk: Branch, question: str) -> None:
    found = Recaller().recall(talk.snapshot(), question, 500, TODAY)
    assert found.tokens <= 500
    assert found or found.note == "nothing found"
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize("question", ["", " \n\t", "a" * 100_001], ids=["empty", "blank", "too long"])
def test_what_is_no_question_is_refused(talk: Branch, question: str) -> None:
    with pytest.raises(BadInput):
        Recaller().recall(talk.snapshot(), question, 500, TODAY)


@pytest.mark.parametrize("budget", [-1, 0, 1, 49])
def test_a_budget_no_answer_fits_in_is_refused_with_the_least(talk: Branch, budget: int) -> None:
    with pytest.raises(BadInput, match="the least is 50"):
        Recaller().recall(talk.snapshot(), "Who bought a kite?", budget, TODAY)


def test_a_budget_without_end_brings_what_there_is(talk: Branch) -> None:
    found = Recaller().recall(talk.snapshot(), "Who bought a kite?", 10_000_000, TODAY)
    assert "red kite" in found.blocks[0].text or "red kite" in found.blocks[-1].text
    assert len(found.blocks) <= 2


def test_an_empty_memory_has_nothing_to_tell(branch: Branch) -> None:
    put(branch, {"index.md": "# Index\n"})
    found = Recaller().recall(branch.snapshot(), "Who bought a kite?", 500, TODAY)
    assert not found
    assert (found.note, found.confidence) == ("nothing found", 0.0)


@pytest.mark.parametrize(
    "lines",
    [
        [f"Ann: the weather of day {number} was fine" for number in range(120_000)],
        ["Ann: " + "the weather was fine. " * 220_000],
    ],
    ids=["many turns", "one turn"],
)
def test_one_session_of_five_megabytes_is_searched_like_any_other(branch: Branch, lines: list[str]) -> None:
    remembered(branch, "\n".join([*lines, "Bob: the spare key hangs behind the green door", ""]))
    found = Recaller().recall(branch.snapshot(), "Where is the spare key?", 500, TODAY)
    assert "behind the green door" in "".join(block.text for block in found.blocks)
    assert found.tokens <= 500
