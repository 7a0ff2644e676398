"""Lines of a long file shown to a model, which says into which other file they belong."""

from collections.abc import Iterable, Sequence

from ...ontologies.prompts import prompt
from ...ontologies.ranks import strength
from ...ontologies.statement import Statement
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue
from ..explorer.quoting import quoted
from ..providers.provider import Message, Provider
from ..providers.structured import ask
from .bodies import Identity, identity

PROMPT = "redistribute"
LEAST_FOR_A_NEW_FILE = 3
_AT_ONCE = 150
_MOST_ASKED = 600
_MOST_NAMES = 200
_LONGEST_LINE = 300


def version(ontology: str) -> str:
    """The version of the prompt, for the commits it leads to."""
    return prompt(ontology, PROMPT).version


def placed(
    snapshot: Snapshot, path: str, lines: Sequence[Statement], provider: Provider, ontology: str
) -> dict[Identity, str]:
    """The names of the files that statements belong into; those that belong nowhere else are left out.

    Raises:
        ModelError: the model did not answer, or not to the question.
    """
    found: dict[Identity, str] = {}
    names = _names(snapshot, path)
    for start in range(0, min(len(lines), _MOST_ASKED), _AT_ONCE):
        found |= _asked(snapshot, path, lines[start : start + _AT_ONCE], names, provider, ontology)
    return found


def _asked(
    snapshot: Snapshot,
    path: str,
    lines: Sequence[Statement],
    names: Iterable[str],
    provider: Provider,
    ontology: str,
) -> dict[Identity, str]:
    # Importing pydantic costs more than all else here.
    from .verdicts import Placing

    known = {name.casefold(): name for name in names}
    numbered = "\n".join(
        f"[{at}] {line.when} | {line.text[:_LONGEST_LINE]}" for at, line in enumerate(lines, 1)
    )
    blocks = [
        quoted("this file", path, snapshot.commit),
        quoted("other files", "\n".join(known.values()), snapshot.commit),
        quoted("lines", numbered, snapshot.commit),
    ]
    messages = [Message("system", prompt(ontology, PROMPT).text()), Message("user", "\n\n".join(blocks))]
    found: dict[Identity, str] = {}
    for move in ask(provider, messages, Placing).moves:
        fits = [number for number in dict.fromkeys(move.lines) if 1 <= number <= len(lines)]
        name = known.get(move.name.strip().casefold(), "")
        if not name and move.new and len(fits) >= LEAST_FOR_A_NEW_FILE:
            name = move.name.strip()
        if name:
            found |= {identity(lines[number - 1]): name for number in fits}
    return found


def _names(snapshot: Snapshot, path: str) -> list[str]:
    today = snapshot.time.date().isoformat()
    lines = (line for line in Catalogue.of(snapshot) if line.path != path and "/" in line.path)
    best = sorted(lines, key=lambda line: (-strength(line.edits, line.last, today), line.path))
    return [line.name for line in best[:_MOST_NAMES]]
