"""The least and the most that an answer may be asked to cost are one fact at every door."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from mcp import Client
from mcp.server import MCPServer

from diffmem.agents.recall import LEAST_TOKENS, MOST_TOKENS
from diffmem.memory import Memory
from diffmem.server.rest.requests import Recall

Run = Callable[..., "subprocess.CompletedProcess[str]"]

LIMITS = Path(__file__).parents[2] / "docs" / "limits.md"


def test_the_docs_say_what_recall_takes() -> None:
    told = re.search(r"`max_tokens` from ([\d,]+) to ([\d,]+) \(MCP: ([\d,]+)\)", LIMITS.read_text("utf-8"))
    assert told is not None
    assert [int(number.replace(",", "")) for number in told.groups()] == [LEAST_TOKENS, MOST_TOKENS, 100_000]


def test_rest_takes_what_recall_takes() -> None:
    told = Recall.model_json_schema()["properties"]["max_tokens"]
    assert (told["minimum"], told["maximum"]) == (LEAST_TOKENS, MOST_TOKENS)


async def test_the_tool_takes_no_less(server: MCPServer[None]) -> None:
    async with Client(server) as client:
        schema = next(
            tool for tool in (await client.list_tools()).tools if tool.name == "recall"
        ).input_schema
    told = schema["properties"]["max_tokens"]
    assert (told["minimum"], told["maximum"]) == (LEAST_TOKENS, 100_000)


@pytest.mark.parametrize("cap", [0, -1, LEAST_TOKENS - 1])
async def test_less_is_refused_with_the_number_it_takes(memory: Memory, run: Run, cap: int) -> None:
    await memory.remember("maya", "user: I like tea.", "s-1", "2023-05-08")
    done = run("recall", "tea", f"--max-tokens={cap}")
    assert (done.returncode, done.stderr) == (
        1,
        f"diffmem: max_tokens is {cap}; the least is {LEAST_TOKENS}\n",
    )
    assert run("recall", "tea", f"--max-tokens={LEAST_TOKENS}").returncode == 0
