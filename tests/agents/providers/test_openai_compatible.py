import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from model_server import (
    Hang,
    ModelServer,
    Reply,
    Sent,
    breaks_off,
    calls,
    chooses_nothing,
    cut,
    drops,
    fails,
    filters,
    garbles,
    refuses,
    says,
)

from diffmem.agents.providers.counters import Counters
from diffmem.agents.providers.dialect import Dialect
from diffmem.agents.providers.provider import Message, Request, Tool, ToolCall, Usage
from diffmem.errors import ModelError, ModelNonsense, ModelRefused, ModelUnavailable

from .conftest import KEY, Make

WORDS = "the quiet words of a prompt"
ASK = Request((Message("system", "You file."), Message("user", WORDS)))
LOOK = Tool("explore", "Look around.", {"type": "object", "properties": {"command": {"type": "string"}}})


def test_a_request_goes_out_as_chat_completions_are_written(
    model_server: ModelServer, provider: Make
) -> None:
    model_server.say(calls(("explore", {"command": "ls"})), "Done.")
    asked = provider(temperature=0.2)

    first = asked.complete(Request(ASK.messages, tools=(LOOK,), max_tokens=300))
    second = asked.complete(
        Request(
            (
                *ASK.messages,
                Message("assistant", "", calls=first.calls),
                Message("tool", "me.md", call_id=first.calls[0].id),
            ),
            tools=(LOOK,),
        )
    )

    sent = model_server.asked[0]
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.body == {
        "model": "a-model",
        "messages": [{"role": "system", "content": "You file."}, {"role": "user", "content": WORDS}],
        "max_tokens": 300,
        "temperature": 0.2,
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "explore",
                    "description": "Look around.",
                    "parameters": dict(LOOK.parameters),
                },
            }
        ],
    }
    assert first.calls == (ToolCall("call_1", "explore", '{"command": "ls"}'),)
    assert model_server.asked[1].body["messages"][2:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "explore", "arguments": '{"command": "ls"}'},
                }
            ],
        },
        {"role": "tool", "content": "me.md", "tool_call_id": "call_1"},
    ]
    assert (second.text, second.calls, second.cut) == ("Done.", (), False)


def test_without_a_key_none_is_sent(
    model_server: ModelServer, provider: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "somebody-elses")
    monkeypatch.setenv("OPENAI_ORG_ID", "an-organization")
    model_server.say("Hello.")

    provider(key="").complete(ASK)

    assert not {"authorization", "openai-organization"} & model_server.asked[0].headers.keys()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fails(429), id="429"),
        pytest.param(fails(408), id="408"),
        pytest.param(fails(500), id="500"),
        pytest.param(fails(503), id="503"),
        pytest.param(drops(), id="no answer at all"),
        pytest.param(breaks_off(), id="the connection ends within the body"),
        pytest.param(
            Sent(body=b'{"error": {"code": 502, "message": "upstream"}}'), id="an error with status 200"
        ),
    ],
)
def test_what_may_pass_is_tried_again(
    model_server: ModelServer, provider: Make, naps: list[float], fault: Reply
) -> None:
    model_server.say(fault, fault, "Hello.")

    assert provider().complete(ASK).text == "Hello."
    first, second = naps
    assert 0.5 <= first <= 1
    assert 1 <= second <= 2


