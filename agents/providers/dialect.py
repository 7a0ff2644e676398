"""What a server takes of a request, learnt from what it sends back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .provider import Request


class Form(IntEnum):
    """How an answer of a shape is asked for, from the surest way to the one that every server takes."""

    BOUNDED = 0
    """By a JSON schema that bounds lengths, which keeps small models from running on."""
    STRICT = 1
    """By a JSON schema of the part of the language that every strict server knows."""
    OBJECT = 2
    """By JSON mode, the schema being part of the prompt."""
    FENCED = 3
    """By the prompt alone."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes: which form, which name for the cap on tokens, a temperature, tools."""

    form: Form = Form.BOUNDED
    cap: str = "max_tokens"
    temperature: bool = True
    tools: bool = True

    def after(self, complaint: str, request: Request) -> Dialect | None:
        """What to try once a server has complained of a request; None if nothing is left to try."""
        said = complaint.lower()
        if self.cap == "max_tokens" and "max_completion_tokens" in said:
            return replace(self, cap="max_completion_tokens")
        if self.temperature and "temperature" in said:
            return replace(self, temperature=False)
        if request.tools and self.tools and ("tool" in said or request.shape is None):
            return replace(self, tools=False)
        if request.shape is not None and self.form < Form.FENCED:
            return replace(self, form=Form(self.form + 1))
        return None

    def after_prose(self) -> Dialect | None:
        """What to try once a server has answered prose for a shape; None if nothing is left to try."""
        if self.form == Form.FENCED:
            return None
        return replace(self, form=Form.OBJECT if self.form < Form.OBJECT else Form.FENCED)

    def joined(self, other: Dialect) -> Dialect:
        """What is left where two threads have each learnt something."""
        return Dialect(
            max(self.form, other.form),
            max(self.cap, other.cap, key=lambda name: name == "max_completion_tokens"),
            self.temperature and other.temperature,
            self.tools and other.tools,
        )
