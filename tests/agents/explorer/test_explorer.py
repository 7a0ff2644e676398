"""How a model comes to a plan, and that nothing it does costs the answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diffmem.agents.context import Block, Context
from diffmem.agents.explorer import frame
from diffmem.agents.explorer.explorer import explored
from diffmem.agents.explorer.limits import Limits
from diffmem.agents.providers.provider import Message, Reply, Scripted, ToolCall, Usage
from diffmem.errors import BadInput, ModelNonsense, ModelRefused, ModelUnavailable
from diffmem.server import wire

from .past import MAYA, QUESTION, TODAY, Past, found, key_of

GOLDEN = Path(__file__).parent / "golden"
LOOK = {"action": "explore", "command": f"grep -n Lisbon {MAYA}"}
PLAN = {
    "pointers": [{"path": MAYA, "lines": "17-18", "reason": "both homes", "priority": 1}],
    "synthesis": "She lives in Lisbon; before that in Berlin.",
    "entities": ["Maya"],
}
DONE = {"action": "finish", "plan": PLAN}


def ask(past: Past, provider: Scripted, limits: Limits | None = None, **more: Any) -> Context:
    baseline = found(past.snapshot)
    return explored(
        past.snapshot, QUESTION, baseline, provider, max_tokens=400, today=TODAY, limits=limits, **more
    )


def called(*calls: tuple[str, Mapping[str, object] | str]) -> Reply:
    made = tuple(
        ToolCall(f"c{number}", name, given if isinstance(given, str) else json.dumps(given))
        for number, (name, given) in enumerate(calls)
    )
    return Reply("", Usage(1, 100, 10), made)


def by_shape(*answers: Mapping[str, object] | str | Exception) -> Scripted:
    return Scripted(*(json.dumps(one) if isinstance(one, Mapping) else one for one in answers))


def by_tools(*answers: Reply | str | Exception) -> Scripted:
    return Scripted(*answers, takes_tools=True)


def ticking(step: float) -> Callable[[], float]:
    """A clock that goes on by a step whenever it is looked at."""
    now = [0.0]

    def clock() -> float:
        now[0] += step
        return now[0]

    return clock


def is_the_scouts(answer: Context, past: Past, why: str) -> bool:
    baseline = found(past.snapshot)
    return (
        answer.blocks == baseline.blocks
        and answer.retrieval_version == "scout"
        and answer.note == f"found without a model: {why}"
        and not answer.synthesis
        and not answer.entities
    )


@pytest.mark.parametrize(
    "provider",
    [
        by_shape(LOOK, DONE),
        by_tools(called(("explore", {"command": LOOK["command"]})), called(("finish", PLAN))),
    ],
    ids=["by shape", "by tools"],
)
def test_a_model_looks_around_and_its_plan_is_shown(past: Past, provider: Scripted) -> None:
    answer = ask(past, provider)

    assert answer.retrieval_version == "agent"
    assert [block.lines for block in answer.blocks if block.origin == "agent"] == ["17-17", "18-18"]
    assert answer.synthesis == PLAN["synthesis"]
    assert answer.entities == ("Maya",)
    assert answer.turns == 2
    assert answer.usage is not None
    assert answer.usage.calls == 2
    assert wire.cost(wire.recalled(answer, 400)) <= 400
    assert "17:- 2024-03 | Maya moved to Lisbon." in provider.asked[1].messages[-1].content


def test_a_tool_call_is_answered_under_its_id(past: Past) -> None:
    provider = by_tools(called(("explore", {"command": "ls"})), called(("finish", PLAN)))
    ask(past, provider)

    said, told = provider.asked[1].messages[-2:]
    assert [call.name for call in said.calls] == ["explore"]
    assert (told.role, told.call_id) == ("tool", said.calls[0].id)
    assert [tool.name for tool in provider.asked[0].tools] == ["explore", "finish"]


def test_several_calls_of_one_turn_are_all_answered(past: Past) -> None:
    two = called(("explore", {"command": "ls"}), ("explore", {"command": "cat index.md"}))
    provider = by_tools(two, called(("finish", PLAN)))

    answer = ask(past, provider)

    assert [message.role for message in provider.asked[1].messages[2:]] == ["assistant", "tool"] * 2
    assert answer.turns == 2


@pytest.mark.parametrize(
    "first",
    ["I would look into memories/people/maya.md.", ModelRefused("m", "tools are not supported")],
    ids=["prose", "refused"],
)
def test_a_model_without_tools_is_asked_by_shape(past: Past, first: str | Exception) -> None:
    provider = by_tools(first)
    provider.say(json.dumps(LOOK), json.dumps(DONE))

    answer = ask(past, provider)

    assert answer.retrieval_version == "agent"
    assert provider.asked[0].tools
    assert not provider.asked[1].tools
    assert provider.asked[1].shape is not None


def test_what_was_seen_by_tools_is_not_lost_when_they_stop_working(past: Past) -> None:
    provider = by_tools(called(("explore", {"command": "cat timeline/2024-04.md"})), "Well.")
    provider.say(json.dumps(DONE))

    ask(past, provider)

    assert "Maya left Berlin" in provider.asked[2].messages[-1].content
    assert all(not message.calls and message.role != "tool" for message in provider.asked[2].messages)


@pytest.mark.parametrize(
    ("call", "mistake"),
    [
        (("explore", "{"), "Invalid JSON"),
        (("explore", {"cmd": "ls"}), "command"),
        (("explore", {"command": "x" * 2000}), "command"),
        (("finish", {"plan": PLAN}), "pointers"),
        (("finish", {"pointers": [{"path": MAYA, "git_cmd": "git log; id"}]}), "git_cmd"),
        (("finish", "[" * 50_000), "arguments have 50,000 characters"),
        (("shell", {"command": "id"}), "two tools"),
    ],
    ids=["bad JSON", "wrong key", "too long", "wrapped", "extra key", "deep", "unknown tool"],
)
def test_a_call_that_cannot_be_used_is_shown_with_its_mistake(
    past: Past, call: tuple[str, Mapping[str, object] | str], mistake: str
) -> None:
    provider = by_tools(called(call), called(("finish", PLAN)))

    answer = ask(past, provider)

    assert answer.retrieval_version == "agent"
    assert mistake in provider.asked[1].messages[-1].content
    assert len(provider.asked[1].messages[-1].content) < 800


def test_a_wrong_answer_by_shape_is_asked_again_once(past: Past) -> None:
    answer = ask(past, by_shape('{"action": "explore"}', DONE))
    assert answer.retrieval_version == "agent"


@pytest.mark.parametrize(
    ("provider", "why"),
    [
        (by_shape("no", "still no"), "it gave no usable plan"),
        (by_shape({"action": "finish"}, {"action": "finish"}), "it gave no usable plan"),
        (by_shape("[" * 60_000, "[" * 60_000), "it gave no usable plan"),
        (by_shape(ModelUnavailable("m", "timed out")), "it did not answer"),
        (by_shape(ModelRefused("m", "no such model")), "it refused"),
        (by_shape(ModelNonsense("m", "empty"), ModelNonsense("m", "empty")), "it gave no usable plan"),
        (by_shape(LOOK, ModelUnavailable("m", "timed out")), "it did not answer"),
        (by_tools(ModelRefused("m", "no"), ModelRefused("m", "no")), "it refused"),
        (by_tools(ModelUnavailable("m", "down")), "it did not answer"),
        (by_shape({"action": "finish", "plan": {"pointers": []}}), "it found no place that answers"),
        (
            by_shape({"action": "finish", "plan": {"pointers": [{"path": "/etc/passwd"}]}}),
            "its plan leads nowhere in this memory",
        ),
    ],
    ids=[
        "prose",
        "no plan",
        "deep",
        "down",
        "refused",
        "empty",
        "half-way",
        "no key",
        "tools down",
        "no pointers",
        "outside",
    ],
)
def test_whatever_goes_wrong_the_scouts_answer_stands_and_says_why(
    past: Past, provider: Scripted, why: str
) -> None:
    answer = ask(past, provider)

    assert is_the_scouts(answer, past, why)
    assert answer.usage is not None
    assert answer.usage.calls == len(provider.asked)


def test_a_model_that_never_ends_is_stopped_after_its_turns(past: Past) -> None:
    looks = [called(("explore", {"command": "ls"}))] * 5
    provider = by_tools(*looks)

    answer = ask(past, provider, Limits(max_turns=5))

    assert is_the_scouts(answer, past, "no plan within 5 turns")
    assert answer.turns == len(provider.asked) == 5
    assert [tool.name for tool in provider.asked[-1].tools] == ["finish"]
    assert "last turn" in provider.asked[-1].messages[-1].content


def test_by_shape_the_last_turn_takes_only_a_plan(past: Past) -> None:
    provider = by_shape(LOOK, DONE)

    answer = ask(past, provider, Limits(max_turns=2))

    assert answer.retrieval_version == "agent"
    shapes = [request.shape.__name__ for request in provider.asked if request.shape]
    assert shapes == ["Action", "Finish"]


def test_a_slow_model_is_stopped_when_its_time_is_over(past: Past) -> None:
    provider = by_shape(*[LOOK] * 6)

    answer = ask(past, provider, Limits(timeout_seconds=30), clock=ticking(4))

    assert is_the_scouts(answer, past, "no plan within 30 s")
    assert len(provider.asked) < 6
    assert answer.elapsed_ms >= 30_000


def test_every_call_is_told_how_much_time_is_left(past: Past) -> None:
    provider = by_shape(LOOK, DONE)

    ask(past, provider, Limits(timeout_seconds=30), clock=ticking(0.5))

    first, second = (request.seconds for request in provider.asked)
    assert first is not None
    assert second is not None
    assert 0 < second < first < 30


def test_a_plan_that_comes_late_is_still_taken(past: Past) -> None:
    hours = iter([0.0, 0.0, 0.0, 0.0, 0.0])
    answer = ask(past, by_shape(DONE), Limits(timeout_seconds=1), clock=lambda: next(hours, 3600.0))
    assert answer.retrieval_version == "agent"


def test_tokens_are_limited(past: Past) -> None:
    provider = by_shape(*[LOOK] * 9)

    answer = ask(past, provider, Limits(max_turns=9, max_tokens=9000))

    assert answer.retrieval_version == "scout"
    assert answer.usage is not None
    assert answer.usage.tokens_in + answer.usage.tokens_out <= 9000


def test_a_budget_too_small_for_one_turn_costs_nothing(past: Past) -> None:
    provider = by_shape(DONE)

    answer = ask(past, provider, Limits(max_tokens=100))

    assert is_the_scouts(answer, past, "no plan within 100 tokens")
    assert not provider.asked


def test_a_long_output_is_cut_and_says_so(past: Past) -> None:
    past.commit("edit", "2024-05-01", {"long.md": "a line of a long file\n" * 20_000})
    provider = by_shape({"action": "explore", "command": "cat long.md"}, DONE)

    ask(past, provider)

    told = provider.asked[1].messages[-1].content
    assert len(told) < 7_000
    assert "characters left out; narrow the command" in told
    assert "turns left: 5" in told


def test_a_model_with_little_room_is_told_less(past: Past) -> None:
    lines = "".join(f"- 2024-05-0{n % 9 + 1} | Maya lives at number {n}.\n" for n in range(200))
    past.commit("edit", "2024-05-01", {"numbers.md": lines})
    baseline = found(past.snapshot, max_tokens=4000)

    def told(context_tokens: int) -> int:
        provider = Scripted(json.dumps(DONE), context_tokens=context_tokens)
        explored(past.snapshot, QUESTION, baseline, provider, max_tokens=400, today=TODAY)
        return sum(len(message.content) for message in provider.asked[0].messages)

    assert told(4_000) < told(32_000)


@pytest.mark.parametrize(
    ("given", "cut"),
    [
        (Limits(max_turns=100_000), 24),
        (Limits(timeout_seconds=1_000_000), 600),
        (Limits(max_tokens=1_000_000_000), 500_000),
    ],
    ids=["turns", "seconds", "tokens"],
)
def test_limits_from_outside_are_cut_to_the_products_own(given: Limits, cut: float) -> None:
    assert cut in (given.max_turns, given.timeout_seconds, given.max_tokens)


@pytest.mark.parametrize(
    "wrong", [{"max_turns": 0}, {"timeout_seconds": -1}, {"timeout_seconds": float("nan")}, {"max_tokens": 0}]
)
def test_limits_that_leave_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Limits(**wrong)


def test_the_note_of_a_failure_makes_room_for_itself(past: Past) -> None:
    lines = "".join(f"- 2024-05-0{n % 9 + 1} | Maya lives at number {n}.\n" for n in range(200))
    past.commit("edit", "2024-05-01", {"numbers.md": lines})
    for cap in range(80, 400, 23):
        baseline = replace(found(past.snapshot, max_tokens=cap), note="perhaps not in this memory " * 3)
        provider = by_shape(ModelUnavailable("m", "down"))

        answer = explored(past.snapshot, QUESTION, baseline, provider, max_tokens=cap, today=TODAY)

        assert frame.cost(answer.commit, answer.confidence, answer.blocks, answer.note) <= cap
        assert len(baseline.blocks) - 4 <= len(answer.blocks) <= len(baseline.blocks)


def test_an_endless_conversation_as_question_does_not_make_an_endless_prompt(past: Past) -> None:
    talk = "\n".join(f"user: line {n} about nothing at all" for n in range(5_000))
    provider = by_shape(DONE)
    asked = f"{talk}\nuser: Where is Maya?"
    explored(past.snapshot, asked, found(past.snapshot), provider, max_tokens=400, today=TODAY)
    told = provider.asked[0].messages[1].content
    assert "Where is Maya?" in told
    assert len(told) < 20_000


@pytest.mark.parametrize(
    ("name", "takes_tools"), [("by_shape", False), ("by_tools", True)], ids=["by shape", "by tools"]
)
def test_the_conversation_with_the_model_is_as_it_was_reviewed(
    past: Past, tmp_path: Path, name: str, takes_tools: bool
) -> None:
    steps = (
        (called(("explore", {"command": LOOK["command"]})), called(("finish", PLAN)))
        if takes_tools
        else (json.dumps(LOOK), json.dumps(DONE))
    )
    provider = Scripted(*steps, takes_tools=takes_tools)

    spring = f"sessions/2024/04/2024-04-02_{key_of('s-2')}_s-2.md"
    blocks = (
        Block(spring, "9-11", "2024-04-02", "s-2", (1,), "[1] user: Maya moved to Lisbon.", "turn", 8, 2.0),
        Block(MAYA, "25-25", "2023-05-08", "", (3,), "2023-05-08 | Maya plays the cello.", "", 9, 1.0),
    )
    baseline = Context(past.commits[-1], 0.42, blocks)
    explored(past.snapshot, QUESTION, baseline, provider, max_tokens=400, today=TODAY, clock=lambda: 0.0)

    said = "\n".join(_written(message) for message in provider.asked[-1].messages)
    # After a change that is meant, this file is what to review and to put in its place.
    (tmp_path / f"{name}.txt").write_text(said, "utf-8")
    assert said == (GOLDEN / f"{name}.txt").read_text("utf-8"), f"see {tmp_path}"


def _written(message: Message) -> str:
    calls = "".join(f"{call.name} {call.arguments}\n" for call in message.calls)
    return f"=== {message.role} {message.call_id}\n{message.content}\n{calls}"
