"""Named points of a procedure, at each of which a test may end the process to see what is left."""

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def failpoint(name: str) -> None:
    """Say that a point was reached; nothing happens unless `on_reaching` was called in this process."""
    if _hook is not None:
        _hook(name)


def on_reaching(hook: Callable[[str], None] | None) -> None:
    """Have `hook` called with the name of each point that is reached from now on; None ends that."""
    global _hook
    _hook = hook
