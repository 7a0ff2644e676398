"""What each client does: it remembers, recalls, reads, and follows a file that then changes."""

import json
import sys
from typing import Any

FIRST = {
    "content": "user: My sister Kasia works at a bakery.",
    "session_id": "s1",
    "session_date": "2024-03-01",
}
SECOND = {"content": "user: Kasia bought a kayak.", "session_id": "s2", "session_date": "2024-06-09"}
QUESTION = {"query": "Where does Kasia work?", "max_tokens": 400}
FOLLOWED = "memory:///timeline/2024-06.md"
SECONDS = 90


def asked() -> dict[str, Any]:
    """What the test wants: `era`, and either `url` or `command`."""
    return json.loads(sys.argv[1])


def tell(**told: Any) -> None:
    """Tell the test what came of it."""
    sys.stdout.write(json.dumps(told))
