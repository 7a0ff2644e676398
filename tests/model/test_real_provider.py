"""That a real model is reached and answers in the shape asked for; never what it says."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from diffmem.agents.providers.dialect import Form
from diffmem.agents.providers.openai_compatible import OpenAICompatible
from diffmem.agents.providers.provider import Message, Meter, Request
from diffmem.agents.providers.structured import ask
from diffmem.errors import ModelRefused


class Fact(BaseModel):
    kind: Literal["person", "thing"]
    what: Annotated[str, Field(max_length=60)]


class Facts(BaseModel):
    facts: Annotated[list[Fact], Field(max_length=3)]
    title: Annotated[str, Field(max_length=30)] = ""


class Look(BaseModel):
    action: Literal["look"]
    command: Annotated[str, Field(max_length=40)]


class Finish(BaseModel):
    action: Literal["finish"]
    answer: Annotated[str, Field(max_length=40)]


class Act(BaseModel):
    act: Look | Finish


def test_it_answers_within_the_cap(real_model: OpenAICompatible) -> None:
    reply = real_model.complete(Request((Message("user", "Count to a thousand."),), max_tokens=16))

    assert reply.text
    assert reply.cut
    assert reply.usage.tokens_out == 16
    assert reply.usage.tokens_in > 0


@pytest.mark.parametrize("shape", [Facts, Act])
def test_it_answers_in_a_shape_in_one_call(real_model: OpenAICompatible, shape: type[BaseModel]) -> None:
    meter = Meter(real_model)

    answer = ask(meter, (Message("user", "Maya moved to Lisbon with her dog Rex."),), shape, max_tokens=400)

    assert isinstance(answer, shape)
    assert meter.usage.calls == 1
    assert real_model.dialect.form == Form.BOUNDED


def test_a_prompt_that_its_server_finds_too_long_is_refused(real_model: OpenAICompatible) -> None:
    # Short words take more tokens than a guess by length says, so this one is sent.
    prompt = "q; " * 10_000

    with pytest.raises(ModelRefused, match="longer than its context"):
        real_model.complete(Request((Message("user", prompt),), max_tokens=16))
