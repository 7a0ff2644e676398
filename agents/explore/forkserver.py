"""The process that children are forked from: one thread, no secrets, nothing open but its line home."""

import gc
import json
import os
import select
import signal
import socket
import time
from dataclasses import asdict
from pathlib import Path

from . import jail
from .address import Request
from .budget import HARD_SECONDS
from .interpreter import interpreted, opened

_LARGEST_REQUEST = 1 << 20
_PIECE = 1 << 16
_HIGHEST_FILE = 512
_CHILDS_LINE = 3


def main(line: int) -> None:
    """Answer on a connection until it closes: each byte with a file descriptor is one command."""
    control = socket.socket(fileno=line)
    gc.freeze()
    control.sendall(json.dumps(_probed()).encode() + b"\n")
    _serve(control)


def _serve(control: socket.socket) -> None:
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    children: dict[int, float] = {}
    while True:
        wait = max(min(children.values()) - time.monotonic(), 0) if children else None
        ready, _, _ = select.select([control, wake], [], [], wait)
        if wake in ready:
            os.read(wake, _PIECE)
        _reap(children)
        if control in ready:
            told, lines, _, _ = socket.recv_fds(control, 1, 1)
            if not told:
                break
            children[_forked(lines[0])] = time.monotonic() + HARD_SECONDS
    for child in children:
        os.kill(child, signal.SIGKILL)


def _reap(children: dict[int, float]) -> None:
    for child, deadline in list(children.items()):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        if os.waitpid(child, os.WNOHANG)[0]:
            del children[child]
        elif time.monotonic() > deadline:
            # Killed just now: it is looked at again when it is gone.
            children[child] = time.monotonic() + 1


def _forked(line: int) -> int:
    child = os.fork()
    if child:
        os.close(line)
        return child
    try:
        _answer(line)
    finally:
        os._exit(0)


def _answer(line: int) -> None:
    jail.time_is_set()
    signal.set_wakeup_fd(-1)
    os.dup2(line, _CHILDS_LINE)
    os.closerange(_CHILDS_LINE + 1, _HIGHEST_FILE)
    with socket.socket(fileno=_CHILDS_LINE) as home:
        request = Request.loads(_received(home))
        # Opened before the bars close, so that not even the repository's settings can be read behind them.
        repository = opened(request.address.repository)
        jail.enter(Path(repository.path))
        home.sendall(interpreted(request, repository).dumps())


def _received(home: socket.socket) -> bytes:
    parts: list[bytes] = []
    size = 0
    while piece := home.recv(_PIECE):
        parts.append(piece)
        size += len(piece)
        if size > _LARGEST_REQUEST:
            break
    return b"".join(parts)


def _probed() -> dict[str, int]:
    """What bars a child of this process gets, told by one that tried."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            jail.time_is_set()
            os.write(writer, json.dumps(asdict(jail.enter(Path("/nonexistent")))).encode())
        finally:
            os._exit(0)
    os.close(writer)
    told = os.read(reader, _PIECE)
    os.close(reader)
    os.waitpid(child, 0)
    return dict(json.loads(told)) if told else {}
