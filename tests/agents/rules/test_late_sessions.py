"""What is filed of sessions that come in after later ones, and of lines that say nothing."""

from pathlib import Path

import pytest

from diffmem import Memory

LEEDS, PORTO = ("user: I live in Leeds.", "2024-03-05"), ("user: I moved to Porto.", "2024-05-05")


@pytest.mark.parametrize("told", [(LEEDS, PORTO), (PORTO, LEEDS)], ids=["in order", "the older one later"])
async def test_the_later_value_stays_in_whatever_order_sessions_come(
    tmp_path: Path, told: tuple[tuple[str, str], ...]
) -> None:
    memory = Memory.open(tmp_path, durability="relaxed")
    for words, day in told:
        await memory.remember("alex", words, day, day)
    profile = (await memory.read("alex", "alex.md")).text
    assert "\n- 2024-05-05 | I moved to Porto. ^" in profile
    found = await memory.recall("alex", "Where do I live?")
    assert {block.date: block.former for block in found.blocks} == {"2024-03-05": True, "2024-05-05": False}


async def test_a_day_alone_is_no_statement(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, durability="relaxed")
    await memory.remember("alex", "# 2024-05-08\n\nBought a bike.", "s-1", "2024-05-08")
    assert "| 2024-05-08" not in (await memory.read("alex", "alex.md")).text
    assert "**Event**: Bought a bike." in (await memory.read("alex", "timeline/2024-05.md")).text


async def test_one_turn_is_one_turn(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path, durability="relaxed")
    await memory.remember("alex", "user: I bought a bike.", "s-1", "2024-05-08")
    assert "**Context**: alex, 1 turn\n" in (await memory.read("alex", "timeline/2024-05.md")).text
