"""From the bytes of a request to what was asked."""

from typing import Any
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from ...errors import BadInput
from ..auth.strict_json import strict_json
from .endpoint import Endpoint

LONGEST_ADDRESS = 8 * 1024
"""Bytes of an address; what is longer is refused before it comes here."""
_MOST_TOLD = 5


class Refused(Exception):
    """A request that does not reach the memory; `status` and words say why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def segment(raw: str) -> str:
    """A part of a path, percent-decoded once.

    Raises:
        BadInput: it is no UTF-8.
    """
    try:
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("the path is not UTF-8 behind its percent signs") from None


def query(endpoint: Endpoint, request: Request) -> BaseModel:
    """What stands behind the question mark.

    Raises:
        Refused: a value is not of its kind, or a name stands there twice.
    """
    given = request.query_params
    known = [field.alias or name for name, field in endpoint.query.model_fields.items()]
    for name in known:
        if len(given.getlist(name)) > 1:
            raise Refused(422, f"{name}: give it once")
    return _checked(endpoint.query, {name: given[name] for name in known if name in given})


async def body(endpoint: Endpoint, request: Request) -> BaseModel | None:
    """The body as it should be, or None where none is taken.

    Raises:
        Refused: it is too large (413), no JSON by its type (415), or not of the right shape (422).
        BadInput: it is no JSON.
    """
    if endpoint.body is None:
        return None
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > endpoint.largest:
            raise Refused(413, f"the body is larger than {endpoint.largest:,} bytes")
    if not raw and not endpoint.needs_body:
        return _checked(endpoint.body, {})
    if not _is_json(request.headers.get("content-type", "")):
        raise Refused(415, "send the body as application/json")
    return _checked(endpoint.body, strict_json(bytes(raw)))


def _is_json(media: str) -> bool:
    kind = media.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _checked(shape: type[BaseModel], told: Any) -> BaseModel:
    try:
        return shape.model_validate(told)
    except ValidationError as wrong:
        raise Refused(422, _sentence(wrong)) from None


def _sentence(wrong: ValidationError) -> str:
    """Every field that is wrong, by name, and what it should be; never what was sent."""
    errors = wrong.errors(include_url=False, include_context=False, include_input=False)
    told: list[str] = []
    for error in errors[:_MOST_TOLD]:
        where = ".".join(str(part) for part in error["loc"])[:120] or "the body"
        what = error["msg"].removeprefix("Value error, ")
        told.append(f"{where}: {what[:1].lower()}{what[1:]}")
    if len(errors) > _MOST_TOLD:
        told.append(f"and {len(errors) - _MOST_TOLD} more")
    return "; ".join(told)
