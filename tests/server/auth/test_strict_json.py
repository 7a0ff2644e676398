import pytest

from diffmem.errors import BadInput
from diffmem.server.auth.strict_json import strict_json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"a": 1, "a": 2}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1" * 21,
        b"[" + b"9" * 5000 + b"]",
    ],
    ids=["empty", "half", "no utf-8", "twice", "nan", "infinity", "minus", "21 digits", "5000 digits"],
)
def test_json_that_is_none_or_made_for_trouble_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput, match="not JSON as it should be"):
        strict_json(body)


@pytest.mark.parametrize("levels", [33, 1_000, 200_000])
@pytest.mark.parametrize(("open_", "close"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
def test_deep_json_is_refused(levels: int, open_: bytes, close: bytes) -> None:
    with pytest.raises(BadInput, match="deeper than 32"):
        strict_json(open_ * levels + b"1" + close * levels)


def test_json_as_deep_as_allowed_is_read() -> None:
    told = strict_json(b"[" * 32 + b"]" * 32)
    for _ in range(32):
        told = told[0] if told else None
    assert told is None


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"a": [1, "\\ud83d\\ude00", null]}', {"a": [1, "\U0001f600", None]}),
        (b'"\\\\ud800"', "\\ud800"),
        (b"-1.5", -1.5),
    ],
)
def test_ordinary_json_is_read(body: bytes, told: object) -> None:
    assert strict_json(body) == told


@pytest.mark.parametrize("body", [b'"\\ud800"', b'{"\\uDC00": 1}', b'["a\\ud83d"]'])
def test_half_a_surrogate_pair_is_no_text(body: bytes) -> None:
    with pytest.raises(BadInput, match="surrogate"):
        strict_json(body)
