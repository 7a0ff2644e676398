import traceback
from typing import Annotated

import pytest
from model_server import ModelServer, cut, fails, refuses, says
from pydantic import BaseModel, ConfigDict, Field

from diffmem.agents.providers.provider import Message, Meter, Reply, Scripted, Usage
from diffmem.agents.providers.structured import ask
from diffmem.errors import ModelError, ModelNonsense, ModelRefused, ModelUnavailable

from .conftest import Make


class Plan(BaseModel):
    title: str
    steps: Annotated[list[int], Field(max_length=3)] = []


class Closed(Plan):
    model_config = ConfigDict(extra="forbid")


ASK = (Message("system", "You plan."), Message("user", "A plan, please."))
GOOD = '{"title": "Go", "steps": [1, 2]}'
PLAN = Plan(title="Go", steps=[1, 2])


@pytest.mark.parametrize("said", [GOOD, f"```json\n{GOOD}\n```", f"Gladly: {GOOD}"])
def test_a_good_answer_takes_one_call(said: str) -> None:
    model = Scripted(said)

    assert ask(model, ASK, Plan, max_tokens=99) == PLAN
    assert len(model.asked) == 1
    assert (model.asked[0].shape, model.asked[0].max_tokens) == (Plan, 99)


@pytest.mark.parametrize(
    ("said", "mistake"),
    [
        pytest.param("I would rather not.", "- there is no JSON object in it", id="prose"),
        pytest.param('{"title": "Go",}', "- the JSON is broken at line 1, column 16", id="broken"),
        pytest.param("{}", "- title: Field required", id="missing"),
        pytest.param('{"title": "Go", "steps": [1, "two"]}', "- steps.1: Input should be", id="wrong type"),
        pytest.param('{"title": "Go", "steps": [1,2,3,4]}', "- steps: List should have at most 3", id="long"),
        pytest.param(Reply('{"title": "G', Usage(1), cut=True), "limit of 4096 tokens", id="cut"),
        pytest.param(Reply(GOOD, Usage(1), cut=True), "be much shorter", id="cut after all"),
    ],
)
def test_a_wrong_answer_is_shown_with_its_mistake_once(said: str | Reply, mistake: str) -> None:
    model = Meter(script := Scripted(said, GOOD))

    assert ask(model, ASK, Plan) == PLAN

    *before, shown, wish = script.asked[1].messages
    assert tuple(before) == ASK
    assert shown == Message("assistant", said if isinstance(said, str) else said.text)
    assert wish.role == "user"
    assert mistake in wish.content
    assert model.usage.calls == 2


def test_a_second_wrong_answer_is_nonsense() -> None:
    model = Scripted('{"steps": "many"}', '{"steps": "lots"}', GOOD)

    with pytest.raises(ModelNonsense, match=r"title: missing; steps: list_type"):
        ask(model, ASK, Plan)

    assert len(model.asked) == 2


@pytest.mark.parametrize("second", ["prose", Reply("{", Usage(1), cut=True)])
def test_whatever_comes_second_there_is_no_third_call(second: str | Reply) -> None:
    model = Scripted("prose", second, GOOD)

    with pytest.raises(ModelNonsense):
        ask(model, ASK, Plan)

    assert len(model.asked) == 2


def test_extra_keys_are_a_mistake_only_where_the_shape_says_so() -> None:
    extra = '{"title": "Go", "steps": [1, 2], "mood": "good"}'

    assert ask(Scripted(extra), ASK, Plan) == PLAN
    model = Scripted(extra, GOOD)
    assert ask(model, ASK, Closed) == Closed(title="Go", steps=[1, 2])
    assert "- mood: Extra inputs are not permitted" in model.asked[1].messages[-1].content


def test_the_error_holds_none_of_the_models_words() -> None:
    secret = "the-quiet-words"
    wrong = f'{{"title": 1, "{secret}": "{secret}", "steps": ["{secret}"]}}'

    with pytest.raises(ModelNonsense) as failed:
        ask(Scripted(wrong, wrong), ASK, Closed)

    assert "an extra key: extra_forbidden" in str(failed.value)
    assert secret not in "".join(traceback.format_exception(failed.value))


def test_a_long_wrong_answer_is_shown_in_part() -> None:
    model = Scripted("x" * 50_000, GOOD)

    ask(model, ASK, Plan)

    assert len(model.asked[1].messages[-2].content) < 13_000


def test_many_mistakes_are_told_in_part() -> None:
    class Row(BaseModel):
        n: int

    class Rows(BaseModel):
        rows: list[Row]

    model = Scripted('{"rows": [' + ",".join(["{}"] * 30) + "]}", '{"rows": []}')

    ask(model, ASK, Rows)

    wish = model.asked[1].messages[-1].content
    assert wish.count("Field required") == 8
    assert "and 22 more such mistakes" in wish


def test_an_answer_cut_before_its_first_word_is_not_shown() -> None:
    model = Scripted(Reply("", Usage(1), cut=True), GOOD)

    assert ask(model, ASK, Plan) == PLAN

    system, user = model.asked[1].messages
    assert system == ASK[0]
    assert user.role == "user"
    assert user.content.startswith("A plan, please.\n\nThat answer cannot be used")


def test_an_empty_answer_is_asked_for_again_as_it_was(model_server: ModelServer, provider: Make) -> None:
    model_server.say(says(""), GOOD)

    assert ask(provider(), ASK, Plan) == PLAN
    assert model_server.asked[0].body == model_server.asked[1].body


@pytest.mark.parametrize("error", [ModelRefused("m", "no"), ModelUnavailable("m", "gone")])
def test_what_no_repair_helps_is_passed_on(error: ModelError) -> None:
    model = Scripted(error, GOOD)

    with pytest.raises(type(error)):
        ask(model, ASK, Plan)

    assert len(model.asked) == 1


def test_both_calls_together_keep_to_the_time_given() -> None:
    model = Scripted("prose", GOOD)

    ask(model, ASK, Plan, seconds=30)

    first, second = (asked.seconds for asked in model.asked)
    assert first == 30
    assert second is not None
    assert 0 <= second < 30


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param((refuses(),), ModelRefused, id="refusal"),
        pytest.param((fails(500),), ModelUnavailable, id="500"),
        pytest.param((says('{"steps": []}'), refuses()), ModelRefused, id="refusal of the repair"),
        pytest.param((cut('{"title": "'), cut('{"title": "')), ModelNonsense, id="cut twice"),
        pytest.param((says(""), says("")), ModelNonsense, id="empty twice"),
    ],
)
def test_over_the_wire_every_end_has_a_name(
    model_server: ModelServer, provider: Make, script: tuple[str], error: type[ModelError]
) -> None:
    model_server.say(*script)

    with pytest.raises(error):
        ask(provider(retries=0), ASK, Plan)

    assert len(model_server.asked) == len(script)
