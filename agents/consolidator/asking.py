"""Pairs of files shown to a model, which says whether they are about the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...ontologies.prompts import prompt
from ..explorer.quoting import cut, quoted
from ..providers.provider import Message, Provider
from ..providers.structured import ask
from .texts import Texts

PROMPT = "dedupe"
_AT_ONCE = 8
_SHOWN = 2_500
"""How many characters of a file a model is shown."""


def same(
    texts: Texts, pairs: Sequence[tuple[str, str]], provider: Provider, ontology: str
) -> Mapping[int, str]:
    """The places of the pairs that are one for sure, each with the reason; `pairs` are paths.

    Raises:
        ModelError: the model did not answer, or not to the question.
    """
    sure: dict[int, str] = {}
    for start in range(0, len(pairs), _AT_ONCE):
        batch = dict(enumerate(pairs[start : start + _AT_ONCE], start))
        sure |= _asked(texts, batch, provider, ontology)
    return sure


def version(ontology: str) -> str:
    """The version of the prompt, for the commits it leads to."""
    return prompt(ontology, PROMPT).version


def _asked(
    texts: Texts, pairs: Mapping[int, tuple[str, str]], provider: Provider, ontology: str
) -> dict[int, str]:
    # Importing pydantic costs more than all else here.
    from .verdicts import Verdicts

    blocks = [
        quoted(f"pair {place}, file {path}", cut(texts.text(path), _SHOWN), texts.snapshot.commit)
        for place, pair in pairs.items()
        for path in pair
    ]
    messages = [Message("system", prompt(ontology, PROMPT).text()), Message("user", "\n\n".join(blocks))]
    found = ask(provider, messages, Verdicts, max_tokens=200 * len(pairs) + 500)
    told = {verdict.pair: verdict for verdict in found.pairs}
    return {
        place: told[place].reason
        for place in pairs
        if place in told and told[place].same and told[place].confidence == "high"
    }
