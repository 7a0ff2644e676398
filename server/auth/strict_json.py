"""JSON as strangers may send it: not deep, no name twice, no number that is none."""

import json
from typing import Any, NoReturn, cast

from ...errors import BadInput

_LONGEST_INTEGER = 20


def strict_json(body: bytes, deepest: int = 32) -> Any:
    """A body as data.

    Raises:
        BadInput: it is no JSON, or JSON made to cause trouble.
    """
    try:
        text = body.decode("utf-8")
        told = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)
    except RecursionError:
        raise BadInput(_deep(deepest)) from None
    except ValueError as error:
        raise BadInput(f"the body is not JSON as it should be: {str(error)[:120]}") from None
    if _depth_over(told, deepest):
        raise BadInput(_deep(deepest))
    if "\\ud" in text.lower():
        _refuse_halves(told)
    return told


def _deep(deepest: int) -> str:
    return f"the body is nested deeper than {deepest} levels"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError(f"a number has more than {_LONGEST_INTEGER} digits")
    return int(digits)


def _depth_over(told: Any, deepest: int) -> bool:
    level: list[Any] = [told]
    for _ in range(deepest):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += cast(dict[str, Any], one).values()
            elif isinstance(one, list):
                below += cast(list[Any], one)
        level = [one for one in below if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _refuse_halves(told: Any) -> None:
    try:
        json.dumps(told, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        why = "the body holds half a surrogate pair (\\ud800 to \\udfff), which is no character"
        raise BadInput(why) from None
