"""`diffmem worker`: run the jobs of a durable queue."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Settings

_GRACE = 30.0


def arguments(
    verb: Callable[[str, str], argparse.ArgumentParser], common: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Tell the command line what `worker` takes."""
    into = verb("worker", "run queued jobs (DIFFMEM_EXECUTOR=dbos or hatchet)")
    into.add_argument(
        "--grace", type=float, default=_GRACE, help=f"seconds for what runs, at the end ({_GRACE:.0f})"
    )


def worker(asked: argparse.Namespace, settings: "Settings") -> int:
    """Run queued jobs until told to stop."""
    from .. import build as memories
    from .. import logs
    from ..backup import backed_up
    from ..caring import cared_for
    from . import build

    logs.begin(settings)
    memory = memories.memory(settings)
    made = build.worker(settings, memory)
    sys.stderr.write(f"diffmem: a worker of {settings.executor}, {settings.worker_slots} jobs at a time\n")
    sys.stderr.flush()
    with backed_up(memory, settings), cared_for(memory.desk.store, settings):
        made.run(asked.grace)
    return 0
