"""`diffmem install` and `uninstall`: our entry in a client's own settings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...errors import BadInput, Refused
from ..console import Console, visible
from . import clients, configs, rules
from .change import Change, parted, read
from .entry import NAME, TOKEN_VARIABLE, Called, Entry
from .place import Place
from .program import program, shared

if TYPE_CHECKING:
    from ..settings import Settings

_RULES = "rules"


def arguments(
    verb: Callable[[str, str], argparse.ArgumentParser], common: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Tell the command line what `install` and `uninstall` take."""
    names = ", ".join(one.name for one in clients.CLIENTS)
    put = verb("install", "put this memory into a client's settings; shows the change and asks first")
    put.add_argument("client", nargs="?", default="", help=f"{names}, or rules")
    put.add_argument("--list", action="store_true", help="show which clients are here and which know us")
    put.add_argument("--http", default="", metavar="URL", help="call a server instead of starting a program")
    put.add_argument(
        "--token", nargs="?", const="", help=f"the server's token; alone, it is read from {TOKEN_VARIABLE}"
    )
    out = verb("uninstall", "take this memory out of a client's settings; the memory itself stays")
    out.add_argument("client", help=f"{names}, or rules")
    for into in (put, out):
        into.add_argument("which", nargs="?", default="", help="with rules: claude, agents or cursor")
        into.add_argument("--scope", choices=("user", "project"), default="user", help="whose settings")
        into.add_argument("--config", default="", metavar="FILE", help="the file, where it is not the usual")
        into.add_argument("--print", action="store_true", help="show the change and do nothing")
        into.add_argument("--yes", action="store_true", help="do not ask")


def install(asked: argparse.Namespace, settings: Settings) -> int:
    """Put our entry into a client's settings."""
    console, place = Console.here(settings.no_color), Place.here()
    if asked.list or not asked.client:
        found = list(listed(place))
        lines = (one.line() for one in found)
        console.answer([one.plain() for one in found], lines, as_json=getattr(asked, "json", False))
        return 0
    if asked.client == _RULES:
        return _done(rules.put(asked.which, place), asked, console, "a new session reads them")
    client = clients.client(asked.client)
    entry = _entry(asked, settings)
    path = _file(client, asked, place)
    secret = isinstance(entry, Called) and bool(entry.token)
    change = configs.put(client, path, entry, private=secret)
    _say(_remarks(entry, asked, client, place))
    return _done(change, asked, console, client.put)


def uninstall(asked: argparse.Namespace, settings: Settings) -> int:
    """Take our entry out of a client's settings."""
    console, place = Console.here(settings.no_color), Place.here()
    if asked.client == _RULES:
        return _done(rules.taken_out(asked.which, place), asked, console, "a new session goes without them")
    client = clients.client(asked.client)
    change = configs.taken_out(client, _file(client, asked, place))
    return _done(change, asked, console, f"{client.taken_out}; the memory itself stays")


@dataclass(frozen=True, slots=True)
class Listed:
    """A client, whether it is on this machine, and whether its settings name us."""

    client: clients.Client
    path: Path
    here: bool
    known: bool
    wrong: str = ""

    def plain(self) -> dict[str, object]:
        """It as JSON."""
        return {
            "client": self.client.name,
            "config": str(self.path),
            "here": self.here,
            "installed": self.known,
            "wrong": self.wrong,
        }

    def line(self) -> str:
        """It as a line."""
        here = "here" if self.here else "not found"
        how = self.wrong or ("installed" if self.known else here)
        return visible(f"{self.client.name:15} {how:10} {self.path}")


def listed(place: Place) -> Iterator[Listed]:
    """Every client we know, as it stands on this machine."""
    for client in clients.CLIENTS:
        path = client.config(place)
        here = client.is_there(place)
        try:
            known = NAME in configs.servers(client, path, parted(read(path) or "")[1])
        except (BadInput, OSError) as wrong:
            yield Listed(client, path, here, known=False, wrong=str(wrong))
        else:
            yield Listed(client, path, here, known)


def environment(settings: Settings) -> dict[str, str]:
    """What a client must tell the program so that it opens the memory that is meant here.

    Clients with windows do not see what a shell has set.
    """
    from ..settings import Settings as Plain
    from ..settings import login_name

    told: dict[str, str] = {}
    if settings.user != login_name():
        told["DIFFMEM_USER"] = settings.user
    usual = Plain.model_fields["home"].get_default(call_default_factory=True, validated_data={})
    if settings.home != usual:
        told["DIFFMEM_HOME"] = str(settings.home)
    return told


def _entry(asked: argparse.Namespace, settings: Settings) -> Entry:
    if asked.http:
        parts = urlsplit(str(asked.http))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadInput(
                f"{asked.http[:80]!r} is no address; give one such as https://memory.example.com/mcp"
            )
        return Called(asked.http, asked.token)
    if asked.token is not None:
        raise BadInput("a token is for a server; give its address with --http, too")
    # What is shared with others names no path and no person of this machine.
    return shared() if asked.scope == "project" else program(environment(settings))


def _file(client: clients.Client, asked: argparse.Namespace, place: Place) -> Path:
    if asked.config:
        return Path(asked.config).expanduser().absolute()
    return client.file(place, asked.scope)


def _remarks(entry: Entry, asked: argparse.Namespace, client: clients.Client, place: Place) -> Iterator[str]:
    if isinstance(entry, Called):
        if entry.token:
            yield "the token will lie in this file as plain text; whoever reads the file can use it"
        elif entry.token == "":
            yield f"set {TOKEN_VARIABLE} where {client.title} is started; the token itself is not written"
        if urlsplit(entry.url).scheme == "http" and urlsplit(entry.url).hostname not in _LOCAL:
            yield "this address is not encrypted; others on the way can read the memory and the token"
    elif asked.scope == "project":
        yield "everybody who works on the project needs uv; each has a memory of their own"
    if asked.scope == "user" and not asked.config and not client.is_there(place):
        yield f"{client.title} leaves no trace on this machine; its file is written all the same"


_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def _done(change: Change, asked: argparse.Namespace, console: Console, after: str) -> int:
    if change.is_none:
        _say([f"nothing to change in {change.path}"])
        return 0
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in change.difference():
        shown = visible(line)
        console.say(console.paint(shown, colours[line[0]]) if line[:1] in colours else shown)
    if asked.print:
        return 0
    if not asked.yes and not _agreed(console):
        return 1
    kept = change.write()
    told = [f"wrote {change.path}", f"the old file is {kept}" if kept else "", after]
    _say(line for line in told if line)
    return 0


def _agreed(console: Console) -> bool:
    if not sys.stdin.isatty():
        raise Refused("nobody is here to ask; give --yes to write this, or --print to see it alone")
    console.ask("Write this? [y/N] ")
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    _say(["nothing was written"])
    return False


def _say(lines: Iterator[str] | list[str]) -> None:
    sys.stderr.writelines(f"diffmem: {visible(line)}\n" for line in lines)
