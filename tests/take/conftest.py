"""A small memory in two scripts, with a line that was replaced, and the ways to take it away."""

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from diffmem.memory import Memory
from diffmem.server.cli import main
from diffmem.server.take.edition import Edition
from diffmem.storage.branch import Branch
from diffmem.storage.names import UserId

USER = "Żaneta 东京"
TALK = (
    "Żaneta: Dmitri Orlov lives in 东京 😀.\r\n"
    "Dmitri Orlov: Сегодня я был в Москве.\n\n```\nŻaneta: no turn\n```\n"
)


async def filled(memory: Memory) -> None:
    """Two sessions, one of them with an id that no file may bear."""
    await memory.remember(USER, TALK, "s 1 | [odd]", "2024-03-01T10:00:00+02:00", source="chat")
    turns = '[{"role": "user", "content": "I live in Leeds.\\nIn a house."}]'
    await memory.remember(USER, turns, "s2", "2024-05-01")
    await memory.remember(USER, "user: I now live in Lisbon. Dmitri Orlov came along.", "s3", "2025-03-01")


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    memory = Memory.open(tmp_path / "home", durability="relaxed")
    anyio.run(filled, memory)
    return memory


@pytest.fixture
def branch(memory: Memory) -> Branch:
    return memory.desk.store.branch(UserId(USER))


@pytest.fixture
def edition(branch: Branch) -> Edition:
    return Edition.of(branch)


@pytest.fixture
def export(memory: Memory, tmp_path: Path) -> Callable[..., int]:
    """`diffmem export` in this process."""

    def run(*arguments: str) -> int:
        return main(["export", "--home", str(tmp_path / "home"), "--user", USER, *arguments])

    return run