@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        pytest.param(fails(401), ModelRefused, "the key is not accepted", id="401"),
        pytest.param(fails(402), ModelRefused, "no credit left", id="402"),
        pytest.param(fails(403), ModelRefused, "may not use this model", id="403"),
        pytest.param(fails(404, code="model_not_found"), ModelRefused, "model_not_found", id="404"),
        pytest.param(fails(429, code="insufficient_quota"), ModelRefused, "no credit left", id="no credit"),
        pytest.param(fails(400), ModelRefused, "status 400", id="400"),
        pytest.param(fails(422), ModelRefused, "status 422", id="422"),
        pytest.param(
            Sent(307, headers={"location": "http://127.0.0.1:9/v1"}), ModelRefused, "elsewhere", id="307"
        ),
        pytest.param(
            fails(400, code="context_length_exceeded", message="the maximum context length is 10 tokens"),
            ModelRefused,
            "prompt of about 9 tokens, with 4096 for the answer",
            id="too long",
        ),
        pytest.param(refuses(), ModelRefused, "declined", id="refusal"),
        pytest.param(filters(), ModelRefused, "declined", id="content filter"),
        pytest.param(chooses_nothing(), ModelNonsense, "no answer", id="no choices"),
        pytest.param(says(""), ModelNonsense, "empty", id="no content"),
        pytest.param(garbles(), ModelNonsense, "no JSON", id="half a body"),
        pytest.param(garbles("<html>Welcome</html>"), ModelNonsense, "base URL", id="a web page"),
        pytest.param(garbles('["a"]'), ModelNonsense, "no JSON", id="a list"),
    ],
)
def test_what_will_not_pass_is_an_error_at_once(
    model_server: ModelServer,
    provider: Make,
    naps: list[float],
    fault: Reply,
    error: type[ModelError],
    told: str,
) -> None:
    model_server.say(fault)

    with pytest.raises(error, match=told):
        provider().complete(ASK)

    assert len(model_server.asked) == 1
    assert not naps


def test_an_outage_is_an_error_with_a_name_and_recovery_needs_nothing(
    model_server: ModelServer, provider: Make
) -> None:
    model_server.otherwise = fails(503)
    asked = provider(retries=2)

    with pytest.raises(ModelUnavailable, match="asked 3 times: status 503"):
        asked.complete(ASK)

    model_server.otherwise = "Back."
    assert asked.complete(ASK).text == "Back."


def test_a_server_that_is_not_there_is_unavailable(provider: Make, naps: list[float]) -> None:
    with ModelServer() as gone:
        url = gone.url

    with pytest.raises(ModelUnavailable, match="no connection"):
        provider(url, retries=1).complete(ASK)

    assert len(naps) == 1


@pytest.mark.parametrize("said", ["7", "7.0"])
def test_the_server_says_how_long_to_wait(
    model_server: ModelServer, provider: Make, naps: list[float], said: str
) -> None:
    model_server.say(fails(429, retry_after=said), "Hello.")

    provider().complete(ASK)

    assert naps == [7.0]


