"""The whole product on a conversation: remembered by session, filed by rules, recalled as it is sent."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from conversations import Asked, Conversation
from evidence import strings

from diffmem.agents.context import Context
from diffmem.agents.scout.units import Unit
from diffmem.memory import Memory
from diffmem.server import wire

USER = "reader"
LARGEST = 8000


class Product:
    """A memory in a folder of its own that holds a conversation."""

    def __init__(self, conversation: Conversation) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="diffmem-bench-")
        self._memory = Memory.open(Path(self._folder.name), durability="relaxed")
        for units in conversation.files.values():
            self.remember(units)

    def remember(self, units: Sequence[Unit]) -> None:
        """Take in one session, and file it."""
        if not units:
            return
        if any(unit.speaker for unit in units):
            content = json.dumps([{"speaker": unit.speaker, "content": unit.text} for unit in units])
        else:
            content = "\n\n".join(unit.text for unit in units)
        asyncio.run(self._memory.remember(USER, content, units[0].session_id, units[0].date))

    def ask(self, asked: Asked) -> "ProductReply":
        """Recall for a question; the day is today's, as for everybody who asks."""
        return ProductReply(self._memory, asked.question)

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()


class ProductReply:
    """The strings of the answer as it is sent, at each number of tokens one recall of its own."""

    def __init__(self, memory: Memory, question: str) -> None:
        self._memory = memory
        self._question = question
        self._known: dict[int, Context] = {}

    @property
    def sure(self) -> float:
        """How sure it is of the answer."""
        return next(iter(self._known.values())).confidence if self._known else self._context(1000).confidence

    def text(self, tokens: int) -> str:
        """The decoded strings within a number of tokens."""
        return "\n".join(strings(self.sent(tokens)))

    def spent(self, tokens: int) -> float:
        """The tokens really sent."""
        return len(json.dumps(self.sent(tokens), ensure_ascii=False)) / 4

    def sent(self, tokens: int) -> object:
        """The answer as JSON."""
        answer = wire.recalled(self._context(tokens), tokens)
        return answer.model_dump(mode="json", exclude_unset=True)

    def _context(self, tokens: int) -> Context:
        if tokens not in self._known:
            self._known[tokens] = asyncio.run(self._memory.recall(USER, self._question, tokens))
        return self._known[tokens]
