"""One hello to a server as a client says it: start the program, send `initialize`, wait for the answer."""

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from mcp.client.stdio import get_default_environment

_HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "diffmem-doctor", "version": "1"},
    },
}
_LAST = 300
_GRACE = 3.0


@dataclass(frozen=True, slots=True)
class Greeted:
    """What a server answered: its name and version, or else why there is none."""

    server: str = ""
    why: str = ""


def greet(command: str, arguments: Sequence[str], environment: Mapping[str, str], seconds: float) -> Greeted:
    """Start a program with the few variables that clients pass on, and say hello."""
    variables = {**get_default_environment(), **environment}
    with tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(
                [command, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=variables,
            )
        except OSError as wrong:
            return Greeted(why=f"it cannot be started: {wrong.strerror or wrong}")
        try:
            answer = _asked(child, seconds)
        finally:
            _ended(child)
        return _read(answer, child.returncode, _last(errors), seconds)


def _ended(child: "subprocess.Popen[bytes]") -> None:
    """Hang up, as clients do: whatever stands behind the program ends by that, too; then end the program."""
    with contextlib.suppress(OSError):
        if child.stdin:
            child.stdin.close()
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _asked(child: "subprocess.Popen[bytes]", seconds: float) -> bytes | None:
    """The first line the program writes; None if none came in time."""
    assert child.stdin
    assert child.stdout
    lines: queue.Queue[bytes] = queue.Queue()
    out = child.stdout

    def read() -> None:
        with out:
            lines.put(out.readline())

    threading.Thread(target=read, daemon=True).start()
    # Where it has ended already, what it wrote says why.
    with contextlib.suppress(OSError):
        child.stdin.write(json.dumps(_HELLO).encode() + b"\n")
        child.stdin.flush()
    try:
        return lines.get(timeout=seconds)
    except queue.Empty:
        return None


def _read(answer: bytes | None, code: int, last: str, seconds: float) -> Greeted:
    said = f"; its last words: {last}" if last else ""
    if answer is None:
        return Greeted(why=f"it did not answer within {seconds:g} seconds{said}")
    if not answer:
        return Greeted(why=f"it ended with code {code} before it answered{said}")
    try:
        told: Any = json.loads(answer)
        info = told["result"]["serverInfo"]
        return Greeted(server=f"{info['name']} {info['version']}")
    except (ValueError, LookupError, TypeError):
        shown = answer[:80].decode("utf-8", "replace").strip()
        return Greeted(why=f"it wrote {shown!r} where the answer should be{said}")


def _last(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[-_LAST:]
