"""Checks of the folder a user's files are laid out in for people."""

from collections.abc import Iterator

import anyio

from ...storage.branch import Branch
from .check import Case, Result, counted, ok, warn


def view(case: Case, branch: Branch) -> Iterator[Result]:
    """The folder is whole, shows the newest commit, and holds no edit that waits."""
    user, shown = branch.user, case.memory.desk.view(branch)
    tip, base = branch.tip(), shown.base()
    if tip is None or (base is None and not shown.folder.exists()):
        yield ok("view", "no folder is laid out for people", user=user)
        return
    show = lambda: f"laid out in {anyio.run(case.memory.view, user)}"  # noqa: E731
    if base is None:
        yield warn(
            "view",
            f"{shown.folder} is there, but not whole",
            "`diffmem doctor --fix` lays it out anew; files of people in it stay and are taken in",
            user=user,
            mend=show,
        )
        return
    edits = shown.edits()
    if edits:
        told = f"{counted(len(edits.write), 'file')} changed and {len(edits.delete)} deleted by hand"
        yield warn(
            "view",
            f"{told}, not committed yet",
            "the next write commits them, as do `diffmem view` and `diffmem doctor --fix`",
            user=user,
            details=sorted([*edits.write, *edits.delete])[:20],
            mend=show,
        )
    elif base != tip:
        advice = "the next write brings it up to date, as do `diffmem view` and `diffmem doctor --fix`"
        yield warn("view", f"it shows {base[:12]}; the newest is {tip[:12]}", advice, user=user, mend=show)
    else:
        yield ok("view", f"{shown.folder} shows {base[:12]}, the newest commit", user=user)
