"""The verbs of the command line that begin a memory and keep it in order."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from ..errors import StoreError
from . import build
from .console import Console, visible
from .one_shot import writes

if TYPE_CHECKING:
    from ..memory import Memory, Restored, Status, ToolReport
    from .settings import Settings


@writes
def onboard(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Begin a memory."""
    template = Path(asked.template).read_text("utf-8") if asked.template else ""
    done = anyio.run(memory.onboard, settings.user, asked.about, template)
    told = f"{done.path} {'begun' if done.created else 'was there already'}"
    _answer(asked, settings, asdict(done), [visible(told)])
    return 0


@writes
def consolidate(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Put the memory in order."""

    from ..agents.consolidator.tools import chosen
    from .progress import progress

    tools = chosen(asked.tools)
    bounds = {"window": asked.window, "soft_cap_tokens": asked.soft_cap_tokens}

    async def done() -> dict[str, ToolReport]:
        found: dict[str, ToolReport] = {}
        with progress("consolidate", len(tools), "tools") as bar:
            for tool in tools:
                made = await memory.consolidate(settings.user, [tool], dry_run=asked.dry_run, **bounds)
                found |= made.tools
                bar.step()
        await memory.sync_view(settings.user)
        return found

    found = anyio.run(done)
    told = {tool: asdict(report) for tool, report in found.items()}
    lines = _tidied(found, Console.here(settings.no_color), dry_run=asked.dry_run)
    _answer(asked, settings, told, lines)
    return 0


@writes
def unmerge(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Take apart what was merged."""

    async def done() -> Restored:
        parted = await memory.unmerge(settings.user, asked.merged)
        await memory.sync_view(settings.user)
        return parted

    parted = anyio.run(done)
    _answer(asked, settings, asdict(parted), [visible(f"{parted.subject}: {', '.join(parted.files)}")])
    return 0


def status(asked: argparse.Namespace, settings: Settings) -> int:
    """Tell how the memory stands."""
    found = anyio.run(build.memory(settings).status, settings.user)
    _answer(asked, settings, asdict(found), _standing(found))
    return 0


def maintain(asked: argparse.Namespace, settings: Settings) -> int:
    """Pack the memory, or every user's; answers 1 if one could not be."""
    from ..storage import care
    from ..storage.names import UserId, user_id
    from .progress import progress

    store = build.memory(settings).desk.store
    users = list(store.users()) if asked.all else [user_id(settings.user)]
    told: dict[UserId, str] = {}
    with progress("maintain", len(users), "memories") as bar:
        for user in users:
            try:
                done = care.tend(store.branch(user), grace=settings.prune_grace)
                told[user] = f"packed, {done.pruned} unused objects dropped" if done.whole else "cut off"
            except StoreError as failed:
                told[user] = str(failed)
            bar.step()
    lines = (visible(f"{user}: {how}") for user, how in told.items())
    _answer(asked, settings, {"users": told}, lines)
    return int(not all(how.startswith("packed") for how in told.values()))


def _tidied(done: Mapping[str, ToolReport], console: Console, *, dry_run: bool) -> Iterator[str]:
    for tool, report in done.items():
        files = len(report.files)
        told = f"{files} would change" if dry_run else f"{files} changed"
        yield console.paint(tool, "bold") + f": {report.considered} files looked at, {told}"
        yield from (f"  {visible(step)}" for step in report.done)
        yield from (f"  archive? {visible(path)}" for path in report.proposed)
        yield from (console.paint(f"  left alone: {visible(why)}", "dim") for why in report.passed)
        if report.note:
            yield console.paint(f"  {visible(report.note)}", "yellow")
        if report.commits:
            yield console.paint(f"  commit {', '.join(one[:12] for one in report.commits)}", "dim")
    if dry_run:
        yield "nothing was written"


def _standing(found: Status) -> Iterator[str]:
    yield visible(f"{found.user}: {found.sessions} sessions, {found.entities} entities ({found.ontology})")
    yield f"commit {found.commit[:12]}, changed {found.changed}"
    for session in found.pending:
        why = f": {found.failed[session]}" if session in found.failed else ""
        yield visible(f"waiting {session}{' for its caller' if session in found.held else ''}{why}")


def _answer(asked: argparse.Namespace, settings: Settings, told: object, lines: Iterable[str]) -> None:
    console = Console.here(settings.no_color)
    console.answer(told, lines, as_json=getattr(asked, "json", False))
