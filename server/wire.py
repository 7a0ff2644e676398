"""A recall as it is sent: blocks grouped by source, short citations, never over the cap."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ..agents.scout.pack import escaped, tokens
from ..memory import Block, Context
from .answers import Passage, Recalled, Spent

_SESSION = re.compile(r"sessions/\d{4}/\d{2}/(\d{4}-\d{2}-\d{2})_([a-z0-9]{8})_[^/]*")
_CITATION = re.compile(r"sessions/\d{4}-\d{2}-\d{2} ([a-z0-9]{8})")


def source_of(path: str) -> str:
    """How a file is cited: a session by its date and key, any other file by its path."""
    found = _SESSION.fullmatch(path)
    return f"sessions/{found[1]} {found[2]}" if found else path


def cited(source: str, paths: Iterable[str]) -> str:
    """The path a citation means, or the text itself where it is a path already."""
    found = _CITATION.fullmatch(source.strip())
    if found is None:
        return source
    return next((path for path in paths if source_of(path).endswith(f" {found[1]}")), source)


def is_citation(source: str) -> bool:
    """Whether a text cites a session instead of naming a path."""
    return _CITATION.fullmatch(source.strip()) is not None


def recalled(context: Context, max_tokens: int, *, explain: bool = False, profile: bool = False) -> Recalled:
    """A recall as the model sees it; the least of it is left out until the whole fits the cap."""
    about = _beginning(context.profile, max_tokens // 2) if profile else None
    kept = list(context.blocks)
    told = _account(context, max_tokens) if explain else {}
    if told and cost(_answer(context, [], about, told, explain=explain)) > max_tokens:
        told = {}
    answer = _answer(context, kept, about, told, explain=explain)
    while kept and (spent := cost(answer)) > max_tokens:
        # Half of the share that is too much: a few rounds, and nothing is left out without need.
        for _ in range(max(1, len(kept) * (spent - max_tokens) // (2 * spent))):
            kept.remove(min(reversed(kept), key=lambda block: block.score))
        answer = _answer(context, kept, about, told, explain=explain)
    return answer


def cost(answer: Recalled) -> int:
    """The tokens of an answer: characters of its JSON by four."""
    return tokens(answer.model_dump(mode="json", exclude_unset=True))


def _account(context: Context, max_tokens: int) -> dict[str, Any]:
    """How an answer was found, as far as there is something to tell."""
    spent = context.usage
    account: dict[str, Any] = {
        "retrieval_version": context.retrieval_version,
        # A model's own words get a quarter of the room at most.
        "synthesis": context.synthesis[:max_tokens],
        "entities": list(context.entities),
        "turns": context.turns,
        "elapsed_ms": context.elapsed_ms,
        "usage": spent
        and Spent(calls=spent.calls, tokens_in=spent.tokens_in, tokens_out=spent.tokens_out, cost=spent.cost),
    }
    return {name: value for name, value in account.items() if value}


def _answer(
    context: Context,
    blocks: Sequence[Block],
    profile: str | None,
    told: dict[str, Any],
    *,
    explain: bool,
) -> Recalled:
    groups: dict[str, list[Block]] = {}
    for block in blocks:
        groups.setdefault(source_of(block.path), []).append(block)
    passages = [_passage(source, group, explain=explain) for source, group in groups.items()]
    confidence = round(context.confidence, 2)
    answer = Recalled(commit=context.commit, confidence=confidence, blocks=passages, note=context.note)
    more = told if profile is None else told | {"profile": profile}
    return answer.model_copy(update=more)


def _beginning(text: str, max_tokens: int) -> str:
    """The first lines of a text that cost no more than this."""
    room = 4 * max_tokens - 2
    kept: list[str] = []
    for line in text.split("\n"):
        room -= escaped(f"{line}\n")
        if room < 0:
            break
        kept.append(line)
    return "\n".join(kept)


def _passage(source: str, blocks: Sequence[Block], *, explain: bool) -> Passage:
    inline = sorted(blocks, key=lambda block: int(block.lines.partition("-")[0] or 0))
    dates = {block.date[:10] for block in inline}
    date = dates.pop() if len(dates) == 1 else ""
    text = "\n".join(block.text for block in inline)
    if not explain:
        return Passage(source=source, date=date, text=text)
    passage = Passage(
        source=source,
        date=date,
        text=text,
        path=inline[0].path,
        score=round(max(block.score for block in inline), 3),
        tokens=sum(block.tokens for block in inline),
        reasons=list(dict.fromkeys(block.reason for block in inline if block.reason)),
        kind=", ".join(dict.fromkeys(block.kind for block in inline)),
    )
    earlier = ", ".join(dict.fromkeys(block.commit for block in inline if block.commit))
    return passage.model_copy(update={"commit": earlier}) if earlier else passage
