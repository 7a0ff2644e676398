import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.agents.providers.json_text import object_in

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a": 1}', id="plain"),
        pytest.param('  \n{"a": 1}\n', id="blanks around it"),
        pytest.param('```json\n{"a": 1}\n```', id="fence"),
        pytest.param('```\n{"a": 1}\n```', id="fence without a language"),
        pytest.param('```JSON  \n\n  {"a": 1}\n```\nThat is all {really}.', id="fence and words"),
        pytest.param('Use {braces}:\n```json\n{"a": 1}\n```', id="braces before a fence"),
        pytest.param('Here it is: {"a": 1}. Anything else?', id="among words"),
        pytest.param('{"a": 1}{"a": 2}', id="the first of two"),
        pytest.param('<think>Perhaps {"a": 9}?</think>{"a": 1}', id="after thoughts"),
        pytest.param('{"a": 1} ``` {"b"', id="whole before the cut"),
    ],
)
def test_the_object_is_found(text: str) -> None:
    assert object_in(text) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "no JSON object", id="empty"),
        pytest.param("Otto.", "no JSON object", id="prose"),
        pytest.param("[1, 2]", "no JSON object", id="list"),
        pytest.param('<think>{"a": 1}', "no JSON object", id="thoughts without an end"),
        pytest.param('{"a": 1', "line 1, column 8", id="cut"),
        pytest.param('{"a": {"b": 1}, "c', "broken", id="an inner object is not the answer"),
        pytest.param('{\n"a": 1,\n}', "line 3, column 1", id="trailing comma"),
        pytest.param("{'a': 1}", "line 1, column 2", id="single quotes"),
        pytest.param('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply", id="deep"),
    ],
)
def test_what_is_wrong_is_told(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        object_in(text)


def test_line_ends_within_strings_are_forgiven() -> None:
    assert object_in('{"a": "one\ntwo"}') == {"a": "one\ntwo"}


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.sampled_from(["", "Well:\n", "```json\n"]))
def test_any_object_comes_out_as_it_went_in(value: dict[str, object], before: str) -> None:
    assert object_in(f"{before}{json.dumps(value, ensure_ascii=False)}\n```") == value


@given(st.text(alphabet='{}"\\`json:1 ,\n'))
def test_no_text_makes_it_stumble(text: str) -> None:
    try:
        found = object_in(text)
    except ValueError:
        return
    assert isinstance(found, dict)
