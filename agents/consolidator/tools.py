"""The tools of the consolidator, in the order they run."""

from collections.abc import Callable, Mapping, Sequence

from ...errors import BadInput
from ...storage.snapshot import Snapshot
from . import dedupe, link, links, prune, reabsorb, redistribute
from .survey import Survey, Task

ALWAYS = ("dedupe", "redistribute", "link")
"""What runs when nobody says what should."""

_TOOLS: Mapping[str, Callable[[Snapshot, Task], Survey]] = {
    "dedupe": dedupe.survey,
    "redistribute": redistribute.survey,
    "reabsorb": reabsorb.survey,
    "link": link.survey,
    "prune": prune.survey,
}
TOOLS = tuple(_TOOLS)
"""Every tool: those that always run, and on request `reabsorb` and `prune`."""


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Some tools in the order they run; without names, those that always do.

    Raises:
        BadInput: there is no such tool.
    """
    unknown = [name for name in names if name not in _TOOLS]
    if unknown:
        raise BadInput(f"no tool {unknown[0][:40]!r}; there are: {', '.join(TOOLS)}")
    return tuple(name for name in TOOLS if name in (names or ALWAYS))


def survey(tool: str, snapshot: Snapshot, task: Task) -> Survey:
    """What one tool would do to a memory as it is now."""
    return _TOOLS[tool](snapshot, task)


def forget() -> None:
    """Drop what was kept of files; after an erase."""
    links.forget()
