"""The verbs of the command line: ask the memory, show the answer."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from ..errors import BadContent, BadInput
from . import backing_up, build, logs, upkeep
from .auth.principal import local
from .auth.verbs import token
from .bringing import bring
from .console import Console, visible
from .deeds import Deeds
from .exploring import explore
from .install import installing
from .jobs.verbs import worker
from .migrating import migrate
from .one_shot import writes
from .ontologies import ontology
from .settings import Settings
from .take.verbs import export

if TYPE_CHECKING:
    from ..memory import Memory, Why

_STDIO_GRACE_SECONDS = 1.0


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """Run one verb and answer its exit code."""
    build.arm(settings)
    return VERBS[asked.verb](asked, settings)


def mcp(asked: argparse.Namespace, settings: Settings) -> int:
    """Serve one MCP client over standard input and output."""
    from .backup import backed_up
    from .caring import cared_for
    from .stdio import serve

    logs.begin(settings)
    memory = build.memory(settings)
    # First, so that what comes from the mirror at the start is noted, too.
    deeds = Deeds.of_home(memory, settings.home, local(settings.user))
    with backed_up(memory, settings, _STDIO_GRACE_SECONDS), cared_for(memory.desk.store, settings):
        serve(memory, settings.user, deeds)
    return 0


def serve(asked: argparse.Namespace, settings: Settings) -> int:
    """Serve MCP clients over HTTP."""
    from .auth.first_token import first_token, tell
    from .backup import backed_up
    from .caring import cared_for
    from .http import serve

    logs.begin(settings)
    memory = build.memory(settings)
    tell(first_token(settings))
    # First, so that what comes from the mirror at the start is noted, too.
    deeds = Deeds.of_home(memory, settings.home)
    with backed_up(memory, settings) as backup, cared_for(memory.desk.store, settings) as caring:
        serve(memory, settings, backup, caring, deeds)
    return 0


def demo(asked: argparse.Namespace, settings: Settings) -> int:
    """Show the product at work."""
    from .demo import show

    return show(asked.source, asked.ask, Console.here(settings.no_color))


@writes
def remember(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Store a conversation from a file."""
    from . import replies, show
    from .answers import Remembered

    content = _content(asked.file)
    facts = _facts(asked.facts) if asked.facts else ()

    async def stored() -> Remembered:
        receipt = await memory.remember(
            settings.user, content, asked.session_id, asked.session_date, facts=facts
        )
        await memory.sync_view(settings.user)
        return replies.remembered(receipt)

    answer = anyio.run(stored)
    console = _console(settings)
    console.answer(answer.model_dump(mode="json"), show.remembered(answer, console), as_json=_as_json(asked))
    return 0


def recall(asked: argparse.Namespace, settings: Settings) -> int:
    """Find what is known on a question."""
    from . import show, wire

    memory = build.memory(settings)
    cap = asked.max_tokens

    async def found() -> wire.Recalled:
        context = await memory.recall(
            settings.user,
            asked.query,
            cap,
            asked.as_of,
            profile=asked.profile,
            happened_after=asked.happened_after,
            happened_before=asked.happened_before,
            depth=asked.depth,
        )
        return wire.recalled(context, cap, explain=asked.explain, profile=asked.profile)

    answer = anyio.run(found)
    console = _console(settings)
    told = answer.model_dump(mode="json", exclude_unset=True)
    console.answer(told, show.recalled(answer, console), as_json=_as_json(asked))
    return 0


def read(asked: argparse.Namespace, settings: Settings) -> int:
    """Print one file."""
    from .pages import page_of

    memory = build.memory(settings)
    page = anyio.run(page_of, memory, settings.user, asked.path, asked.as_of, asked.lines)
    console = _console(settings)
    if _as_json(asked):
        console.json({"path": page.path, "commit": page.commit, "lines": page.lines, "text": page.text})
    elif sys.stdout.isatty():
        console.say(visible(page.text).removesuffix("\n"))
    else:
        sys.stdout.write(page.text)
    return 0


def list_(asked: argparse.Namespace, settings: Settings) -> int:
    """List the files."""
    from . import show

    listing = anyio.run(build.memory(settings).list, settings.user, asked.as_of)
    files = [{"path": file.path, "size": file.size} for file in listing.files]
    console = _console(settings)
    told = {"commit": listing.commit, "files": files}
    console.answer(told, show.listing(listing, console), as_json=_as_json(asked))
    return 0


