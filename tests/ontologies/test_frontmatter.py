"""Front matter keeps what it does not know."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffmem.ontologies.frontmatter import FrontMatterError, parse, render, split, updated

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
KEYS = st.sampled_from(["type", "name", "aliases", "role", "cues", "updated"])
FIELDS = st.dictionaries(KEYS, WORDS | st.lists(WORDS, max_size=4), max_size=5)
PIECES = ["---", "\n", "\r\n", "\ufeff", "a: b", " ", "é", "\u2028", "# x", "- y", "\r"]
ANY_TEXT = st.lists(st.sampled_from(PIECES), max_size=16).map("".join) | WORDS

PERSON = (
    "---\n# mine\ntype: person   # a friend\nname: Mel\naliases:\n- Melanie\n# not an alias\n\n"
    "deep:\n  a: {b: 1}\n  c: |\n    x\n\n  # y\nempty:\nlast: 1\n# end\n---\n# Mel\n"
)


@given(ANY_TEXT)
@settings(max_examples=150)
def test_split_takes_nothing_away(text: str) -> None:
    assert "".join(split(text)) == text


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("---\na: b\n---\nrest", "---\na: b\n---\n"),
        ("\ufeff---\r\na: b\r\n---\r\nrest", "\ufeff---\r\na: b\r\n---\r\n"),
        ("---\n---", "---\n---"),
        ("---\na: b\n", ""),
        ("text\n---\na: b\n---\n", ""),
        ("----\na: b\n----\n", ""),
    ],
    ids=["plain", "bom-crlf", "empty", "never-closed", "not-at-the-top", "four-dashes"],
)
def test_front_matter_stands_between_two_fences_at_the_top(text: str, raw: str) -> None:
    assert split(text)[0] == raw


@given(FIELDS)
@settings(max_examples=100)
def test_what_is_rendered_reads_back_as_the_same_strings(fields: dict[str, str | list[str]]) -> None:
    assert parse(render(fields)) == fields


def test_lists_stand_on_one_line_and_look_alikes_stay_strings() -> None:
    block = render({"name": "Zoë", "created": "2023-05-07", "cues": ["yes", "1e3", "a, b"]})
    assert block == "---\nname: Zoë\ncreated: '2023-05-07'\ncues: ['yes', '1e3', 'a, b']\n---\n"


@pytest.mark.parametrize(
    "inner",
    [
        "a: &x 1\nb: *x\n",
        "a: 1\na: 2\n",
        "a: [[[[[[[1]]]]]]]\n",
        f"a: {'x' * 17_000}\n",
        "- a\n- b\n",
        "just words\n",
        "a: b: c\n",
        "a: 1\n--- x\nb: 2\n",
        "? [a]\n: b\n",
        "a: \x07\n",
        "a: \ud800\n",
    ],
    ids=[
        "alias",
        "twice",
        "deep",
        "long",
        "list",
        "words",
        "colons",
        "documents",
        "key",
        "control",
        "surrogate",
    ],
)
def test_what_is_no_plain_table_is_refused(inner: str) -> None:
    with pytest.raises(FrontMatterError):
        parse(f"---\n{inner}---\n")


def test_nested_values_are_passed_over() -> None:
    assert parse(split(PERSON)[0]) == {
        "type": "person",
        "name": "Mel",
        "aliases": ["Melanie"],
        "empty": "",
        "last": "1",
    }


def test_setting_a_key_touches_its_own_lines_only() -> None:
    text = updated(PERSON, {"aliases": ["Melanie", "Mel"], "empty": "no", "role": "friend"})
    assert text == (
        PERSON.replace("aliases:\n- Melanie\n", "aliases: [Melanie, Mel]\n")
        .replace("empty:\n", "empty: 'no'\n")
        .replace("# end\n", "# end\nrole: friend\n")
    )


def test_setting_what_is_there_changes_nothing() -> None:
    assert updated(PERSON, {"name": "Mel", "aliases": ["Melanie"]}) == PERSON


def test_line_ends_and_indentation_are_kept() -> None:
    text = updated("\ufeff---\r\n  a: b\r\n---\r\nx\r\n", {"c": "d"})
    assert text == "\ufeff---\r\n  a: b\r\n  c: d\r\n---\r\nx\r\n"


def test_a_text_without_front_matter_gets_some() -> None:
    assert updated("\ufeff# Mel\r\n", {"type": "person"}) == "\ufeff---\r\ntype: person\r\n---\r\n# Mel\r\n"


@pytest.mark.parametrize("inner", ["a: [\n", "{a: b}\n"], ids=["broken", "on-one-line"])
def test_what_cannot_be_set_line_by_line_is_refused(inner: str) -> None:
    with pytest.raises(FrontMatterError):
        updated(f"---\n{inner}---\n", {"c": "d"})


@given(FIELDS, FIELDS)
@settings(max_examples=80)
def test_an_update_sets_its_keys_and_leaves_the_others(
    old: dict[str, str | list[str]], new: dict[str, str | list[str]]
) -> None:
    assert parse(split(updated(render(old), new))[0]) == old | new
