"""A model's way to a plan: turn by turn, by native tool calls or by answers of a given shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ...errors import ModelRefused
from ...storage.snapshot import Snapshot
from ..explore.explore import explore
from ..providers.provider import Message, Provider, Request, Tool, ToolCall
from ..providers.structured import ask
from .briefing import Briefing
from .limits import CHARACTERS_PER_TOKEN, Allowance
from .plan import Action, Finish, Look, Plan
from .quoting import cut, quoted

REPLY_TOKENS = 1_500
LONGEST_OUTPUT = 6_000
CALLS_A_TURN = 4
_LONGEST_ARGUMENTS = 40_000
_LONGEST_MISTAKE = 400
_HOW = "narrow the command"
_LAST = "this is the last turn: finish with the plan"

EXPLORE = Tool("explore", "Run a read-only command line over the memory.", Look.model_json_schema())
FINISH = Tool("finish", "End with the plan: pointers to what answers.", Plan.model_json_schema())


Shape = TypeVar("Shape", bound=BaseModel)


class NoPlan(Exception):
    """The model came to no plan; says why in a few words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the model's and what came back; `call` is None where it answered by shape."""

    said: str
    answer: str
    call: ToolCall | None = None


@dataclass(slots=True)
class Journey:
    """One question on its way; `now` is what "2 weeks ago" means to git."""

    snapshot: Snapshot
    provider: Provider
    briefing: Briefing
    allowance: Allowance
    now: datetime
    _steps: list[Step] = field(default_factory=list[Step])
    _prompt: int = 0

    def plan(self) -> Plan:
        """Let the model look around until it has a plan.

        Raises:
            NoPlan: a limit was reached first.
            ModelError: as `Provider.complete` and `ask`.
        """
        task = self.briefing.task(self._left())
        tools = self.provider.takes_tools
        while True:
            messages = [self.briefing.system(tools=tools), task, *self._told(tools=tools)]
            self._prompt = sum(len(message.content) for message in messages) // CHARACTERS_PER_TOKEN
            if why := self.allowance.exhausted(self._prompt):
                raise NoPlan(why)
            found = self._by_tools(messages) if tools else self._by_shape(messages)
            if isinstance(found, Plan):
                return found
            # A server or a model without tools is asked the same in another way.
            tools = tools and found

    @property
    def _is_last(self) -> bool:
        """Whether there is no room for one more look and a plan after it."""
        now = self._prompt + self._cap()
        after = now + self._output() // CHARACTERS_PER_TOKEN + self._cap()
        too_long = after > self.provider.context_tokens
        return self.allowance.turns_left <= 1 or too_long or now + after > self.allowance.tokens_left

    def _told(self, *, tools: bool) -> list[Message]:
        """The steps so far, as the model would have said them."""
        messages: list[Message] = []
        for step in self._steps:
            if step.call and tools:
                messages.append(Message("assistant", "", (step.call,)))
                messages.append(Message("tool", step.answer, call_id=step.call.id))
            else:
                messages += [Message("assistant", step.said), Message("user", step.answer)]
        return messages

    def _by_tools(self, messages: Sequence[Message]) -> Plan | bool:
        """One turn by tool calls: a plan, or whether to go on this way."""
        tools = (FINISH,) if self._is_last else (EXPLORE, FINISH)
        seconds = self.allowance.seconds_left
        request = Request(tuple(messages), tools=tools, max_tokens=self._cap(), seconds=seconds)
        try:
            reply = self.provider.complete(request)
        except ModelRefused:
            return False
        if not reply.calls:
            return False
        self.allowance.turns += 1
        for call in reply.calls[:CALLS_A_TURN]:
            found = self._called(call)
            if isinstance(found, Plan):
                return found
            self._steps.append(found)
        return True

    def _called(self, call: ToolCall) -> Plan | Step:
        try:
            if call.name == FINISH.name:
                return _read(Plan, call.arguments)
            if call.name != EXPLORE.name:
                raise ValueError("there are two tools: explore and finish")
            command = _read(Look, call.arguments).command
        except ValueError as wrong:
            said = json.dumps({"tool": call.name[:40]}, ensure_ascii=False)
            return Step(said, f"This call cannot be used: {_mistake(wrong)}\n[{self._left()}]", call)
        said = json.dumps({"action": "explore", "command": command}, ensure_ascii=False)
        return Step(said, self._looked(command), call)

    def _by_shape(self, messages: Sequence[Message]) -> Plan | bool:
        """One turn by an answer of a given shape: a plan, or False."""
        cap, seconds = self._cap(), self.allowance.seconds_left
        is_last = self._is_last
        self.allowance.turns += 1
        if is_last:
            return ask(self.provider, messages, Finish, max_tokens=cap, seconds=seconds).plan
        action = ask(self.provider, messages, Action, max_tokens=cap, seconds=seconds)
        if action.plan and action.action == "finish":
            return action.plan
        said = json.dumps({"action": "explore", "command": action.command}, ensure_ascii=False)
        self._steps.append(Step(said, self._looked(action.command)))
        return False

    def _looked(self, command: str) -> str:
        """What a command printed, as data, and what may still be spent."""
        if self.allowance.seconds_left <= 0:
            raise NoPlan(self.allowance.exhausted())
        done = explore(self.snapshot, command, now=self.now)
        output = quoted(f"explore: {command}", cut(done.output, self._output(), _HOW), self.briefing.key)
        return f"{output}\n[exit {done.exit_code}; {self._left()}]"

    def _left(self) -> str:
        return f"{self.allowance}; {_LAST}" if self._is_last else str(self.allowance)

    def _output(self) -> int:
        """How many characters of an output are shown: no more than a model with little room can take."""
        return min(LONGEST_OUTPUT, self.provider.context_tokens // 2)

    def _cap(self) -> int:
        """How many tokens an answer may have."""
        return max(1, min(REPLY_TOKENS, self.provider.context_tokens // 4, self.allowance.tokens_left))


def _read(shape: type[Shape], arguments: str) -> Shape:
    if len(arguments) > _LONGEST_ARGUMENTS:
        raise ValueError(f"its arguments have {len(arguments):,} characters")
    return shape.model_validate_json(arguments)


def _mistake(wrong: ValueError) -> str:
    if not isinstance(wrong, ValidationError):
        return str(wrong)
    errors = wrong.errors(include_url=False, include_input=False, include_context=False)
    told = (f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in errors)
    return "; ".join(told)[:_LONGEST_MISTAKE]
