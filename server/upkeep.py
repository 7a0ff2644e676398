"""The verbs of the command line that begin a memory and keep it in order."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from . import build
from .console import Console, visible

if TYPE_CHECKING:
    from ..memory import Consolidation, Finding, Memory, Restored, Status, Uncited
    from .settings import Settings


def onboard(asked: argparse.Namespace, settings: Settings) -> int:
    """Begin a memory."""
    template = Path(asked.template).read_text("utf-8") if asked.template else ""
    done = anyio.run(build.memory(settings).onboard, settings.user, asked.about, template)
    told = f"{done.path} {'begun' if done.created else 'was there already'}"
    _answer(asked, settings, asdict(done), [visible(told)])
    return 0


def consolidate(asked: argparse.Namespace, settings: Settings) -> int:
    """Put the memory in order."""
    memory = build.memory(settings)

    async def done() -> Consolidation:
        found = await memory.consolidate(
            settings.user,
            asked.tools,
            dry_run=asked.dry_run,
            window=asked.window,
            soft_cap_tokens=asked.soft_cap_tokens,
        )
        await memory.sync_view(settings.user)
        return found

    found = anyio.run(done)
    told = {tool: asdict(report) for tool, report in found.tools.items()}
    _answer(asked, settings, told, _tidied(found, Console.here(settings.no_color)))
    return 0


def unmerge(asked: argparse.Namespace, settings: Settings) -> int:
    """Take apart what was merged."""
    memory = build.memory(settings)

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
    """Pack the memory."""
    anyio.run(build.memory(settings).maintain, settings.user)
    told = {"user": settings.user, "maintained": True}
    _answer(asked, settings, told, [f"{visible(settings.user)}: packed"])
    return 0


def doctor(asked: argparse.Namespace, settings: Settings) -> int:
    """Check the memory; answers 1 if something is wrong."""
    uncited, findings = anyio.run(_checked, build.memory(settings), settings.user, bool(asked.citations))
    told = {"uncited": [asdict(one) for one in uncited], "findings": [asdict(one) for one in findings or ()]}
    _answer(asked, settings, told, _checkup(uncited, findings, Console.here(settings.no_color)))
    return 1 if uncited or findings else 0


async def _checked(memory: Memory, user: str, citations: bool) -> tuple[list[Uncited], list[Finding] | None]:
    uncited = list(await memory.uncited(user))
    return uncited, None if citations else list(await memory.findings(user))


def _tidied(done: Consolidation, console: Console) -> Iterator[str]:
    for tool, report in done.tools.items():
        yield console.paint(tool, "bold") + f": {report.considered} files looked at"
        yield from (f"  {visible(step)}" for step in report.done)
        yield from (f"  archive? {visible(path)}" for path in report.proposed)
        yield from (console.paint(f"  left alone: {visible(why)}", "dim") for why in report.passed)
        if report.note:
            yield console.paint(f"  {visible(report.note)}", "yellow")


def _standing(found: Status) -> Iterator[str]:
    yield visible(f"{found.user}: {found.sessions} sessions, {found.entities} entities ({found.ontology})")
    yield f"commit {found.commit[:12]}, changed {found.changed}"
    for session in found.pending:
        why = f": {found.failed[session]}" if session in found.failed else ""
        yield visible(f"waiting {session}{' for its caller' if session in found.held else ''}{why}")


def _checkup(uncited: list[Uncited], findings: list[Finding] | None, console: Console) -> Iterator[str]:
    for line in uncited:
        place = console.paint(visible(f"{line.path}:{line.line}"), "cyan")
        yield f"{place}  {visible(line.text)}  {console.paint(line.reason, 'yellow')}"
    for finding in findings or ():
        place = console.paint(visible(finding.path), "cyan")
        yield f"{place}  {console.paint(visible(finding.what), 'yellow')}"
    if not uncited:
        yield console.paint("every line leads to a session or a person", "green")
    if findings is not None and not findings:
        yield console.paint("every file is as its ontology has it", "green")


def _answer(asked: argparse.Namespace, settings: Settings, told: object, lines: Iterable[str]) -> None:
    console = Console.here(settings.no_color)
    console.answer(told, lines, as_json=getattr(asked, "json", False))
