"""What may be asked over HTTP: the bodies and the queries, with their defaults."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from ...memory import CONSOLIDATION_TOOLS

MOST_TOKENS = 1_000_000
LONGEST_ID = 128
_WHOLE = re.compile(r"-?[0-9]{1,20}")


class Body(BaseModel):
    """A body: types as they are, names that are not known passed over, as clients of every age send them."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Query(BaseModel):
    """What stands behind the question mark; numbers and switches are spelt in one way only."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _whole(raw: Any) -> Any:
    if isinstance(raw, str) and not _WHOLE.fullmatch(raw):
        raise ValueError("give a whole number")
    return raw


def _switch(raw: Any) -> Any:
    if isinstance(raw, str) and raw not in {"true", "false"}:
        raise ValueError("give true or false")
    return raw


def _integral(raw: Any) -> Any:
    # To JSON, 5.0 is a whole number.
    return int(raw) if isinstance(raw, float) and raw.is_integer() else raw


# Beside the bounds of a number, not around them: they would not be in the description.
Spelt = BeforeValidator(_whole)
Integral = BeforeValidator(_integral)
Switch = Annotated[bool, BeforeValidator(_switch)]
Named = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]

CallbackUrl = Annotated[
    str | None, Field(description="public https address that gets the job's final record by POST")
]
SessionDate = Annotated[
    str | None, Field(description="when it took place: YYYY-MM-DD or RFC 3339; now if left out")
]
Moment = Annotated[str | None, Field(description="as known then: a commit, a date (its end) or a time")]


class Nothing(Body):
    """No body."""


class NoQuery(Query):
    """Nothing."""


class WaitQuery(Query):
    """Whether the answer waits for the work."""

    sync: Annotated[
        Switch | None, Field(description="true waits for the result, false answers with a job")
    ] = None


class Onboard(Body):
    """Whose memory begins."""

    user_info: Annotated[str, Field(description="what somebody tells of themselves; filed as a session")] = ""
    session_id: Annotated[str | None, Field(max_length=LONGEST_ID)] = None
    template: Annotated[
        str | None, Field(description="ready Markdown for the profile; no model is asked for it")
    ] = None


class Message(Body):
    """One turn of a conversation."""

    role: str
    content: str


class Context(Body):
    """A conversation that the memory is to add to."""

    conversation: list[Message]
    max_tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS, description="cap on it all"), Integral] = 20_000
    max_turns: Annotated[int, Field(ge=1, le=100, description="turns of the retrieval agent"), Integral] = 6
    timeout_seconds: Annotated[float, Field(gt=0, le=600, description="time of the retrieval agent")] = 30
    baseline_only: Annotated[bool, Field(description="profile and recent timeline, nothing searched")] = False
    as_of: Moment = None


class TimelineQuery(Query):
    """How far back."""

    days_back: Annotated[int, Field(ge=1, le=36_500), Spelt] = 30


class EntityQuery(Query):
    """Which file; the profile if left out."""

    entity_path: str = ""


class RunCommand(Body):
    """A read-only command line of `explore`."""

    command: str
    as_of: Moment = None


class ProcessSession(Body):
    """The words of a session."""

    memory_input: Annotated[str, Field(min_length=1)]
    session_id: Named
    session_date: SessionDate = None
    callback_url: CallbackUrl = None


class CommitSession(Body):
    """A session whose digest is staged."""

    session_id: Named
    callback_url: CallbackUrl = None


Tool = Annotated[str, Field(json_schema_extra={"enum": [*CONSOLIDATION_TOOLS]})]
Window = Annotated[int, Field(ge=1, le=100, description="commits that `link` looks at"), Integral]
SoftCap = Annotated[int, Field(ge=500, le=MOST_TOKENS, description="above it files are split"), Integral]


class Ordering(Body):
    """How tools put a memory in order."""

    window: Window = 3
    soft_cap_tokens: SoftCap = 32_000


class Consolidate(Ordering):
    """Which tools put the memory in order."""

    tools: Annotated[list[Tool] | None, Field(description="in this order; the first three if left out")] = (
        None
    )
    callback_url: CallbackUrl = None


class ProcessAndConsolidate(ProcessSession, Ordering):
    """The words of a session, and which tools put the memory in order afterwards."""

    consolidate_tools: Annotated[
        list[Tool] | None, Field(description="in this order; the first three if left out")
    ] = None


class Remember(Body):
    """Words to store, as the tool `remember` takes them."""

    content: Annotated[
        str,
        Field(
            min_length=1,
            description="`Speaker: words` lines, a JSON array of {role, content} as text, or plain text",
        ),
    ]
    session_id: Annotated[str, Field(max_length=LONGEST_ID)] = ""
    session_date: Annotated[str, Field(description="YYYY-MM-DD or RFC 3339; empty means now")] = ""
    facts: Annotated[
        list[dict[str, JsonValue]],
        Field(description="what was found in them: {entity, type, statement, when, replaces}; asks no model"),
    ] = []
    wait: Annotated[bool, Field(description="answer after the words are filed, not as soon as stored")] = True


class Recall(Body):
    """A question, as the tool `recall` takes it."""

    query: Annotated[str, Field(min_length=1, description="a question or a conversation")]
    max_tokens: Annotated[
        int, Field(ge=50, le=MOST_TOKENS, description="cap on the whole answer"), Integral
    ] = 2000
    profile: Annotated[bool, Field(description="add the user's profile")] = False
    happened_after: Annotated[str, Field(description="only what happened on or after this date")] = ""
    happened_before: Annotated[str, Field(description="only what happened on or before this date")] = ""
    as_of: Annotated[str, Field(description="as known then: a commit, a date (its end) or a time")] = ""
    explain: Annotated[bool, Field(description="add path, score, tokens and reasons")] = False


class AtQuery(Query):
    """As of when."""

    at: Annotated[str, Field(description="as known then: a commit, a date (its end) or a time")] = ""


class ExportQuery(AtQuery):
    """In which form, as of when."""

    form: Annotated[
        Literal["bundle", "zip", "jsonl", "pdf"],
        Field(alias="as", description="bundle: all of its history in git; the others: one state of it"),
    ] = "bundle"


class FileQuery(AtQuery):
    """Which lines of a file, as of when."""

    lines: Annotated[str, Field(description='such as "12-40"; all of them if left out')] = ""


class HistoryQuery(Query):
    """What to look for; what is left out asks for nothing."""

    path: Annotated[str, Field(description="a file")] = ""
    entity: Annotated[str, Field(description="a name")] = ""
    session: Annotated[str, Field(description="a session id")] = ""
    query: Annotated[str, Field(description="words that came or went")] = ""
    stage: Annotated[str, Field(description="intake, digest, edit, consolidate, ...")] = ""
    since: Annotated[str, Field(description="learned on or after this date or time")] = ""
    until: Annotated[str, Field(description="learned on or before this date or time")] = ""
    as_of: Annotated[str, Field(description="of the memory as it was known then")] = ""
    limit: Annotated[int, Field(ge=1, le=100), Spelt] = 20
    cursor: Annotated[str, Field(description="next_cursor of the page before")] = ""


class WhyQuery(Query):
    """One line: by path and number, or by a few of its words."""

    path: str = ""
    line: Annotated[int, Field(ge=1, description="counts from 1"), Spelt] | None = None
    quote: Annotated[str, Field(description="words as they stand in a file, instead of path and line")] = ""
    as_of: str = ""


class Forget(Body):
    """Exactly one of session, entity, path, words and everything, and how."""

    how: Annotated[
        Literal["archive", "retract", "erase"],
        Field(
            description="archive: out of recall, can be restored; retract: out of the present, not learned "
            "again from the same words; erase: out of all history, for good"
        ),
    ]
    session: str = ""
    entity: str = ""
    path: str = ""
    words: str = ""
    everything: bool = False
    dry_run: Annotated[bool, Field(description="tell what would go, change nothing")] = False


class Restore(Body):
    """Exactly one of path, session and commit."""

    path: Annotated[str, Field(description="a file to bring back")] = ""
    session: Annotated[str, Field(description="a session to take back, or to bring back if gone")] = ""
    commit: Annotated[str, Field(description="one commit to undo")] = ""
    as_of: Annotated[str, Field(description="of a path: as it was then; not needed if it is gone")] = ""


class Anything(BaseModel):
    """Whatever a git hook sends; it is not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)
