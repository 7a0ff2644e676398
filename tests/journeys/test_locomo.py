"""One whole conversation of two friends, through the server as a host uses it."""

import importlib.util
import json
import lzma
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from data_folder import DATA
from mcp import Client, StdioServerParameters

Server = Callable[[str], StdioServerParameters]

BUDGETS = (1000, 4000)


def scorer() -> Callable[[str, list[str]], tuple[float, float, float]]:
    """The share of gold turns whose words stand in a text, as the data's own script counts it."""
    assert DATA is not None
    spec = importlib.util.spec_from_file_location("score_context", DATA / "score_context.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.evidence_recall


def conversation() -> Mapping[str, Any]:
    assert DATA is not None
    with lzma.open(DATA / "bundles" / "locomo.jsonl.xz", "rt", encoding="utf-8") as lines:
        return json.loads(next(iter(lines)))


def text_of(answer: Mapping[str, Any]) -> str:
    return "\n".join(block["text"] for block in answer["blocks"])


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.skipif(DATA is None, reason="the development data is not here (DIFFMEM_TEST_DATA)")
async def test_a_whole_conversation_is_remembered_and_every_question_answered_within_its_cap(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = conversation()
    async with Client(server("reader")) as client:
        for session in talk["sessions"]:
            turns = [{"speaker": turn["speaker"], "content": turn["text"]} for turn in session["turns"]]
            words = {
                "content": json.dumps(turns),
                "session_id": session["sid"],
                "session_date": session["date"],
            }
            stored = await client.call_tool("remember", words)
            assert stored.structured_content is not None
            assert stored.structured_content["state"] == "digested"
        listed = [one.name for one in (await client.list_resources()).resources]
        answers = {
            cap: [
                (
                    await client.call_tool("recall", {"query": asked["question"], "max_tokens": cap})
                ).structured_content
                for asked in talk["questions"]
            ]
            for cap in BUDGETS
        }

    assert sum(name.startswith("sessions/") for name in listed) == len(talk["sessions"])
    for cap in BUDGETS:
        given = [answer for answer in answers[cap] if answer is not None]
        assert len(given) == len(talk["questions"])
        sizes = [len(json.dumps(answer, ensure_ascii=False)) / 4 for answer in given]
        assert max(sizes) <= cap
        with capsys.disabled():
            print(report(talk, cap, given))  # noqa: T201


def report(talk: Mapping[str, Any], cap: int, answers: list[dict[str, Any]]) -> str:
    """How much of the evidence the answers hold, and what they cost."""
    score = scorer()
    said = {turn["tid"]: turn["text"] for session in talk["sessions"] for turn in session["turns"]}
    shares: list[float] = []
    for asked, answer in zip(talk["questions"], answers, strict=True):
        gold = [said[tid] for tid in asked.get("evidence", ()) if tid in said]
        if gold and asked["cat"] != "adversarial":
            shares.append(score(text_of(answer), gold)[0])
    wrapping = [
        1 - len("".join(b["text"] for b in a["blocks"])) / len(json.dumps(a, ensure_ascii=False))
        for a in answers
    ]
    found, around = 100 * mean(shares), 100 * mean(wrapping)
    return f"\n{talk['id']} at {cap} tokens: {found:.1f} % of the evidence, wrapping {around:.1f} %"
