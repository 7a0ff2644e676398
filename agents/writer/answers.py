"""What the writer asks a model for: the shapes of its answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LONGEST_STATEMENT = 400
MOST_ENTITIES, MOST_FACTS = 40, 80

_Ref = Annotated[str, StringConstraints(max_length=20)]
_Name = Annotated[str, StringConstraints(max_length=120)]
_Path = Annotated[str, StringConstraints(max_length=300)]
_Word = Annotated[str, StringConstraints(max_length=40)]
_Role = Annotated[str, StringConstraints(max_length=80)]
_Title = Annotated[str, StringConstraints(max_length=60)]
_Line = Annotated[str, StringConstraints(max_length=600)]
_Words = Annotated[str, StringConstraints(max_length=LONGEST_STATEMENT)]
_Statement = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_STATEMENT)]
_Turn = Annotated[int, Field(ge=0, le=9_999_999)]
_Number = Annotated[int, Field(ge=0, le=10_000)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Touched(_Answer):
    """An entity the session tells something of; `path` is "" for one that has no file yet."""

    ref: _Ref
    name: _Name
    path: _Path = ""
    type: _Word = ""
    aliases: Annotated[list[_Role], Field(max_length=5)] = []
    role: _Role = ""


class Heard(_Answer):
    """One thing that was said to be so; `replaces` names what no longer holds."""

    entity: _Ref
    statement: _Statement
    when: _Word = ""
    turn: _Turn
    said_by: _Role = ""
    replaces: _Words = ""


class Identified(_Answer):
    """Whom and what a session is about, and what it tells of them."""

    entities: Annotated[list[Touched], Field(max_length=MOST_ENTITIES)] = []
    facts: Annotated[list[Heard], Field(max_length=MOST_FACTS)] = []


class Edit(_Answer):
    """Where one fact goes: under a section, in the place of a line, or after one."""

    fact: _Number
    do: Literal["add", "replace", "insert", "skip"] = "add"
    section: _Title = ""
    line: _Line = ""
    statement: _Words = ""


class FileEdits(_Answer):
    """What changes in one file; empty fields stay as they are."""

    file: _Ref
    edits: Annotated[list[Edit], Field(max_length=MOST_FACTS)] = []
    role: _Role = ""
    status: _Word = ""
    aliases: Annotated[list[_Role], Field(max_length=5)] = []
    cues: Annotated[list[_Word], Field(max_length=8)] = []
    always_load: _Title = ""


class Draft(_Answer):
    """All edits of a session, and its entry in the timeline."""

    files: Annotated[list[FileEdits], Field(max_length=MOST_ENTITIES)] = []
    event: Annotated[str, StringConstraints(max_length=300)] = ""
    topics: Annotated[list[_Word], Field(max_length=6)] = []
    context: Annotated[str, StringConstraints(max_length=200)] = ""


class Repaired(_Answer):
    """The exact line that an edit meant; "" if there is none."""

    number: _Number
    line: _Line = ""


class Repairs(_Answer):
    """The lines that the edits which missed were meant for."""

    edits: Annotated[list[Repaired], Field(max_length=MOST_FACTS)] = []
