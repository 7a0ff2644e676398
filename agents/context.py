"""What a recall gives back: blocks of memory, each with its date and source, at one commit."""

from dataclasses import dataclass

from .providers.provider import Usage


@dataclass(frozen=True, slots=True)
class Block:
    """A few lines of one file that matter for a question.

    `lines` is "12-14", from 1, inclusive. `date` is when it happened (an event or session date, "" if
    unknown), `turns` the turns of the session the words were said in, `reason` why it is here, and
    `tokens` what it costs on the wire (characters / 4). `former` marks what no longer holds. `commit` is the
    state it was read from where that is not the context's. `kind` is "lines", "section", "diff" or "log";
    `origin` says who chose it: "scout", "agent" or "always_load".
    """

    path: str
    lines: str
    date: str
    session_id: str
    turns: tuple[int, ...]
    text: str
    reason: str
    tokens: int
    score: float = 0.0
    former: bool = False
    commit: str = ""
    kind: str = "lines"
    origin: str = "scout"


@dataclass(frozen=True, slots=True)
class Context:
    """The answer to a recall: `commit` is the state it was read from, `confidence` is 0 to 1.

    `retrieval_version` tells who found it: "scout" (rules), "agent" (a model), or "baseline_only" where no
    model was to be asked. A model's `synthesis` and the `entities` it named are its own words; `usage`,
    `turns` and `elapsed_ms` are what it spent, also where its answer could not be used.
    """

    commit: str
    confidence: float
    blocks: tuple[Block, ...]
    note: str = ""
    profile: str = ""
    tokens: int = 0
    retrieval_version: str = "scout"
    synthesis: str = ""
    entities: tuple[str, ...] = ()
    usage: Usage | None = None
    turns: int = 0
    elapsed_ms: int = 0

    def __bool__(self) -> bool:
        return bool(self.blocks)
