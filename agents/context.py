"""What a recall gives back: blocks of memory, each with its date and source, at one commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A few lines of one file that matter for a question.

    `lines` is "12-14", from 1, inclusive. `date` is when it happened (an event or session date, "" if
    unknown), `turns` the turns of the session the words were said in, `reason` why it is here, and
    `tokens` what it costs on the wire (characters / 4). `former` marks what no longer holds.
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


@dataclass(frozen=True, slots=True)
class Context:
    """The answer to a recall: `commit` is the state it was read from, `confidence` is 0 to 1."""

    commit: str
    confidence: float
    blocks: tuple[Block, ...]
    note: str = ""
    profile: str = ""
    tokens: int = 0

    def __bool__(self) -> bool:
        return bool(self.blocks)
