"""Whatever was said comes back as it was said, turn by turn."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffmem.errors import BadContent
from diffmem.ontologies.transcript import MAX_BYTES, MAX_TURNS, canonical, check, turns

SPEAKERS = st.sampled_from(
    ["user", "assistant", "Ada", "Ada Lovelace", "小明", "मीरा", "Note", "the quick brown fox", "a: b", "#x",
     "```", "12:30", "- x", "**Ada**", "[x] y", "Ada (09:12)"]
) | st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=70)  # fmt: skip
PIECES = [
    "Ada: x",
    "user: y",
    "\n",
    "\n\n",
    "  ",
    "\u2028",
    "\x85",
    "```",
    "# h",
    "- l",
    "[2023-05-07] Ada: z",
    "é ",
    ":",
]
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
WORDS = st.lists(st.sampled_from(PIECES) | st.text(CHARACTERS, max_size=4), max_size=8)
TURNS = st.lists(st.tuples(SPEAKERS, WORDS.map("".join)), min_size=1, max_size=5)


def spoken(text: str) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in turns(text)]


@given(TURNS.filter(lambda said: any(text.strip() for _, text in said)))
@settings(max_examples=400)
def test_the_words_of_a_json_array_come_back_exactly(said: list[tuple[str, str]]) -> None:
    content = json.dumps([{"role": speaker, "content": text} for speaker, text in said])
    check(content)
    stored = canonical(content)
    found = turns(stored)
    assert [turn.text for turn in found] == [text for _, text in said]
    assert [turn.number for turn in found] == list(range(1, len(said) + 1))
    lines = stored.split("\n")
    for turn in found:
        assert turn.speaker in lines[turn.first_line - 1]
        assert turn.last_line - turn.first_line == turn.text.count("\n")


def test_a_json_array_is_stored_as_a_dialogue() -> None:
    content = json.dumps(
        [
            {"speaker": "Caroline", "text": "Hi!\n\nNote: all well", "at": "2023-05-08T13:56:00Z"},
            {"role": "assistant", "content": [{"type": "text", "text": "Good"}, {"type": "image_url"}]},
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "user", "name": "Mel", "content": "Yes", "timestamp": 1683554160},
            {"role": "Note", "content": "x"},
        ]
    )
    stored = canonical(content)
    assert stored == (
        "[2023-05-08T13:56:00Z] Caroline: Hi!\n  \n  Note: all well\nassistant: Good\n"
        "[2023-05-08T13:56:00+00:00] Mel: Yes\n[-] Note: x\n"
    )
    assert [turn.at for turn in turns(stored)] == [
        "2023-05-08T13:56:00Z",
        "",
        "2023-05-08T13:56:00+00:00",
        "",
    ]
    assert spoken(stored)[0] == ("Caroline", "Hi!\n\nNote: all well")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada: hi\nBob: yo", [("Ada", "hi"), ("Bob", "yo")]),
        ("user: hi", [("user", "hi")]),
        ("\n\nUser: hi\n\nmore\n\nAssistant: yo\n", [("User", "hi\n\nmore"), ("Assistant", "yo")]),
        ("**Ada:** hi\n**Bob**: yo", [("Ada", "hi"), ("Bob", "yo")]),
        ("Ada (09:12): hi\n[09:13] Bob: yo", [("Ada", "hi"), ("Bob", "yo")]),
        ("小明：你好\n小红：再见", [("小明", "你好"), ("小红", "再见")]),
        ("Dr. Ana de C.: hi\nJean-Luc O'N.: yo", [("Dr. Ana de C.", "hi"), ("Jean-Luc O'N.", "yo")]),
        ("Ada:\nhi\nBob:\n  yo", [("Ada", "hi"), ("Bob", "\nyo")]),
        ("Ada: x\n  if y:\n    z\nBob: k\nif y:\n  z", [("Ada", "x\nif y:\n  z"), ("Bob", "k\nif y:\n  z")]),
        ("Ada: see\r\nhttp://a.b\r\nBob: yo\r\n", [("Ada", "see\nhttp://a.b"), ("Bob", "yo")]),
        ("Ada: a\nNote: b\n12:30 lunch\n- Bob: c\n# Bob: d\nBob: e",
         [("Ada", "a\nNote: b\n12:30 lunch\n- Bob: c\n# Bob: d"), ("Bob", "e")]),
        ("Ada: a\n```\nBob: b\n```\nBob: c", [("Ada", "a\n```\nBob: b\n```"), ("Bob", "c")]),
        ("Ada: ```\nBob: b\n```\nBob: c", [("Ada", "```\nBob: b\n```"), ("Bob", "c")]),
        ("Ada: a\n```\nBob: b\n```py\nBob: c\n```",
         [("Ada", "a\n```"), ("Bob", "b\n```py\nBob: c\n```")]),
        ("User: a\nProblem: b\nassistant: c", [("User", "a\nProblem: b"), ("assistant", "c")]),
        ("me: a\nBob: b", [("me", "a"), ("Bob", "b")]),
        ("Note: buy milk\nAda: hi\nBob: yo", [("", "Note: buy milk\nAda: hi\nBob: yo")]),
        ("Ada: only she", [("", "Ada: only she")]),
        ("And then he said: go\nand so she said: no", [("", "And then he said: go\nand so she said: no")]),
        ("One.\nStill one.\n\n \nTwo.\n", [("", "One.\nStill one."), ("", "Two.")]),
        ("```\na\n\nb\n```\n\nc", [("", "```\na\n\nb\n```"), ("", "c")]),
        ("http://a.b\nhttps://c.d", [("", "http://a.b\nhttps://c.d")]),
        ("[not json", [("", "[not json")]),
        ("[1] Ada: a citation\n[2] Bob: another", [("", "[1] Ada: a citation\n[2] Bob: another")]),
    ],
    ids=[
        "two", "role", "blank-lines", "bold", "clock", "cjk", "long-names", "block", "indented", "crlf",
        "no-speakers", "code", "code-at-once",
        "code-open", "chat", "me", "label-first", "alone", "prose", "paragraphs", "code-paragraph",
        "urls", "bracket", "citations",
    ],
)  # fmt: skip
def test_text_as_people_give_it(text: str, expected: list[tuple[str, str]]) -> None:
    check(text)
    assert canonical(text) == text
    assert spoken(text) == expected


def test_turns_tell_their_lines() -> None:
    text = "\nAda: a\n  b\n\nBob: c\n"
    assert [(turn.first_line, turn.last_line) for turn in turns(text)] == [(2, 3), (5, 5)]
    assert [(turn.first_line, turn.last_line) for turn in turns("\na\nb\n\nc")] == [(2, 3), (5, 5)]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "empty"),
        (" \n\ufeff\t", "empty"),
        ("a\0b", "NUL"),
        ("a\ud800", "surrogate"),
        ("é" * (MAX_BYTES // 2 + 1), "5,000,000; split"),
        (json.dumps([{"role": "a", "content": "x"}] * (MAX_TURNS + 1)), "20,000; split"),
        ("[]", "no words"),
        ('[{"role": "user", "content": " "}]', "no words"),
        ('[{"role": "user", "content": "a"}, "b"]', "turn 2"),
        ('[{"content": "a"}]', "who speaks"),
        ('[{"role": "user"}]', "no content"),
        ('[{"role": "user", "content": 3}]', "neither text"),
        ('[{"role": "user", "content": "a\\u0000"}]', "NUL"),
        ('[{"role": "user\\ud800", "content": "a"}]', "surrogate"),
        ('[{"role": "user", "content": "a", "at": "noon"}]', "RFC 3339"),
        ('[{"role": "user", "content": "a", "at": 1e300}]', "RFC 3339"),
    ],
    ids=[
        "empty", "blank", "nul", "surrogate", "bytes", "turns", "none", "silent", "string", "nobody",
        "nothing", "number", "inner-nul", "inner-surrogate", "noon", "far",
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_with_the_way_out(content: str, why: str) -> None:
    with pytest.raises(BadContent, match=why):
        check(content)


def test_deep_brackets_are_plain_text() -> None:
    check("[" * 100_000)
    assert turns("[" * 100_000)[0].text == "[" * 100_000
