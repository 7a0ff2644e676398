"""What the tools answer, as the protocol publishes it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """A part of an answer; what was not set is not sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Remembered(Answer):
    """A receipt: the words are stored and committed."""

    user: str
    session_id: str
    commit: str
    path: str
    state: Literal["digested", "pending"] = Field(
        description="pending: stored and already found by recall; still being filed"
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


class Past(Answer):
    """What changed, newest first."""

    entries: list[Entry]
    next_cursor: str
    note: str


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
