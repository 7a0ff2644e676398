import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.server.install.jsonc import BadJson, parse, with_member, without_member

COMMENTED = """\
{
    // servers of mine
    "servers": {
        "other": { "command": "x" } // keep me
        /* and me */
    },
    "inputs": [],
}
"""


def test_comments_and_trailing_commas_stay_where_they_are() -> None:
    changed = with_member(COMMENTED, ("servers", "diffmem"), {"command": "d"})

    assert changed == COMMENTED.replace("} // keep", "}, // keep").replace(
        "        /* and me */\n",
        '        /* and me */\n        "diffmem": {\n            "command": "d"\n        }\n',
    )
    assert without_member(changed, ("servers", "diffmem")) == COMMENTED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}\n", '{\n  "m": {\n    "d": 1\n  }\n}\n'),
        ('{"m":{}}', '{"m":{\n  "d": 1\n}}'),
        ('{"a": 1}', '{"a": 1,\n  "m": {\n    "d": 1\n  }\n}'),
        ('{\n\t"m": {\n\t\t"x": 2\n\t}\n}', '{\n\t"m": {\n\t\t"x": 2,\n\t\t"d": 1\n\t}\n}'),
        ('{\r\n  "m": {\r\n    "x": 2\r\n  }\r\n}', '{\r\n  "m": {\r\n    "x": 2,\r\n    "d": 1\r\n  }\r\n}'),
        ('{\n  "m": {\n    "d": 7 // old\n  }\n}', '{\n  "m": {\n    "d": 1 // old\n  }\n}'),
        ('{\n  "m": {\n    "x": 2 // two\n  }\n}', '{\n  "m": {\n    "x": 2, // two\n    "d": 1\n  }\n}'),
    ],
    ids=["empty", "one line", "beside", "tabs", "windows", "in place", "comment after the last"],
)
def test_a_value_goes_in_as_the_text_is_laid_out(before: str, after: str) -> None:
    assert with_member(before, ("m", "d"), 1) == after
    assert with_member(after, ("m", "d"), 1) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{\n  "a": 1,\n  "d": 2\n}', '{\n  "a": 1\n}'),
        ('{\n  "d": 2,\n  "a": 1\n}', '{\n  "a": 1\n}'),
        ('{"a": 1, "d": 2, "b": 3}', '{"a": 1, "b": 3}'),
        ('{"d": 2}', "{}"),
        ('{"a": 1}', '{"a": 1}'),
    ],
    ids=["last", "first", "middle of a line", "only", "none"],
)
def test_a_value_goes_out_with_its_comma(before: str, after: str) -> None:
    assert without_member(before, ("d",)) == after


@pytest.mark.parametrize(
    ("text", "line"),
    [('{\n  "a": 1\n  "b": 2\n}', 3), ('{"a": }', 1), ("{", 1), ('{"a": 1} x', 1), ("", 1), ("{'a': 1}", 1)],
)
def test_what_is_no_json_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(BadJson) as refused:
        parse(text)

    assert refused.value.line == line


def test_what_is_no_object_is_not_written_over() -> None:
    with pytest.raises(BadJson, match="`m` is not an object"):
        with_member('{"m": [1]}', ("m", "d"), 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), VALUES, st.sampled_from([None, 1, 2, "\t"]))
def test_nothing_else_changes_whatever_stands_there(
    around: dict[str, object], value: object, indent: int | str | None
) -> None:
    text = json.dumps(around, indent=indent, ensure_ascii=False)

    changed = with_member(text, ("diffmem",), value)

    assert json.loads(changed) == around | {"diffmem": value}
    gone = {key: kept for key, kept in around.items() if key != "diffmem"}
    assert json.loads(without_member(changed, ("diffmem",))) == gone
