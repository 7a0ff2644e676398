"""What the consolidator asks a model for: the shapes of its answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Reason = Annotated[str, StringConstraints(max_length=400)]
_Title = Annotated[str, StringConstraints(max_length=120)]
_Number = Annotated[int, Field(ge=0, le=10_000)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(_Answer):
    """Whether the two files of a pair are about the same, and how sure that is."""

    pair: _Number
    same: bool
    confidence: Literal["high", "medium", "low"]
    reason: _Reason = ""


class Verdicts(_Answer):
    """One verdict for each pair."""

    pairs: Annotated[list[Verdict], Field(max_length=100)]


class Placed(_Answer):
    """Where some lines belong: the name of a file that there is, or of a theme to make a file of."""

    name: _Title
    new: bool = False
    lines: Annotated[list[_Number], Field(max_length=400)]


class Placing(_Answer):
    """Lines that belong elsewhere; what is not listed stays."""

    moves: Annotated[list[Placed], Field(max_length=60)] = []