def history(asked: argparse.Namespace, settings: Settings) -> int:
    """Show what changed and when."""
    from . import show
    from .pages import edit_of, entry_of, past_of, path_of

    if asked.why:
        return _traced(asked.why, asked, settings)
    memory = build.memory(settings)
    terms = {name: getattr(asked, name) for name in _ASKED}

    async def found() -> show.Past:
        terms["path"] = await path_of(memory, settings.user, asked.path, asked.as_of)
        page = await memory.history(settings.user, **terms)
        if not _as_json(asked):
            return past_of(page, generated=bool(asked.path))
        entries = [entry_of(found, [edit_of(change) for change in found.changes]) for found in page.entries]
        return show.Past(entries=entries, next_cursor=page.next_cursor, note="")

    answer = anyio.run(found)
    console = _console(settings)
    told = answer.model_dump(mode="json", exclude_unset=True)
    console.answer(told, show.past(answer, console), as_json=_as_json(asked))
    return 0


def why(asked: argparse.Namespace, settings: Settings) -> int:
    """Tell where a line comes from."""
    return _traced(asked.line, asked, settings)


def restore(asked: argparse.Namespace, settings: Settings) -> int:
    """Bring back a file as it was, or a session that is gone."""
    from . import taking_back

    return taking_back.restore(asked, settings)


def undo(asked: argparse.Namespace, settings: Settings) -> int:
    """Take back a session or one commit."""
    from . import taking_back

    return taking_back.undo(asked, settings)


def forget(asked: argparse.Namespace, settings: Settings) -> int:
    """Make the memory forget."""
    from . import taking_back

    return taking_back.forget(asked, settings)


def users(asked: argparse.Namespace, settings: Settings) -> int:
    """List who has a memory here."""
    found = anyio.run(build.memory(settings).users)
    _console(settings).answer(found, (visible(user) for user in found), as_json=_as_json(asked))
    return 0


@writes
def view(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Lay out the files in a folder for people."""
    folder = anyio.run(memory.view, settings.user)
    told = {"user": settings.user, "folder": str(folder)}
    _console(settings).answer(told, [str(folder)], as_json=_as_json(asked))
    return 0


def doctor(asked: argparse.Namespace, settings: Settings) -> int:
    """Look whether all is well."""
    from . import doctor as examination

    return examination.doctor(asked, settings)


VERBS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "mcp": mcp,
    "serve": serve,
    "demo": demo,
    "remember": remember,
    "recall": recall,
    "read": read,
    "list": list_,
    "explore": explore,
    "history": history,
    "why": why,
    "restore": restore,
    "undo": undo,
    "forget": forget,
    "users": users,
    "view": view,
    "token": token,
    "worker": worker,
    "ontology": ontology,
    "import": bring,
    "install": installing.install,
    "uninstall": installing.uninstall,
    "onboard": upkeep.onboard,
    "export": export,
    "consolidate": upkeep.consolidate,
    "unmerge": upkeep.unmerge,
    "status": upkeep.status,
    "maintain": upkeep.maintain,
    "doctor": doctor,
    "backup": backing_up.backup,
    "bundle": backing_up.bundle,
    "migrate": migrate,
    "restore-bundle": backing_up.restore_bundle,
}


_ASKED = (
    "path", "entity", "session", "query", "since", "until", "stage", "happened_after", "happened_before",
    "as_of", "limit", "cursor",
)  # fmt: skip


def _traced(line: str, asked: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import asdict

    from . import replies, show
    from .pages import place_of

    memory = build.memory(settings)

    async def traced() -> Why:
        place = await place_of(memory, settings.user, line, asked.as_of)
        return await memory.why(settings.user, place, asked.as_of)

    found = anyio.run(traced)
    console = _console(settings)
    lines = show.trace(replies.traced(found), replies.unsaid(found), console)
    console.answer(asdict(found), lines, as_json=_as_json(asked))
    return 0


def _facts(file: str) -> Any:
    try:
        return json.loads(_content(file))
    except ValueError as wrong:
        raise BadInput(f"{file} is no JSON ({wrong}); give a list of entity, type, statement") from wrong


def _content(file: str) -> str:
    given = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        name = "standard input" if file == "-" else file
        raise BadContent(f"{name} is not UTF-8 text (byte {error.start})") from None


def _console(settings: Settings) -> Console:
    return Console.here(settings.no_color)


def _as_json(asked: argparse.Namespace) -> bool:
    return getattr(asked, "json", False)
