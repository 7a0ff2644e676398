"""The verbs of the command line: ask the memory, show the answer."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import anyio

from ..errors import BadContent
from . import build
from .console import Console, visible
from .settings import Settings


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """Run one verb and answer its exit code."""
    return VERBS[asked.verb](asked, settings)


def mcp(asked: argparse.Namespace, settings: Settings) -> int:
    """Serve one MCP client over standard input and output."""
    from .stdio import serve

    serve(build.memory(settings), settings.user)
    return 0


def serve(asked: argparse.Namespace, settings: Settings) -> int:
    """Serve MCP clients over HTTP."""
    from .http import serve

    serve(build.memory(settings), settings)
    return 0


def demo(asked: argparse.Namespace, settings: Settings) -> int:
    """Show the product at work."""
    from .demo import show

    return show(asked.source, asked.ask, Console.here(settings.no_color))


def remember(asked: argparse.Namespace, settings: Settings) -> int:
    """Store a conversation from a file."""
    from . import show
    from .answers import Remembered

    memory = build.memory(settings)
    content = _content(asked.file)

    async def stored() -> Remembered:
        receipt = await memory.remember(settings.user, content, asked.session_id, asked.session_date)
        await memory.sync_view(settings.user)
        return Remembered(
            user=receipt.user,
            session_id=receipt.session_id,
            commit=receipt.commit,
            path=receipt.path,
            state="digested" if receipt.state == "digested" else "pending",
            note="",
        )

    answer = anyio.run(stored)
    console = _console(settings)
    if _as_json(asked):
        console.json(answer.model_dump(mode="json"))
    else:
        console.say(*show.remembered(answer, console))
    return 0


def recall(asked: argparse.Namespace, settings: Settings) -> int:
    """Find what is known on a question."""
    from . import show, wire

    memory = build.memory(settings)
    cap = asked.max_tokens

    async def found() -> wire.Recalled:
        context = await memory.recall(settings.user, asked.query, cap, asked.as_of, profile=asked.profile)
        return wire.recalled(context, cap, explain=asked.explain, profile=asked.profile)

    answer = anyio.run(found)
    console = _console(settings)
    if _as_json(asked):
        console.json(answer.model_dump(mode="json", exclude_unset=True))
    else:
        console.say(*show.recalled(answer, console))
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


def history(asked: argparse.Namespace, settings: Settings) -> int:
    """Show what changed and when."""
    from . import show
    from .pages import edit_of, entry_of, past_of

    memory = build.memory(settings)
    names = ("path", "entity", "session", "query", "since", "until", "stage", "as_of", "limit", "cursor")
    terms = {name: getattr(asked, name) for name in names}

    async def found() -> show.Past:
        page = await memory.history(settings.user, **terms)
        if not _as_json(asked):
            return past_of(page, generated=bool(asked.path))
        entries = [entry_of(found, [edit_of(change) for change in found.changes]) for found in page.entries]
        return show.Past(entries=entries, next_cursor=page.next_cursor, note="")

    answer = anyio.run(found)
    console = _console(settings)
    if _as_json(asked):
        console.json(answer.model_dump(mode="json"))
    else:
        console.say(*show.past(answer, console))
    return 0


def users(asked: argparse.Namespace, settings: Settings) -> int:
    """List who has a memory here."""
    found = anyio.run(build.memory(settings).users)
    console = _console(settings)
    if _as_json(asked):
        console.json(found)
    else:
        console.say(*(visible(user) for user in found))
    return 0


def view(asked: argparse.Namespace, settings: Settings) -> int:
    """Lay out the files in a folder for people."""
    folder = anyio.run(build.memory(settings).view, settings.user)
    console = _console(settings)
    if _as_json(asked):
        console.json({"user": settings.user, "folder": str(folder)})
    else:
        console.say(str(folder))
    return 0


VERBS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "mcp": mcp,
    "serve": serve,
    "demo": demo,
    "remember": remember,
    "recall": recall,
    "read": read,
    "history": history,
    "users": users,
    "view": view,
}


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
