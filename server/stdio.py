"""One MCP client over standard input and output."""

import os
import signal
import sys
from types import FrameType

import anyio

from ..memory import Memory
from . import compat
from .deeds import Deeds
from .mcp_server import create_server

INTERRUPTED = 130


def serve(memory: Memory, user: str, deeds: Deeds) -> None:
    """Serve until the client hangs up; its user's files are laid out for people on the side."""
    if sys.stdin.isatty():
        sys.stderr.write("diffmem: this speaks MCP and waits for a client; Ctrl-C ends it\n")
    # The thread that reads standard input cannot be interrupted. Leaving at once is safe: what was
    # acknowledged is on the disk, and what waits for its digest is found again at the next start.
    signal.signal(signal.SIGINT, _leave)
    server = create_server(memory, user, lay_out_view=True)
    server.middleware.append(deeds.of_protocol)
    anyio.run(compat.serve_stdio, server)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
