"""A refusal as `application/problem+json`."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse, Response


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: str | int | list[str]
) -> Response:
    """An answer whose `detail` says what was wrong and what to do."""
    title = HTTPStatus(status).phrase
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail} | more
    return JSONResponse(told, status, dict(headers or {}), media_type="application/problem+json")
