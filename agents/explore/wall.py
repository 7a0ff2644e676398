"""The way to a child and back: a fork server, started when the first command comes."""

import atexit
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

from .address import Answer, Request
from .budget import HARD_SECONDS

log = logging.getLogger(__name__)

AT_ONCE = 4
BUSY, KILLED, TIME_OVER = 75, 137, 124
_PATIENCE = 30.0
_START_SECONDS = 30.0
_LARGEST_ANSWER = 4 << 20
_PIECE = 1 << 16
_PROGRAM = "import sys; sys.path[:] = {path!r}; from {package}.forkserver import main; main({line})"


class Wall:
    """A fork server and the connection to it; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gate = threading.BoundedSemaphore(AT_ONCE)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0
        self._refused = False
        self.bars: dict[str, int] = {}

    def stands(self) -> bool:
        """Whether commands run in children of their own; starts the server if need be."""
        with self._lock:
            return self._connected() is not None

    def answer(self, request: Request) -> Answer | None:
        """What a child answers, or None if there is no wall."""
        if not self._gate.acquire(timeout=_PATIENCE):
            return Answer("too many commands are running; try again in a moment\n", BUSY)
        try:
            return self._asked(request.dumps(), again=True)
        finally:
            self._gate.release()

    def close(self) -> None:
        """End the server and all its children."""
        with self._lock:
            self._drop()

    def _asked(self, request: bytes, *, again: bool) -> Answer | None:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                if not self._handed_over(theirs):
                    return None
            start = time.monotonic()
            told = b""
            with suppress(OSError):
                ours.settimeout(HARD_SECONDS)
                ours.sendall(request)
                ours.shutdown(socket.SHUT_WR)
                told = _received(ours, start + HARD_SECONDS + 1)
        if told:
            return Answer.loads(told)
        if again and self._is_gone():
            return self._asked(request, again=False)
        if time.monotonic() - start > HARD_SECONDS - 0.5:
            return Answer(
                f"stopped after {HARD_SECONDS:.0f} s; narrow it to a path, or add `head`\n", TIME_OVER
            )
        return Answer("stopped: it needed more memory than a command may use; narrow it to a path\n", KILLED)

    def _is_gone(self) -> bool:
        """Whether it was the server that ended, not the child alone."""
        process = self._process
        if process is None:
            return False
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        return process.returncode is not None

    def _handed_over(self, line: socket.socket) -> bool:
        with self._lock:
            for _ in range(2):
                control = self._connected()
                if control is None:
                    return False
                try:
                    socket.send_fds(control, [b"."], [line.fileno()])
                    return True
                except OSError:
                    log.warning("the process for commands is gone; starting another")
                    self._drop()
        return False

    def _connected(self) -> socket.socket | None:
        if self._control is not None and self._owner != os.getpid():
            # After a fork of this process the line belongs to the parent.
            self._control, self._process = None, None
        if self._control is None and not self._refused:
            self._start()
        return self._control

    def _start(self) -> None:
        self._refused = not (hasattr(os, "fork") and hasattr(socket, "send_fds") and sys.executable)
        if self._refused:
            return
        ours, theirs = socket.socketpair()
        package = __name__.rpartition(".")[0]
        program = _PROGRAM.format(path=sys.path, package=package, line=theirs.fileno())
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-c", program],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={},
                    cwd="/",
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except OSError as failed:
                log.warning("no process for commands: %s", failed.strerror)
                self._refused = True
                ours.close()
                return
        self._control, self._owner = ours, os.getpid()
        self._greeted(ours)

    def _greeted(self, control: socket.socket) -> None:
        told = b""
        with suppress(OSError):
            control.settimeout(_START_SECONDS)
            while not told.endswith(b"\n") and (piece := control.recv(_PIECE)):
                told += piece
            control.settimeout(None)
        if not told.endswith(b"\n"):
            log.warning("no process for commands: it did not start")
            self._drop()
            self._refused = True
            return
        self.bars = dict(json.loads(told))
        atexit.register(self.close)

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None and self._owner == os.getpid():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
        self._process = None


def _received(line: socket.socket, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size < _LARGEST_ANSWER:
        line.settimeout(max(deadline - time.monotonic(), 0.01))
        piece = line.recv(_PIECE)
        if not piece:
            return b"".join(parts)
        parts.append(piece)
        size += len(piece)
    return b""
