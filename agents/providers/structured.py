"""An answer of a given shape: asked for by schema, checked, and asked again once with the mistake shown."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import ModelNonsense
from .json_text import object_in
from .provider import Message, Provider, Reply, Request
from .wire import with_words

if TYPE_CHECKING:
    from pydantic import BaseModel

Shape = TypeVar("Shape", bound="BaseModel")

_SHOWN_CHARACTERS = 12_000
_SHOWN_MISTAKES = 8


class _Wrong(Exception):
    """What is wrong with an answer: for the model, and in short, without its words, for the error."""

    def __init__(self, mistakes: Sequence[str], short: str) -> None:
        super().__init__(short)
        self.mistakes = mistakes
        self.short = short


def ask(
    provider: Provider,
    messages: Sequence[Message],
    shape: type[Shape],
    *,
    max_tokens: int = 4096,
    seconds: float | None = None,
) -> Shape:
    """Ask for an answer of a shape; a wrong one is shown to the model with its mistake, once.

    `seconds` is the most both calls may take together, where that is less than the provider's patience.

    Raises:
        ModelNonsense: the second answer was wrong, too.
        ModelUnavailable, ModelRefused: as `Provider.complete`.
    """
    end = None if seconds is None else time.monotonic() + seconds
    request = Request(tuple(messages), shape, max_tokens=max_tokens, seconds=seconds)
    text = ""
    try:
        reply = provider.complete(request)
        text = reply.text
        return _checked(reply, shape, max_tokens)
    except ModelNonsense:
        again = request.messages
    except _Wrong as wrong:
        again = _with_mistakes(request.messages, text, wrong.mistakes)
    left = None if end is None else max(end - time.monotonic(), 0.0)
    reply = provider.complete(replace(request, messages=again, seconds=left))
    try:
        return _checked(reply, shape, max_tokens)
    except _Wrong as wrong:
        raise ModelNonsense(provider.model, wrong.short) from None


def _checked(reply: Reply, shape: type[Shape], max_tokens: int) -> Shape:
    from pydantic import ValidationError

    if reply.cut:
        mistake = (
            f"it was cut off at the limit of {max_tokens} tokens: be much shorter, and leave out the rest"
        )
        raise _Wrong((mistake,), f"cut off at {max_tokens} tokens")
    try:
        return shape.model_validate_json(json.dumps(object_in(reply.text)))
    except ValidationError as wrong:
        raise _of(wrong.errors(include_url=False, include_context=False)) from None
    except ValueError as wrong:
        raise _Wrong((str(wrong),), str(wrong)) from None


def _of(errors: Sequence[Any]) -> _Wrong:
    told = [(".".join(map(str, error["loc"])) or "the object", error) for error in errors]
    mistakes = [f"{where[:100]}: {error['msg'][:200]}" for where, error in told[:_SHOWN_MISTAKES]]
    if len(told) > _SHOWN_MISTAKES:
        mistakes.append(f"and {len(told) - _SHOWN_MISTAKES} more such mistakes")
    short = "; ".join(f"{_place(where, error)}: {error['type']}" for where, error in told[:_SHOWN_MISTAKES])
    return _Wrong(mistakes, short)


def _place(where: str, error: Any) -> str:
    # The name of an extra key is the model's own word.
    return "an extra key" if error["type"] == "extra_forbidden" else where


def _with_mistakes(messages: Sequence[Message], said: str, mistakes: Sequence[str]) -> tuple[Message, ...]:
    listed = "\n".join(f"- {mistake}" for mistake in mistakes)
    wish = (
        f"That answer cannot be used:\n{listed}\n"
        "Answer again with the whole JSON object, corrected, and nothing else."
    )
    if not said.strip():
        return with_words(messages, wish)
    shown = said if len(said) <= _SHOWN_CHARACTERS else f"{said[:_SHOWN_CHARACTERS]} [...]"
    return (*messages, Message("assistant", shown), Message("user", wish))
