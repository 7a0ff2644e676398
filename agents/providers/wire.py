"""Requests and answers as chat completions write them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ...errors import ModelDeclined, ModelNonsense
from .dialect import Dialect, Form
from .faults import prompt_tokens
from .provider import Message, Reply, Request, ToolCall, Usage
from .schema import schema_text, strict_schema

if TYPE_CHECKING:
    from pydantic import BaseModel


def body(request: Request, dialect: Dialect) -> dict[str, Any]:
    """What to send for a request, but for the model's name and the temperature."""
    messages = request.messages
    written: dict[str, Any] = {dialect.cap: request.max_tokens}
    if request.shape is not None:
        if dialect.form >= Form.OBJECT:
            messages = asked_for_json(messages, request.shape)
        if dialect.form < Form.FENCED:
            written["response_format"] = _format(request.shape, dialect.form)
    if request.tools:
        written["tools"] = [
            {
                "type": "function",
                "function": {"name": t.name, "description": t.description, "parameters": t.parameters},
            }
            for t in request.tools
        ]
    return {"messages": [_message(message) for message in messages], **written}


def asked_for_json(messages: Sequence[Message], shape: type[BaseModel]) -> tuple[Message, ...]:
    """The conversation with the request for fenced JSON at its end, for servers that know no schemas."""
    wish = (
        "Answer with one JSON object in a ```json fence and nothing else. "
        f"It must fit this JSON schema:\n{schema_text(shape)}"
    )
    return with_words(messages, wish)


def with_words(messages: Sequence[Message], words: str) -> tuple[Message, ...]:
    """The conversation with more said by the user, who is not made to speak twice in a row."""
    *before, last = messages
    if last.role != "user":
        return (*messages, Message("user", words))
    return (*before, replace(last, content=f"{last.content}\n\n{words}"))


def reply(model: str, request: Request, told: Mapping[str, Any]) -> Reply:
    """What a server answered.

    Raises:
        ModelDeclined: the model or a filter refused.
        ModelNonsense: there is nothing in the answer.
    """
    choices = _list(told.get("choices"))
    if not choices:
        raise ModelNonsense(model, "its server sent no answer")
    choice = _dict(choices[0])
    message = _dict(choice.get("message"))
    finish = choice.get("finish_reason")
    if message.get("refusal") or finish == "content_filter":
        raise ModelDeclined(model, "the model, or a filter before it, declined to answer this prompt")
    text = _text(message.get("content"))
    calls = tuple(_call(number, _dict(one)) for number, one in enumerate(_list(message.get("tool_calls")), 1))
    cut = finish == "length"
    if not text.strip() and not calls and not cut:
        raise ModelNonsense(model, "the answer is empty")
    return Reply(text, usage(request, told), calls, cut)


def usage(request: Request, told: Mapping[str, Any]) -> Usage:
    """What a call cost as its server tells, or about that much."""
    counted = _dict(told.get("usage"))
    tokens_in, tokens_out = counted.get("prompt_tokens"), counted.get("completion_tokens")
    if not isinstance(tokens_in, int) or not isinstance(tokens_out, int):
        tokens_in, tokens_out = prompt_tokens(request), _said(told) // 4
    cost = counted.get("cost")
    return Usage(1, tokens_in, tokens_out, float(cost) if isinstance(cost, int | float) else None)


def _format(shape: type[BaseModel], form: Form) -> dict[str, Any]:
    if form == Form.OBJECT:
        return {"type": "json_object"}
    name = re.sub(r"[^A-Za-z0-9_-]", "_", shape.__name__)[:64]
    schema = strict_schema(shape, bounds=form == Form.BOUNDED)
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def _message(message: Message) -> dict[str, Any]:
    # A lone half of a surrogate pair cannot be sent.
    content = message.content.encode("utf-8", "replace").decode()
    written: dict[str, Any] = {"role": message.role, "content": content}
    if message.calls:
        written["content"] = content or None
        written["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.role == "tool":
        written["tool_call_id"] = message.call_id
    return written


def _call(number: int, told: Mapping[str, Any]) -> ToolCall:
    function = _dict(told.get("function"))
    arguments = function.get("arguments") or "{}"
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCall(str(told.get("id") or f"call_{number}"), str(function.get("name") or ""), written)


def _said(told: Mapping[str, Any]) -> int:
    message = _dict(_dict(next(iter(_list(told.get("choices"))), None)).get("message"))
    return len(_text(message.get("content"))) + len(json.dumps(_list(message.get("tool_calls"))))


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(_dict(part).get("text") or "") for part in _list(content))


def _dict(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
