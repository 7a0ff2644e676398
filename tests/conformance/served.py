"""The product's own server with the names the official conformance suite asks for.

    python served.py

It prints its address and serves until it is ended. What stands in this folder is only what has a
name in the suite; the protocol, the files, the tasks and the security are the product's own.
"""

import socket
import sys
import tempfile
import warnings
from pathlib import Path

import asked_of_the_client
import contents
import long_calls
import pages
import questioning
import uvicorn
from mcp import MCPDeprecationWarning

from diffmem.memory import Memory
from diffmem.server.app import create_app
from diffmem.server.mcp_server import create_door

USER = "conformance"


def main() -> None:
    """Serve an empty memory on a free port."""
    warnings.filterwarnings("ignore", category=MCPDeprecationWarning)
    with tempfile.TemporaryDirectory() as home:
        memory = Memory.open(Path(home), durability="relaxed")
        # The suite wants a task at once, not only when it takes long.
        door = create_door(memory, USER, long=long_calls.NAMES, patience=0)
        contents.changes(door.server, door.members.of(USER).news.bus)
        for part in (contents, asked_of_the_client, questioning, long_calls, pages):
            part.register(door.server)
        listener = socket.create_server(("127.0.0.1", 0))
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp\n")
        sys.stdout.flush()
        uvicorn.Server(uvicorn.Config(create_app(door), log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main()
