"""Sentences of a turn, and the ones that say nothing to remember."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.agents.rules.sentences import LONGEST, is_question, is_small_talk, sentences

LONG_CLAUSE = "we walked along the river for an hour and talked about the new house"

CUT: list[tuple[str, str, list[str]]] = [
    (
        "abbreviations and numbers",
        "Hi Dr. Smith! I paid $3.50. Then we left.",
        ["Hi Dr. Smith!", "I paid $3.50.", "Then we left."],
    ),
    ("urls", "See https://x.com/a.b?c=d. Then call.", ["See https://x.com/a.b?c=d.", "Then call."]),
    ("lists", "- milk. And eggs!\n2. bread\n* [x] done", ["milk.", "And eggs!", "bread", "done"]),
    ("headings and quotes", "## Plan\n> we go", ["Plan", "we go"]),
    ("code", "Look:\n```py\nx = 1. y\n\nz\n```\nGood.", ["Look:", "```py\nx = 1. y\n\nz\n```", "Good."]),
    ("a fence never closed is prose", "```\nOne. Two more.", ["```", "One.", "Two more."]),
    ("wide enders", "今天很好。明天去北京！好吗？", ["今天很好。", "明天去北京！", "好吗？"]),
    ("lower case after a shout", "so cool! we went", ["so cool!", "we went"]),
    ("speech", '"Is it?" she said. Yes.', ['"Is it?" she said.', "Yes."]),
    ("no ender", "just a line", ["just a line"]),
    ("line ends", "One\r\nTwo\n\n  Three  ", ["One", "Two", "Three"]),
    ("nothing", " \n\t\n", []),
]

SMALL_TALK = [
    "Hi!",
    "Hey Caroline!",
    "Thanks, Mel!",
    "Wow, that's cool!",
    "lol",
    "How are you?",
    "How's it going?",
    "That sounds great, Jon!",
    "Good morning!",
    "Congrats!",
    "Bye, take care!",
    "Yeah, totally!",
    "What about you?",
    "Long time no see!",
    "👍",
    "It's awesome!",
    "I'm so happy for you!",
    "Can't wait to see you!",
    "",
]

CONTENT = [
    "I adopted a dog.",
    "Thanks, the surgery went well.",
    "Hey Mel, I moved to Boston!",
    "Yes, on 3 May.",
    "How is your sister's leg?",
    "It cost 20.",
    "Wow, Paris!!! I was in Rome.",
    "My dog died.",
    "I love hiking.",
    "Marie is pregnant.",
]

QUESTIONS = [
    "Where do you live?",
    "where do you live",
    "Anything fun?",
    "So, have you seen it",
    'She asked: "why?"',
    "你好吗？",
    "How about Friday",
    "Did you paint it? [shares image: a photo of a lake]",
    "What kind of art do you make",
]

STATEMENTS = [
    "I live here.",
    "What a day!",
    "When I was young I sang.",
    "Will is my brother.",
    "How nice!",
    "What I like is tea.",
    "May is a month.",
    "Whatever you do is fine.",
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in CUT], ids=[row[0] for row in CUT])
def test_a_turn_is_cut_into_its_sentences(text: str, expected: list[str]) -> None:
    assert [sentence for _, _, sentence in sentences(text)] == expected


@pytest.mark.parametrize("sentence", SMALL_TALK)
def test_small_talk_is_known(sentence: str) -> None:
    assert is_small_talk(sentence)


@pytest.mark.parametrize("sentence", CONTENT)
def test_what_tells_something_is_no_small_talk(sentence: str) -> None:
    assert not is_small_talk(sentence)


@pytest.mark.parametrize("sentence", QUESTIONS)
def test_questions_are_known(sentence: str) -> None:
    assert is_question(sentence)


@pytest.mark.parametrize("sentence", STATEMENTS)
def test_statements_are_no_questions(sentence: str) -> None:
    assert not is_question(sentence)


def test_a_long_sentence_is_cut_where_a_clause_ends() -> None:
    text = "; ".join([LONG_CLAUSE] * 20)

    pieces = [piece for _, _, piece in sentences(text)]

    assert len(pieces) > 1
    assert all(len(piece) <= LONGEST and piece.removesuffix(";").endswith("house") for piece in pieces)


def test_a_long_address_stays_whole() -> None:
    address = "https://example.com/" + "a" * 2 * LONGEST

    assert [piece for _, _, piece in sentences(address)] == [address]


@given(st.text(alphabet="ab .!?\n-`#>,;\"'。(1)", max_size=200) | st.text(max_size=100))
def test_spans_are_ordered_say_what_they_span_and_lose_no_letter(text: str) -> None:
    end = 0
    for start, stop, sentence in sentences(text):
        assert end <= start < stop <= len(text)
        assert text[start:stop] == sentence == sentence.strip()
        end = stop
    kept = "".join(sentence for _, _, sentence in sentences(text))
    assert [c for c in kept if c in "。,;"] == [c for c in text if c in "。,;"]


@pytest.mark.parametrize(
    "unit", ["I saw it, and left. ", "x", "? ", "a.", "\"' ", "```\n", "> ", ", ", "。"], ids=repr
)
def test_a_turn_of_megabytes_on_one_line_is_cut(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))

    assert all(len(piece) <= LONGEST or piece.startswith("```") for _, _, piece in sentences(text))


def test_cutting_is_deterministic_whatever_came_before() -> None:
    text = "Ms. Lee came at 5 p.m. on Monday. She left."
    first = sentences(text)
    sentences("Prof. X. said so. He did. " * 50)

    assert sentences(text) == first
    assert "nupunkt" in sys.modules
