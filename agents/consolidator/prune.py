"""Files that have been weak for long are proposed for the archive; nothing is changed here."""

from datetime import timedelta

from ...ontologies.ranks import strength
from ...ontologies.sections import ALWAYS_LOAD
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue
from .survey import Survey, Task

MOST_EDITS = 2
"""A file that was touched more often than this is never proposed."""


def survey(snapshot: Snapshot, task: Task) -> Survey:
    """The files nobody has added to for long and that never said much, the weakest first.

    To put one away: `forget(path=..., how="archive")`; `restore` brings it back.
    """
    before = (task.today - timedelta(days=task.stale_days)).isoformat()
    today = task.today.isoformat()
    lines = [line for line in Catalogue.of(snapshot) if "/" in line.path]
    weak = [line for line in lines if 0 < line.edits <= MOST_EDITS and "" < line.last < before]
    weak.sort(key=lambda line: (strength(line.edits, line.last, today), line.path))
    pinned = {line.path for line in weak if ALWAYS_LOAD in snapshot.text(line.path)}
    proposed = tuple(line.path for line in weak if line.path not in pinned)
    return Survey(
        considered=len(lines),
        proposed=proposed,
        passed=tuple(f"{path}: it holds what is always loaded" for path in sorted(pinned)),
        note=f"{len(proposed)} files could be archived" if proposed else "",
    )
