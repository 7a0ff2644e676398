"""What is answered over HTTP, as the description of the service publishes it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..answers import Forgot, Past, PutBack, Recalled, Remembered, Trace


class Answer(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class Metadata(Answer):
    """Whose it is, and when it was answered."""

    user_id: str
    timestamp: str
    job_id: str | None = None


class Success(Answer):
    """Done."""

    status: Literal["success"] = "success"


class Metered(Success):
    """Done, and for whom."""

    metadata: Metadata


class QueuedMetadata(Metadata):
    """Where to ask for a job."""

    poll_url: str


class Queued(Answer):
    """A job that was taken on; its result is asked for at `metadata.poll_url`."""

    status: Literal["queued"] = "queued"
    job_id: str
    submitted_at: str
    metadata: QueuedMetadata


class Begun(Answer):
    """The memory that began; `session_id` and `state` are those of what was told."""

    user: str
    created: bool
    commit: str
    path: str
    session_id: str = ""
    state: str = ""
    note: str = ""


class OnboardAnswer(Metered):
    """A memory has begun, or was there."""

    message: str
    result: Begun


class OnboardStatus(Success):
    """Whether there is a memory."""

    user_id: str
    onboarded: bool
    message: str
    timestamp: str


class Block(Answer):
    """A part of a context; `tokens` is what it costs as it is sent (characters by four)."""

    source: str
    type: str
    content: str
    tokens: int


class Located(Block):
    """The same with its place, and the commit it was read at."""

    path: str
    lines: str
    date: str
    session_id: str
    commit: str


class Found(Located):
    """The same with the reason why it is there."""

    reason: str


class RetrievalPlan(Answer):
    """What was looked for, and what that cost."""

    synthesis: str
    entities_identified: list[str]
    pointers: list[dict[str, str]]
    agent_turns: int
    agent_elapsed_ms: int


class SessionMetadata(Answer):
    """What the context costs; `total_tokens` is never over `max_tokens`."""

    user_id: str
    retrieval_version: str
    max_tokens: int
    baseline_tokens: int
    agent_tokens: int
    always_load_tokens: int
    total_tokens: int
    agent_ms: int
    timestamp: str
    commit: str
    confidence: float
    note: str


class ContextParts(Answer):
    """What a memory adds to a conversation."""

    user_entity: Located | None
    recent_timeline: list[Located]
    agent_context: list[Found]
    always_load_blocks: list[Found]
    retrieval_plan: RetrievalPlan
    session_metadata: SessionMetadata


class ContextAnswer(Metered):
    """A context."""

    context: ContextParts


class EntityAnswer(Metered):
    """The user's profile."""

    entity: Located


class TimelineAnswer(Metered):
    """What happened of late, newest first."""

    timeline: list[Located]


class Printed(Answer):
    """What a command printed."""

    output: str
    exit_code: int
    elapsed_ms: int


class EntityVersion(Answer):
    """The last commit that changed a file."""

    commit_hash: str
    committed_at: str
    entity_path: str


class Session(Answer):
    """What became of a session; `state` is digested, staged, pending or retracted."""

    session_id: str
    state: str
    commit: str
    path: str
    note: str


class SessionAnswer(Metered, Session):
    """The same in words, and for whom."""

    message: str


class ToolAnswer(Answer):
    """What one tool did."""

    model_config = ConfigDict(extra="allow", frozen=True)

    commit: str
    files: list[str]
    considered: int
    note: str


class ConsolidateAnswer(Metered):
    """What each tool did."""

    consolidate: dict[str, ToolAnswer]


class BothAnswer(SessionAnswer):
    """What became of a session, and what each tool did afterwards."""

    consolidate: dict[str, ToolAnswer]


class JobRecord(Answer):
    """A job and how it stands."""

    job_id: str
    verb: str
    status: Literal["queued", "running", "completed", "failed"]
    submitted_at: str
    started_at: str | None
    completed_at: str | None
    result: Any
    error: str | None
    error_type: str | None
    callbacks: list[dict[str, Any]]


class JobAnswer(Metered):
    """A job."""

    job: JobRecord


class RememberAnswer(Metered, Remembered):
    """A receipt: what became of the words."""


class RecallAnswer(Metered, Recalled):
    """The passages that matter."""


class FileEntry(Answer):
    """A file and its bytes."""

    path: str
    size: int


class FilesAnswer(Metered):
    """Every file at a commit."""

    commit: str
    files: list[FileEntry]


class FileAnswer(Metered):
    """A file, or some lines of it, at a commit."""

    path: str
    text: str
    lines: str
    commit: str


class HistoryAnswer(Metered, Past):
    """What changed, newest first."""


class WhyAnswer(Metered):
    """Where a line comes from; `note` says why, if it leads to no session."""

    why: Trace
    note: str


class ForgetAnswer(Metered, Forgot):
    """What was forgotten, or would be; of an erase, its proof."""


class RestoreAnswer(Metered, PutBack):
    """The commit that put something back."""


class StatusNumbers(Answer):
    """What a memory holds and what waits."""

    commit: str
    changed: str
    ontology: str
    sessions: int
    entities: int
    files: int
    bytes: int
    pending: list[str]
    held: list[str]
    failed: dict[str, str]


class StatusAnswer(Metered):
    """How a memory stands."""

    repository: StatusNumbers


class Finding(Answer):
    """Something that is not as it should be; of a whole file, `line` is 0 and `text` the kind of it."""

    check: str
    path: str
    line: int
    text: str
    reason: str


class Checked(Answer):
    """What the checks found; nothing was changed."""

    valid: bool
    checks: list[str]
    findings: list[Finding]


class ValidateAnswer(Metered, Checked):
    """The same, and for whom."""


class UsersAnswer(Success):
    """Everybody who has a memory here."""

    users: list[str]
    count: int
    timestamp: str


class SyncAnswer(Success):
    """What the mirror did; `users` says how each memory stands there."""

    message: str
    configured: bool
    users: dict[str, str]
    timestamp: str


class MessageAnswer(Metered):
    """Done, with a word on it."""

    message: str


class Health(Answer):
    """That the server is alive, and what it runs on."""

    status: Literal["ok"]
    timestamp: str
    version: str
    storage_backend: str
    backup_backend: str
    executor_type: str
    ontology: str


class Ready(Answer):
    """Whether requests can be served, and what was looked at."""

    status: Literal["ready", "unavailable"]
    checks: dict[str, str]
    timestamp: str


class Card(Answer):
    """What this is and where its doors are."""

    name: str
    version: str
    description: str
    mcp: str
    docs: str
    openapi: str
    health: str


class Problem(Answer):
    """What went wrong and what to do (RFC 9457)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    title: str
    status: int
    detail: Annotated[str, Field(description="what was wrong, and the way out")]
