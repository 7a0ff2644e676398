"""What a model may answer: look further, or a plan of what to show."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

LONGEST_COMMAND = 500
_Name = Annotated[str, Field(max_length=100)]


class Strict(BaseModel):
    """A part of an answer: bounded, and with no key but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Pointer(Strict):
    """A place in the memory; what it holds is looked up, never run."""

    path: str = Field(max_length=400, description="a file of the memory, as ls and grep print it")
    kind: Literal["file", "section", "diff", "log"] = Field(
        default="file",
        description="file: its lines; section: one titled section; diff: what its last change was; "
        "log: its changes as a list",
    )
    lines: str = Field(default="", max_length=30, description='such as "12-14"; empty for all')
    section: str = Field(default="", max_length=160, description="the title, for kind section")
    at: str = Field(default="", max_length=60, description="the id of an earlier commit; empty for now")
    reason: str = Field(default="", max_length=160, description="why it answers, in a few words")
    priority: int = Field(default=2, ge=1, le=3, description="1 must be shown, 2 should, 3 may")


class Plan(Strict):
    """What answers the question, most important first."""

    pointers: list[Pointer] = Field(max_length=16)
    synthesis: str = Field(default="", max_length=600, description="the answer in one or two sentences")
    entities: list[_Name] = Field(default=[], max_length=12, description="names of those it is about")


class Look(Strict):
    """A command line for `explore`."""

    command: str = Field(min_length=1, max_length=LONGEST_COMMAND, description="a read-only command line")


class Action(Strict):
    """One step: explore with a command, or finish with a plan."""

    action: Literal["explore", "finish"]
    command: str = Field(default="", max_length=LONGEST_COMMAND, description="for explore")
    plan: Plan | None = Field(default=None, description="for finish")

    @model_validator(mode="after")
    def _whole(self) -> "Action":
        if self.action == "explore" and not self.command.strip():
            raise ValueError("action explore needs a command")
        if self.action == "finish" and self.plan is None:
            raise ValueError("action finish needs a plan")
        return self


class Finish(Strict):
    """The last step: a plan."""

    action: Literal["finish"]
    plan: Plan
