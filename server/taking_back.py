"""The verbs of the command line that take something back: restore, undo, forget."""

import argparse
import sys
from functools import partial

import anyio

from ..errors import BadInput
from ..memory import Forgotten, Memory
from ..ontologies.session import path_key
from ..storage.names import SessionId, session_key
from . import replies, show
from .answers import PutBack
from .cli import USAGE, complain
from .console import Console, visible
from .one_shot import writes
from .pages import path_of
from .settings import Settings

DECLINED = 1
NOT_ALL_GONE = 1
_NOBODY = "forget asks first, and there is nobody to ask here; --yes forgets this without asking"


@writes
def restore(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Bring back a file as it was, or a session that is gone."""

    async def restored() -> PutBack:
        if asked.path:
            path = await path_of(memory, settings.user, asked.path, asked.as_of)
            done = await memory.restore(settings.user, path, asked.as_of)
        elif asked.as_of:
            raise BadInput("--as-of goes with --path; a session comes back as it last was")
        else:
            await _refuse_present(memory, settings.user, asked.session)
            done = await memory.undo(settings.user, session=asked.session)
        await memory.sync_view(settings.user)
        return replies.put_back(done)

    return _put_back(anyio.run(restored), asked, settings)


@writes
def undo(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Take back a session or one commit."""

    async def undone() -> PutBack:
        done = await memory.undo(settings.user, asked.session, asked.commit)
        await memory.sync_view(settings.user)
        return replies.put_back(done)

    return _put_back(anyio.run(undone), asked, settings)


@writes
def forget(asked: argparse.Namespace, settings: Settings, memory: Memory) -> int:
    """Show what would go, ask, and make the memory forget it."""
    ask = not (asked.dry_run or asked.yes)

    async def forgotten(*, dry_run: bool) -> Forgotten:
        user = settings.user
        path = await path_of(memory, user, asked.path)
        terms = {"session": asked.session, "entity": asked.entity, "path": path, "words": asked.words}
        told = await memory.forget(user, how=asked.how, **terms, everything=asked.everything, dry_run=dry_run)
        if not dry_run and not asked.everything:
            await memory.sync_view(user)
        return told

    if ask:
        planned = anyio.run(partial(forgotten, dry_run=True))
        console = _beside_the_answer(settings)
        console.say(*show.forgot(replies.forgot(planned, whole=True), console))
        if not sys.stdin.isatty():
            return complain(_NOBODY, USAGE)
        if not _agreed(asked, settings, console):
            return DECLINED
    answer = replies.forgot(anyio.run(partial(forgotten, dry_run=asked.dry_run)), whole=True)
    console = Console.here(settings.no_color)
    told = answer.model_dump(mode="json", exclude_unset=True)
    console.answer(told, show.forgot(answer, console), as_json=getattr(asked, "json", False))
    return NOT_ALL_GONE if answer.found else 0


def _beside_the_answer(settings: Settings) -> Console:
    # Standard output is for the answer; a program may read it.
    return Console(sys.stderr, colours=sys.stderr.isatty() and not settings.no_color)


def _agreed(asked: argparse.Namespace, settings: Settings, console: Console) -> bool:
    """Whether the person at the terminal says yes, or types the name where the whole memory goes."""
    console.say(f"  {replies.MEANS[asked.how]}")
    name = settings.user if asked.everything else ""
    console.ask(f"Type {visible(name)} to erase the whole memory: " if name else "Go on? [y/N] ")
    said = sys.stdin.readline().strip()
    agreed = said == name if name else said.lower() in {"y", "yes"}
    if not agreed:
        console.say("nothing was forgotten")
    return agreed


def _put_back(answer: PutBack, asked: argparse.Namespace, settings: Settings) -> int:
    console = Console.here(settings.no_color)
    as_json = getattr(asked, "json", False)
    console.answer(answer.model_dump(mode="json"), show.put_back(answer, console), as_json=as_json)
    return 0


async def _refuse_present(memory: Memory, user: str, session: str) -> None:
    key = session_key(SessionId(session))
    if any(path_key(file.path) == key for file in (await memory.list(user)).files):
        raise BadInput(f"session {session!r} is there; `diffmem undo --session` would take it back")
