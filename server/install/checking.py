"""Why a client does not see the server: its settings, the program they name, and whether that answers."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from ...errors import BadInput
from ..checks.check import Case, Result, fail, ok, warn
from . import configs
from .change import parted, read
from .clients import CLIENTS, Client
from .entry import NAME
from .greeting import greet
from .place import Place

SECONDS = 20.0
"""How long a server may take to answer; clients wait for 10 to 60 seconds."""


def clients(case: Case) -> Iterator[Result]:
    """The clients on this machine that should know the server."""
    del case
    yield from looked_at(Place.here(), SECONDS)


def looked_at(place: Place, seconds: float) -> Iterator[Result]:
    """How the server stands with every client of a machine."""
    there = [client for client in CLIENTS if client.is_there(place)]
    if not there:
        yield ok("clients", "no client we know is on this machine")
    for client in there:
        yield from of_client(client, client.config(place), place, seconds)


def of_client(client: Client, path: Path, place: Place, seconds: float) -> Iterator[Result]:
    """How the server stands with one client."""
    name = f"client {client.name}"
    put = f"`diffmem install {client.name}` puts it there"
    try:
        text = read(path)
        named = configs.servers(client, path, parted(text or "")[1])
    except (BadInput, OSError) as wrong:
        yield fail(name, str(wrong), f"{client.title} skips what it cannot read; mend {path}")
        return
    entry = named[NAME] if NAME in named else _ours(named)
    if entry is None:
        yield _unknown(client, path, text, put)
    elif not isinstance(entry, dict):
        yield fail(name, f"{path}: `{NAME}` is not an object", put)
    else:
        told = cast(dict[str, Any], entry)
        yield from _entry(client, name, told, place, seconds)


def _unknown(client: Client, path: Path, text: str | None, put: str) -> Result:
    name = f"client {client.name}"
    if text is None:
        return ok(name, f"{client.title} is here and has no settings of servers; {put}")
    wrong = {"mcpServers", "servers", "mcp_servers", "mcp"} - {client.key}
    if found := sorted(key for key in wrong if f'"{key}"' in text or f"[{key}." in text):
        told = f"{path} has servers under `{found[0]}`, where {client.title} does not look"
        return fail(name, told, f"they stand under `{client.key}` there; {put}")
    return ok(name, f"{client.title} is here and does not know this memory; {put}")


def _ours(named: Mapping[str, Any]) -> object | None:
    """An entry under another name that starts us."""
    for entry in named.values():
        told = cast(dict[str, Any], entry) if isinstance(entry, dict) else {}
        words = [told.get("command", ""), *_texts(told.get("args"))]
        if any(Path(str(word)).stem == NAME for word in words):
            return told
    return None


def _entry(
    client: Client, name: str, entry: Mapping[str, Any], place: Place, seconds: float
) -> Iterator[Result]:
    if entry.get("disabled") is True or entry.get("enabled") is False:
        yield warn(name, f"the server is switched off in {client.title}", "switch it on there")
        return
    log = f"see {client.log(place)}"
    url = entry.get("url") or entry.get("httpUrl")
    if url:
        yield _server(name, str(url), log)
        return
    command = str(entry.get("command") or "")
    missing = _cannot_start(command, client)
    if missing:
        yield fail(name, missing, f"`diffmem install {client.name}` writes it anew")
        return
    variables = {str(key): str(value) for key, value in _object(entry.get("env")).items()}
    yield from _home(name, variables)
    found = greet(command, _texts(entry.get("args")), variables, seconds)
    if found.why:
        yield fail(name, f"{client.title} starts {command}, but {found.why}", log)
    else:
        yield ok(
            name, f"{client.title} starts {command}, and {found.server} answers; if it is not seen, {log}"
        )


def _cannot_start(command: str, client: Client) -> str:
    """Why a command cannot be started; "" if it can."""
    if not command:
        return f"the entry of {client.title} names no command and no address"
    file = Path(command)
    if not file.is_absolute():
        return "" if shutil.which(command) else f"{client.title} is to start {command}, which is on no path"
    if not file.exists():
        return f"{client.title} is to start {command}, which is not there; this installation has moved"
    if not os.access(file, os.X_OK):
        return f"{client.title} is to start {command}, which may not be executed"
    python = _interpreter(file)
    if python and not python.exists():
        return f"{command} wants the interpreter {python}, which is not there; Python has moved"
    return ""


def _interpreter(file: Path) -> Path | None:
    """The interpreter that the first line of a script names."""
    with file.open("rb") as opened:
        line = opened.readline(400)
    words = line[2:].decode("utf-8", "replace").split()
    return Path(words[0]) if line.startswith(b"#!") and words else None


def _home(name: str, variables: Mapping[str, str]) -> Iterator[Result]:
    given = variables.get("DIFFMEM_HOME")
    if not given:
        return
    home = Path(given).expanduser()
    above = next((one for one in (home, *home.parents) if one.exists()), home)
    if not above.is_dir() or not os.access(above, os.W_OK):
        yield fail(
            name, f"the memory is to lie in {home}, where nothing may be written", "name another folder"
        )


def _server(name: str, url: str, log: str) -> Result:
    parts = urlsplit(url)
    health = f"{parts.scheme}://{parts.netloc}/health"
    if parts.scheme not in {"http", "https"}:
        return fail(name, f"{url} is no address of a server", "it begins with https:// or http://")
    try:
        with urlopen(Request(health), timeout=5) as answer:
            return ok(
                name, f"the server at {parts.netloc} answers ({answer.status}); if it is not seen, {log}"
            )
    except HTTPError as refused:
        return warn(name, f"{health} answers {refused.code}; another server may stand there", log)
    except (URLError, OSError) as wrong:
        return fail(name, f"{parts.netloc} does not answer: {getattr(wrong, 'reason', wrong)}", "start it")


def _texts(value: object) -> list[str]:
    return [str(one) for one in cast(list[Any], value)] if isinstance(value, list) else []


def _object(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