@pytest.mark.parametrize("said", ["soon", "-3", "0", "nan", "inf", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_wait_that_makes_no_sense_is_not_waited(
    model_server: ModelServer, provider: Make, naps: list[float], said: str
) -> None:
    model_server.say(fails(429, retry_after=said), "Hello.")

    provider().complete(ASK)

    assert len(naps) == 1
    assert naps[0] <= 1


@pytest.mark.parametrize("said", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_wait_longer_than_the_patience_ends_at_once(
    model_server: ModelServer, provider: Make, naps: list[float], said: str
) -> None:
    model_server.say(fails(429, retry_after=said))

    with pytest.raises(ModelUnavailable, match="status 429; no time is left"):
        provider().complete(ASK)

    assert not naps


def test_all_attempts_together_keep_to_the_deadline(model_server: ModelServer, provider: Make) -> None:
    now = [0.0]
    model_server.otherwise = fails(503)

    def sleep(seconds: float) -> None:
        now[0] += seconds

    asked = provider(retries=50, deadline=30.0, sleep=sleep, clock=lambda: now[0])

    with pytest.raises(ModelUnavailable, match="no time is left"):
        asked.complete(ASK)
    assert now[0] < 30

    spent = now[0]
    with pytest.raises(ModelUnavailable):
        asked.complete(Request(ASK.messages, seconds=3))
    assert now[0] - spent < 3


def test_a_request_without_time_is_not_sent(model_server: ModelServer, provider: Make) -> None:
    with pytest.raises(ModelUnavailable, match="the time is over"):
        provider().complete(Request(ASK.messages, seconds=0))

    assert not model_server.asked


def test_silence_ends_after_the_time_for_one_attempt(model_server: ModelServer, provider: Make) -> None:
    hang = Hang()
    model_server.say(hang, "Hello.")

    assert provider(timeout=0.05).complete(ASK).text == "Hello."
    assert hang.begun.is_set()


def test_a_body_that_never_ends_is_given_up(model_server: ModelServer, provider: Make) -> None:
    ticks = iter(range(1000))
    model_server.otherwise = Sent(body=b" " * 200_000)

    with pytest.raises(ModelUnavailable, match="too slowly"):
        provider(clock=lambda: float(next(ticks)), timeout=1.0, retries=0).complete(ASK)


def test_no_more_calls_than_allowed_are_under_way(model_server: ModelServer, provider: Make) -> None:
    asked = provider(concurrency=2)
    hangs = [Hang() for _ in range(8)]
    model_server.say(*hangs)

    with ThreadPoolExecutor(8) as pool:
        replies = [pool.submit(asked.complete, ASK) for _ in hangs]
        for done, hang in enumerate(hangs):
            model_server.wait_for(min(done + 2, len(hangs)))
            assert len(model_server.asked) <= done + 2
            hang.release()
        assert [reply.result().text for reply in replies] == ["late"] * 8

    assert model_server.most_at_once == 2


def test_a_call_that_finds_no_place_in_time_is_unavailable(model_server: ModelServer, provider: Make) -> None:
    asked = provider(concurrency=1)
    hang = Hang()
    model_server.say(hang)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(asked.complete, ASK)
        model_server.wait_for(1)
        with pytest.raises(ModelUnavailable, match="too many calls"):
            asked.complete(Request(ASK.messages, seconds=0.02))
        hang.release()
        assert first.result().text == "late"

    model_server.say("A place is free again.")
    assert asked.complete(ASK).text == "A place is free again."


def test_an_answer_at_the_cap_is_cut(model_server: ModelServer, provider: Make) -> None:
    model_server.say(cut("half an ans"), cut(""))

    assert provider().complete(ASK).cut
    assert provider().complete(ASK).cut


def test_what_is_spent_is_what_the_server_tells(model_server: ModelServer, provider: Make) -> None:
    counters = Counters()
    asked = provider(counters=counters, asks_cost=True, retries=0)
    model_server.say(
        says("Hello.", tokens=(120, 7), cost=0.002), says("Hello.", tokens=(1, 1), cost=0.003), fails(500)
    )

    assert asked.complete(ASK).usage == Usage(1, 120, 7, 0.002)
    assert model_server.asked[0].body["usage"] == {"include": True}
    asked.complete(ASK)
    with pytest.raises(ModelUnavailable):
        asked.complete(ASK)

    total = counters.totals()["a-model"]
    assert total.usage == Usage(2, 121, 8, pytest.approx(0.005))  # pyright: ignore[reportArgumentType]
    assert total.failures == 1


def test_a_server_that_tells_nothing_is_counted_by_length(model_server: ModelServer, provider: Make) -> None:
    model_server.say(says("x" * 400, tokens=None))

    spent = provider().complete(Request((Message("user", "y" * 800),))).usage

    assert spent.tokens_in == 200
    assert 100 <= spent.tokens_out <= 101
    assert spent.cost is None
    assert "usage" not in model_server.asked[0].body


def test_counters_lose_nothing_between_threads() -> None:
    counters = Counters()
    begin = threading.Barrier(8)

    def count() -> None:
        begin.wait()
        for _ in range(500):
            counters.answered("m", Usage(1, 2, 3, 0.5))
            counters.failed("m")

    with ThreadPoolExecutor(8) as pool:
        for job in [pool.submit(count) for _ in range(8)]:
            job.result()

    assert counters.totals()["m"].usage == Usage(4000, 8000, 12000, 2000.0)
    assert counters.totals()["m"].failures == 4000


def test_a_prompt_longer_than_the_context_is_not_sent(model_server: ModelServer, provider: Make) -> None:
    asked = provider(context_tokens=1000)

    with pytest.raises(ModelRefused, match="prompt of about 1250 tokens"):
        asked.complete(Request((Message("user", "x" * 5000),)))
    assert not model_server.asked

    model_server.say("Hello.")
    asked.complete(Request((Message("user", "x" * 2000),)))
    assert model_server.asked[0].body["max_tokens"] == 500


def test_a_server_without_tools_is_asked_with_tools_but_once(
    model_server: ModelServer, provider: Make
) -> None:
    asked = provider()
    model_server.lacks = {"tools"}
    assert asked.takes_tools

    for _ in range(2):
        with pytest.raises(ModelRefused, match="takes no tools"):
            asked.complete(Request(ASK.messages, tools=(LOOK,)))

    assert not asked.takes_tools
    assert len(model_server.asked) == 1
    model_server.say("Hello.")
    assert asked.complete(ASK).text == "Hello."


@pytest.mark.parametrize(
    ("lacking", "gone", "there"),
    [("temperature", "temperature", "max_tokens"), ("max_tokens", "max_tokens", "max_completion_tokens")],
)
def test_a_parameter_the_server_does_not_know_is_left_out_from_then_on(
    model_server: ModelServer, provider: Make, lacking: str, gone: str, there: str
) -> None:
    asked = provider(temperature=0.0)
    model_server.lacks = {lacking}
    model_server.otherwise = "Hello."

    asked.complete(ASK)
    asked.complete(ASK)

    assert len(model_server.asked) == 3
    assert all(gone not in sent.body and there in sent.body for sent in model_server.asked[1:])


def test_neither_key_nor_prompt_shows_in_errors_or_logs(
    model_server: ModelServer, provider: Make, caplog: pytest.LogCaptureFixture
) -> None:
    told = f"Incorrect API key provided: {KEY}; your prompt was {WORDS}"
    faults = [
        *(fails(status, message=told, code=told) for status in (400, 401, 403, 404, 422, 429, 500)),
        refuses(told),
        garbles(told),
        drops(),
        breaks_off(),
        Sent(body=b'{"error": "' + told.encode() + b'"}'),
    ]
    shown: list[str] = []
    asked = provider(retries=0)

    with caplog.at_level(logging.DEBUG):
        for fault in faults:
            model_server.say(fault)
            with pytest.raises(ModelError) as failed:
                asked.complete(ASK)
            shown += traceback.format_exception(failed.value)

    shown += [caplog.text, repr(asked)]
    assert len(model_server.asked) == len(faults)
    assert not [text for text in shown if KEY in text or WORDS in text]


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://models/v1", "file:///etc/passwd", "http://"])
def test_a_base_url_is_http(url: str) -> None:
    from diffmem.agents.providers.openai_compatible import OpenAICompatible

    with pytest.raises(ValueError, match="base URL"):
        OpenAICompatible(url, "", "m")


def test_what_two_threads_learn_is_both_kept(model_server: ModelServer, provider: Make) -> None:
    asked = provider(temperature=0.0, concurrency=8)
    model_server.lacks = {"temperature", "max_tokens", "tools"}
    model_server.otherwise = "Hello."

    def with_tools() -> str:
        with pytest.raises(ModelRefused):
            asked.complete(Request(ASK.messages, tools=(LOOK,)))
        return "Hello."

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(with_tools if n % 2 else lambda: asked.complete(ASK).text) for n in range(16)]
        assert [job.result() for job in jobs] == ["Hello."] * 16

    assert asked.dialect == Dialect(cap="max_completion_tokens", temperature=False, tools=False)
