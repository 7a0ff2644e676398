"""What the tools answer, as the protocol publishes it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """A part of an answer; what was not set is not sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Remembered(Answer):
    """A receipt: what became of the words."""

    user: str
    session_id: str
    commit: str
    path: str
    state: Literal["digested", "pending", "retracted"] = Field(
        description="pending: stored and found by recall, still being filed; retracted: not stored"
    )
    note: str


class Passage(Answer):
    """Lines of one source: `[turn] speaker: words` or `date | statement`."""

    source: str = Field(description="a path for read, or `sessions/<date> <key>`")
    date: str
    text: str
    path: str = ""
    score: float = 0.0
    tokens: int = 0
    reasons: list[str] = []


class Recalled(Answer):
    """The passages that matter, newest source first."""

    commit: str
    confidence: float
    blocks: list[Passage]
    note: str
    profile: str = ""


class Lines(Answer):
    """A file, or some lines of it, at one commit."""

    path: str
    commit: str
    lines: str
    text: str
    note: str


class Printed(Answer):
    """What a command printed."""

    output: str
    exit_code: int
    elapsed_ms: int


class Edit(Answer):
    """What one commit did to one section of one file."""

    path: str
    section: str
    removed: list[str]
    added: list[str]


class Entry(Answer):
    """One commit: when it was learned, when it happened, what changed."""

    commit: str
    learned: str
    happened: str
    stage: str
    session_id: str
    subject: str
    changes: list[Edit]


class Trace(Answer):
    """Where one line comes from: who said it when, and the commit that learned it."""

    place: str = Field(description="path:line")
    text: str
    speaker: str
    said: str
    quote: str
    session_id: str
    turn: int
    source: str
    lines: str
    commit: str
    learned: str


class Past(Answer):
    """What changed, newest first; with `why`, where one line comes from."""

    entries: list[Entry]
    next_cursor: str
    note: str
    why: Trace | None = None


class Tidied(Answer):
    """What one tool of consolidate did."""

    tool: str
    commit: str
    files: list[str]
    considered: int
    note: str


class Consolidated(Answer):
    """What consolidate did, or with `dry_run` would do."""

    dry_run: bool
    results: list[Tidied]


class PutBack(Answer):
    """The commit that put something back."""

    commit: str
    subject: str
    files: list[str]


class Taken(Answer):
    """How many lines of a file go, or the whole of it."""

    path: str
    lines: int
    whole: bool


class Forgot(Answer):
    """What was forgotten, or would be; of an erase also what proves it."""

    done: bool
    how: str
    target: str
    losses: list[Taken]
    note: str
    commit: str = ""
    epoch: int = 0
    sought: int = Field(default=0, description="byte strings searched for afterwards")
    scanned: int = Field(default=0, description="objects read in search of them")
    found: list[str] = Field(default=[], description="where one still stands")
    removed: int = Field(default=0, description="objects gone")
    removed_ids: list[str] = Field(default=[], description="the first of them")
