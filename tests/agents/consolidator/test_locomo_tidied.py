"""A real conversation, filed by rules, put in order twice."""

import importlib.util
import json
import lzma
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from data_folder import DATA
from tidying import statements, task

from diffmem.agents.consolidator import links, tools
from diffmem.memory import Memory
from diffmem.storage.attempt import carried_out
from diffmem.storage.branch import Branch
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

pytestmark = pytest.mark.skipif(DATA is None, reason="the development data is not here (DIFFMEM_TEST_DATA)")
USER = "reader"
QUESTIONS = 60


def conversation() -> Any:
    assert DATA is not None
    with lzma.open(DATA / "bundles" / "locomo.jsonl.xz", "rt", encoding="utf-8") as lines:
        return json.loads(next(iter(lines)))


async def evidence(memory: Memory, talk: Any) -> float:
    """The mean share of the turns that answer a question in what is recalled."""
    assert DATA is not None
    spec = importlib.util.spec_from_file_location("score_context", DATA / "score_context.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    said = {turn["tid"]: turn["text"] for session in talk["sessions"] for turn in session["turns"]}
    shares: list[float] = []
    for asked in talk["questions"][:QUESTIONS]:
        gold = [said[turn] for turn in asked["evidence"] if turn in said]
        found = await memory.recall(USER, asked["question"], 1000)
        text = "\n".join(block.text for block in found.blocks)
        shares += [module.evidence_recall(text, gold)[0]] if gold else []
    return sum(shares) / len(shares)


def tidy(branch: Branch, cap: int) -> list[str]:
    made: list[str] = []
    for tool in tools.ALWAYS:
        survey = tools.survey(tool, branch.snapshot(), task(owner=f"{USER}.md", soft_cap_tokens=cap))
        for step in survey.steps:
            done = carried_out(branch, step.plan, lambda writing, changes: writing.commit(changes))
            made += [done.changes.subject] if done else []
    return made


def plain(words: Counter[str]) -> set[str]:
    return {links.unlinked(each) for each in words}


async def test_a_moved_line_still_leads_to_what_was_said(tmp_path: Path) -> None:
    talk = conversation()
    memory = Memory.open(tmp_path / "home", durability="relaxed")
    for session in talk["sessions"][:6]:
        turns = [{"speaker": turn["speaker"], "content": turn["text"]} for turn in session["turns"]]
        await memory.remember(USER, json.dumps(turns), session["sid"], session["date"])
    branch = Store(tmp_path / "home").branch(user_id(USER))
    assert any("redistribute" in subject for subject in tidy(branch, 1_000))
    assert await memory.uncited(USER) == ()


async def test_a_conversation_put_in_order_twice_loses_nothing(tmp_path: Path) -> None:
    talk = conversation()
    memory = Memory.open(tmp_path / "home", durability="relaxed")
    for session in talk["sessions"]:
        turns = [{"speaker": turn["speaker"], "content": turn["text"]} for turn in session["turns"]]
        await memory.remember(USER, json.dumps(turns), session["sid"], session["date"])
    branch = Store(tmp_path / "home").branch(user_id(USER))
    before, score = statements(branch), await evidence(memory, talk)

    first, second = tidy(branch, 32_000), tidy(branch, 32_000)

    assert first
    assert second == []
    assert plain(statements(branch)) == plain(before)
    assert statements(branch).total() == before.total()
    assert await evidence(memory, talk) >= score - 0.005
    assert links.dangling(branch.snapshot()) == []
