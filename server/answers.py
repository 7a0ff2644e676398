"""What the tools answer, as the protocol publishes it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema as Unlisted

# `Unlisted` is what is sent at times, and not worth its room in the list of tools.


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
    job: str = Field(default="", description="while pending: the id of its filing")


class Passage(Answer):
    """Lines of one source: `[turn] speaker: words` or `date | statement`."""

    source: str = Field(description="a path for read, or `sessions/<date> <key>`")
    date: str
    text: str = Field(description="lines: `[turn] speaker: words` or `date | statement`")
    path: Unlisted[str] = ""
    score: Unlisted[float] = 0.0
    tokens: Unlisted[int] = 0
    reasons: Unlisted[list[str]] = []
    commit: Unlisted[str] = ""
    kind: Unlisted[str] = ""


class Spent(Answer):
    """What a model was asked."""

    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None


class Recalled(Answer):
    """The passages that matter, newest source first; some fields only come with `explain`."""

    commit: str
    confidence: float
    blocks: list[Passage]
    note: str
    profile: str = ""
    retrieval_version: Unlisted[str] = ""
    synthesis: Unlisted[str] = ""
    entities: Unlisted[list[str]] = []
    turns: Unlisted[int] = 0
    elapsed_ms: Unlisted[int] = 0
    usage: Unlisted[Spent | None] = None


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
    """One section of a file."""

    path: str
    section: str
    removed: list[str]
    added: list[str]


class Entry(Answer):
    """One commit."""

    commit: str
    learned: str
    happened: str
    stage: str
    session_id: str
    subject: str
    changes: list[Edit]


class Trace(Answer):
    """Who said it, and the commit that learned it."""

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
    """What one tool did."""

    tool: str
    commit: str
    files: list[str]
    proposed: list[str] = Field(default=[], description="for the user to decide")
    note: str
    considered: Unlisted[int] = 0
    commits: Unlisted[list[str]] = []
    done: Unlisted[list[str]] = []


class Consolidated(Answer):
    """What consolidate did, or with `dry_run` would do; `job` if it is still at it."""

    dry_run: bool
    results: list[Tidied]
    note: str = ""
    job: str = ""


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
    epoch: Unlisted[int] = 0
    sought: Unlisted[int] = 0
    """Byte strings searched for afterwards."""
    scanned: Unlisted[int] = 0
    """Objects read in search of them."""
    found: list[str] = Field(default=[], description="where it still stands")
    removed: int = Field(default=0, description="objects gone")
    removed_ids: Unlisted[list[str]] = []
    """The first of them."""
    held: Unlisted[int] = 0
    """Objects that the mirror holds yet, or may hold."""
    held_ids: Unlisted[list[str]] = []
    """The first of those."""
    job: str = ""


class Working(Answer):
    """What has become of work that took longer than its caller waited."""

    job: str
    verb: str
    status: Literal["queued", "running", "completed", "failed"]
    result: dict[str, Any] = {}
    error: str = ""
