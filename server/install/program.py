"""Which program a client is to start: the one that runs now, by a path that will still be there."""

import json
import shutil
import sys
import sysconfig
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ...errors import BadInput
from .entry import Started

_PASSING = frozenset({"archive-v0", "builds-v0", "environments-v0", "environments-v1", "environments-v2"})
"""Folders of uv's cache; what is run from there may be gone tomorrow."""


def program(environment: Mapping[str, str]) -> Started:
    """How to start the server of this installation.

    Raises:
        BadInput: this runs from a cache, and there is no uvx to run it from there again.
    """
    return chosen(
        environment, Path(sys.executable), Path(sys.prefix), Path(sysconfig.get_path("scripts")), source()
    )


def shared() -> Started:
    """How anybody who shares a project starts the server, on any machine."""
    return Started("uvx", ("diffmem", "mcp"), slow=True)


def chosen(
    environment: Mapping[str, str],
    python: Path,
    prefix: Path,
    scripts: Path,
    from_file: str,
    found: Callable[[str], str | None] = shutil.which,
) -> Started:
    """How to start the server that is installed at `prefix`.

    `from_file` is the file or folder it was installed from, "" if that was an index.
    """
    if _PASSING & set(prefix.parts):
        uvx = found("uvx")
        if uvx is None:
            raise BadInput("this runs from uv's cache, but there is no uvx; `pipx install diffmem` first")
        origin = ("--from", from_file) if from_file else ()
        return Started(str(Path(uvx).absolute()), (*origin, "diffmem", "mcp"), environment, slow=True)
    for name in ("diffmem", "diffmem.exe"):
        if (scripts / name).is_file():
            return Started(str((scripts / name).absolute()), ("mcp",), environment)
    return Started(str(python.absolute()), ("-m", "diffmem.server.cli", "mcp"), environment)


def source() -> str:
    """The file or folder this was installed from; "" if it came from an index."""
    try:
        told = distribution("diffmem").read_text("direct_url.json")
    except PackageNotFoundError:
        return ""
    url = urlsplit(str(json.loads(told).get("url", ""))) if told else None
    return url2pathname(url.path) if url and url.scheme == "file" else ""
