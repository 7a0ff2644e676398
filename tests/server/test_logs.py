"""What the log says, and what it does not."""

import json
import logging
import sys
from collections.abc import Generator

import pytest

from diffmem.server import logs
from diffmem.server.settings import Settings

SECRET = "swordfish-4711"


@pytest.fixture(autouse=True)
def root() -> Generator[None]:
    """The logging of this process, put back as it was."""
    top, ours = logging.getLogger(), logging.getLogger("diffmem")
    before = top.handlers[:], top.level, ours.level
    # `force` would close handlers that belong to the tests.
    top.handlers = []
    yield
    top.handlers, top.level, ours.level = before


def failed() -> None:
    try:
        raise ValueError(f"cannot read {SECRET}")
    except ValueError as error:
        raise RuntimeError(SECRET) from error


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_fault_is_told_by_its_places_and_not_in_its_words(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.begin(Settings.model_construct(log_format=form, log_level="warning"))
    try:
        failed()
    except RuntimeError:
        logging.getLogger("diffmem.server").exception("a job failed")
    told = capsys.readouterr().err

    assert "a job failed" in told
    assert "RuntimeError" in told
    assert "ValueError" in told
    assert "in failed" in told
    assert SECRET not in told


def test_lines_are_json_with_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin(Settings.model_construct(log_format="json", log_level="info"))
    fields = {"method": "GET", "route": "/memory/{user_id}/status", "status": 200, "milliseconds": 3}
    logging.getLogger("diffmem.server.metrics").info("%s", "answered", extra=fields)
    logging.getLogger("httpx2").info("GET https://elsewhere.example")
    (line,) = [json.loads(one) for one in capsys.readouterr().err.splitlines()]

    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "info", "logger": "diffmem.server.metrics", "message": "answered", **fields}


def test_requests_are_not_logged_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin(Settings.model_construct(log_format="text", log_level="warning"))
    logging.getLogger("diffmem.server.metrics").info("GET /health 200")

    assert capsys.readouterr().err == ""
    assert logging.getLogger().handlers[0].stream is sys.stderr  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
