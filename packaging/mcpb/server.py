"""What the bundle starts: the stdio server."""

import sys

from diffmem.server.cli import main

sys.exit(main(["mcp"]))
