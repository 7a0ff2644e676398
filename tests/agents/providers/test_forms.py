"""How an answer of a shape is asked for, by servers that take less and less."""

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import pytest
from model_server import ModelServer, cut, fails, says
from pydantic import BaseModel, Field

from diffmem.agents.providers.dialect import Dialect, Form
from diffmem.agents.providers.provider import Message, Request, Usage
from diffmem.errors import ModelRefused, ModelUnavailable

from .conftest import Make


class Answer(BaseModel):
    name: Annotated[str, Field(max_length=40)]
    tags: Annotated[list[str], Field(max_length=3)] = []


ASK = Request((Message("user", "Name it."),), Answer)
FENCED = 'Gladly:\n```json\n{"name": "Otto"}\n```'


def forms(server: ModelServer) -> list[str]:
    return [asked.format for asked in server.asked]


@pytest.mark.parametrize(
    ("lacks", "first", "learnt"),
    [
        pytest.param(set[str](), ["json_schema"], Form.BOUNDED, id="schemas"),
        pytest.param(
            {"json_schema"}, ["json_schema", "json_schema", "json_object"], Form.OBJECT, id="JSON mode"
        ),
        pytest.param(
            {"json_schema", "json_object"},
            ["json_schema", "json_schema", "json_object", ""],
            Form.FENCED,
            id="neither",
        ),
    ],
)
def test_a_server_is_asked_in_the_surest_form_it_takes(
    model_server: ModelServer, provider: Make, lacks: set[str], first: list[str], learnt: Form
) -> None:
    asked = provider()
    model_server.lacks = lacks
    model_server.otherwise = FENCED

    reply = asked.complete(ASK)
    asked.complete(ASK)

    assert reply.text == FENCED
    assert reply.usage == Usage(1, 100, 10)
    assert forms(model_server) == [*first, first[-1]]
    assert asked.dialect.form == learnt


def test_a_strict_server_gets_a_closed_schema_that_bounds_what_the_shape_bounds(
    model_server: ModelServer, provider: Make
) -> None:
    model_server.say({"name": "Otto", "tags": []})

    provider().complete(ASK)

    assert model_server.asked[0].body["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "Answer",
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "maxLength": 40},
                    "tags": {"type": "array", "maxItems": 3, "items": {"type": "string"}},
                },
                "required": ["name", "tags"],
                "additionalProperties": False,
            },
        },
    }


def test_a_server_that_knows_no_bounds_keeps_its_schemas(model_server: ModelServer, provider: Make) -> None:
    asked = provider()
    model_server.say(fails(400, message="'maxLength' is not permitted"), {"name": "Otto", "tags": []})

    asked.complete(ASK)

    first, second = (sent.body["response_format"]["json_schema"]["schema"] for sent in model_server.asked)
    assert "maxLength" in str(first)
    assert "maxLength" not in str(second)
    assert asked.dialect.form == Form.STRICT


@pytest.mark.parametrize("form", [Form.OBJECT, Form.FENCED])
def test_without_schemas_the_prompt_says_what_is_wanted(
    model_server: ModelServer, provider: Make, form: Form
) -> None:
    model_server.say(FENCED)

    provider(dialect=Dialect(form=form)).complete(ASK)

    (message,) = model_server.asked[0].body["messages"]
    assert message["content"].startswith("Name it.\n\nAnswer with one JSON object in a ```json fence")
    assert '"maxLength":40' in message["content"]


def test_a_server_that_answers_schemas_with_prose_is_asked_otherwise(
    model_server: ModelServer, provider: Make
) -> None:
    asked = provider()
    model_server.say("It is Otto.", "Otto, I think.", says(FENCED, tokens=(50, 5)))

    reply = asked.complete(ASK)

    assert forms(model_server) == ["json_schema", "json_object", ""]
    assert reply.text == FENCED
    assert reply.usage == Usage(3, 250, 25)
    assert asked.dialect.form == Form.FENCED


def test_a_model_that_never_answers_json_teaches_nothing_about_its_server(
    model_server: ModelServer, provider: Make
) -> None:
    asked = provider()
    model_server.say("No.", "No.", "No.", {"name": "Otto", "tags": []})

    assert asked.complete(ASK).text == "No."
    assert asked.dialect.form == Form.BOUNDED
    asked.complete(ASK)
    assert forms(model_server)[-1] == "json_schema"


def test_broken_json_and_cut_answers_are_no_reason_to_ask_otherwise(
    model_server: ModelServer, provider: Make
) -> None:
    asked = provider()
    model_server.say('{"name": "Otto', cut('{"name": "O'), cut(""))

    for _ in range(3):
        asked.complete(ASK)

    assert forms(model_server) == ["json_schema"] * 3


def test_a_prompt_that_is_too_long_is_no_reason_to_ask_otherwise(
    model_server: ModelServer, provider: Make
) -> None:
    asked = provider()
    model_server.say(fails(400, message="request (20031 tokens) exceeds the available context size"))

    with pytest.raises(ModelRefused, match="longer than its context"):
        asked.complete(ASK)

    assert len(model_server.asked) == 1
    assert asked.dialect.form == Form.BOUNDED


def test_a_request_that_no_form_saves_teaches_nothing(model_server: ModelServer, provider: Make) -> None:
    asked = provider()
    model_server.otherwise = fails(400, message="bad request")

    with pytest.raises(ModelRefused, match="status 400"):
        asked.complete(ASK)

    assert len(model_server.asked) == 4
    assert asked.dialect.form == Form.BOUNDED


def test_an_outage_on_the_way_down_is_an_outage(model_server: ModelServer, provider: Make) -> None:
    asked = provider(retries=0)
    model_server.say(fails(400), fails(503))

    with pytest.raises(ModelUnavailable, match="503"):
        asked.complete(ASK)

    assert asked.dialect.form == Form.BOUNDED


def test_what_many_threads_learn_at_once_is_learnt_once(model_server: ModelServer, provider: Make) -> None:
    asked = provider(concurrency=8)
    model_server.lacks = {"json_schema", "temperature"}
    model_server.otherwise = FENCED

    with ThreadPoolExecutor(8) as pool:
        for job in [pool.submit(asked.complete, ASK) for _ in range(24)]:
            assert job.result().text == FENCED

    assert asked.dialect.form == Form.OBJECT
    before = len(model_server.asked)
    asked.complete(ASK)
    assert len(model_server.asked) == before + 1
