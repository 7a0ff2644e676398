"""One whole conversation of two friends, through the server as a host uses it."""

import importlib.util
import json
import lzma
import random
import re
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from data_folder import DATA
from mcp import Client, StdioServerParameters

from diffmem.memory import HistoryEntry, Memory

Server = Callable[[str], StdioServerParameters]

BUDGETS = (1000, 4000)
READER = "reader"
SAMPLE = 200
LINE = re.compile(r" *- [^|]{1,24} \| (?P<words>.+) \^(?P<key>[a-z2-7]{8})-\d+[a-z]*$")
TOLD_BY = re.compile(r"^[^:]+: ")


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
        assert mean([wrapping(answer) for answer in given]) < 0.15
        with capsys.disabled():
            print(report(talk, cap, given))  # noqa: T201


@pytest.mark.skipif(DATA is None, reason="the development data is not here (DIFFMEM_TEST_DATA)")
async def test_the_history_of_each_speaker_is_complete_and_every_line_has_a_why(home: Path) -> None:
    talk = conversation()
    memory = Memory.open(home, durability="relaxed")
    spoken: dict[str, set[str]] = {}
    for session in talk["sessions"]:
        turns = [{"speaker": turn["speaker"], "content": turn["text"]} for turn in session["turns"]]
        await memory.remember(READER, json.dumps(turns), session["sid"], session["date"])
        for turn in session["turns"]:
            spoken.setdefault(turn["speaker"], set()).add(session["sid"])

    for speaker, sessions in spoken.items():
        digests = await memory.history(READER, entity=speaker, stage="digest", limit=100)
        told = [entry.session_id for entry in digests.entries if own(entry, speaker)]
        assert sorted(told) == sorted(sessions), speaker

    assert await memory.uncited(READER) == ()
    lines = [line async for line in statements(memory)]
    assert len(lines) > SAMPLE
    for place, key, words in random.Random(4).sample(lines, SAMPLE):
        await leads_to_its_turn(memory, place, key, words)


def own(entry: HistoryEntry, speaker: str) -> bool:
    """Whether a commit brought lines that a speaker said into the speaker's own file."""
    return any(
        change.path.endswith(f"/{speaker.lower()}.md") and any(LINE.match(line) for line in change.added)
        for change in entry.changes
    )


async def statements(memory: Memory) -> AsyncIterator[tuple[str, str, str]]:
    """Place, session key and words of every filed line."""
    for file in (await memory.list(READER)).files:
        if file.path.startswith("memories/") or file.path == f"{READER}.md":
            text = (await memory.read(READER, file.path)).text
            for number, line in enumerate(text.splitlines(), 1):
                found = LINE.match(line)
                if found:
                    yield f"{file.path}:{number}", found["key"], found["words"]


async def leads_to_its_turn(memory: Memory, place: str, key: str, words: str) -> None:
    """The turn that `why` names must hold the words of the line."""
    why = await memory.why(READER, place)
    page = await memory.read(READER, why.session_path, lines=why.session_lines)
    assert f"_{key}_" in why.session_path, place
    assert why.learned_in, place
    assert f"session_id: {why.session_id}\n" in (await memory.read(READER, why.session_path)).text, place
    # A line filed under another name begins with who said it.
    told = TOLD_BY.sub("", words) if words.startswith(f"{why.speaker}: ") else words
    assert bare(told) in bare(page.text), place
    assert bare(why.quote) in bare(page.text), place


def bare(text: str) -> str:
    """Words alone, without the marks that Markdown needs around them."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def wrapping(answer: dict[str, Any]) -> float:
    """The share of an answer that is keys, citations and headings."""
    words = sum(len(block["text"]) for block in answer["blocks"])
    return 1 - words / len(json.dumps(answer, ensure_ascii=False))


def report(talk: Mapping[str, Any], cap: int, answers: list[dict[str, Any]]) -> str:
    """How much of the evidence the answers hold, and what they cost."""
    score = scorer()
    said = {turn["tid"]: turn["text"] for session in talk["sessions"] for turn in session["turns"]}
    shares: list[float] = []
    for asked, answer in zip(talk["questions"], answers, strict=True):
        gold = [said[tid] for tid in asked.get("evidence", ()) if tid in said]
        if gold and asked["cat"] != "adversarial":
            shares.append(score(text_of(answer), gold)[0])
    found, around = 100 * mean(shares), 100 * mean([wrapping(answer) for answer in answers])
    return f"\n{talk['id']} at {cap} tokens: {found:.1f} % of the evidence, wrapping {around:.1f} %"
