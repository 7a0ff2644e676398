"""What a server's error means: asking again, asking otherwise, or giving up.

Its own words may quote the prompt or the key, so only its status and its short codes are passed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from ...errors import ModelDeclined, ModelRefused
from .patience import Transient, asked_pause

if TYPE_CHECKING:
    from .provider import Request

_WAIT_AND_SEE = {408, 409, 425, 429}
_OTHERWISE = {400, 422}
_MEANING = {
    401: "the key is not accepted",
    402: "the account has no credit left",
    403: "the key may not use this model",
    404: "there is no such model, or no chat completions at this address",
    405: "there are no chat completions at this address",
    413: "the prompt is too long",
}
_TOO_LONG = re.compile(
    r"context[_ ](length|size|window)|maximum context|prompt is too long|too many tokens|reduce the length",
    re.I,
)
_CODE = re.compile(r"[a-z]{2,20}(_[a-z]{2,20}){1,5}")


class Rejected(Exception):
    """A request that the server does not take as it is; `complaint` is not for others to see."""

    def __init__(self, status: int, complaint: str, code: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.complaint = complaint
        self.code = code

    @property
    def too_long(self) -> bool:
        """Whether the server complains of the length."""
        return bool(_TOO_LONG.search(self.complaint))

    def final(self, model: str, request: Request) -> ModelRefused:
        """The error once nothing is left to try."""
        if self.too_long:
            return too_long(model, request)
        return ModelRefused(model, f"its server does not take the request (status {self.status}{self.code})")


def fault(model: str, status: int, error: object, headers: Mapping[str, str]) -> Exception:
    """What an error status means: `Transient`, `Rejected` or `ModelRefused`."""
    complaint, code = _complaint(error)
    if code == ", insufficient_quota":
        return ModelRefused(model, f"{_MEANING[402]} (status {status})")
    if status >= 500 or status in _WAIT_AND_SEE:
        return Transient(f"status {status}{code}", asked_pause(headers))
    if status in _OTHERWISE:
        return Rejected(status, complaint, code)
    if 300 <= status < 400:
        return ModelRefused(model, f"its address leads elsewhere (status {status})")
    return ModelRefused(model, f"{_MEANING.get(status, 'its server says no')} (status {status}{code})")


def too_long(model: str, request: Request) -> ModelDeclined:
    """The error for a prompt that does not fit."""
    size, room = prompt_tokens(request), request.max_tokens
    return ModelDeclined(
        model, f"the prompt of about {size} tokens, with {room} for the answer, is longer than its context"
    )


def prompt_tokens(request: Request) -> int:
    """About how many tokens a prompt has."""
    said = sum(len(message.content) for message in request.messages)
    called = sum(len(call.arguments) for message in request.messages for call in message.calls)
    return (said + called) // 4


def _complaint(error: object) -> tuple[str, str]:
    if not isinstance(error, Mapping):
        return str(error or "")[:2000], ""
    told = cast("Mapping[str, object]", error)
    words = [str(told.get(name) or "") for name in ("message", "code", "type", "param")]
    codes = [word for word in words[1:3] if _CODE.fullmatch(word)]
    return " ".join(words)[:2000], f", {codes[0]}" if codes else ""
