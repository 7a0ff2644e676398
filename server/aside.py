"""Digests by rules, made in a process of their own: no answer waits for their turn at the interpreter."""

import logging
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import DiffMemError
from .doing import Deed, deed, handed_on

if TYPE_CHECKING:
    from ..memory import Memory
    from ..storage.names import UserId
    from .settings import Settings

log = logging.getLogger(__name__)

_NICER = 5
"""How much lower than an answer's a digest's claim on the processor is."""

_PREPARE_SECONDS = 2.0

_memory: "Memory | None" = None


class Aside:
    """One process that digests; begun with the first digest, and anew after it died."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._starting = threading.Lock()
        self._process: ProcessPoolExecutor | None = None
        self._closed = False

    def prepare(self) -> None:
        """Begin the process soon, so that the first digest does not wait for it; the start goes first."""
        timer = threading.Timer(_PREPARE_SECONDS, self._prepared)
        timer.daemon = True
        timer.start()

    def digest(self, user: "UserId", patience: float) -> tuple[str, ...] | None:
        """File what waits for a user; the commits made, or None if that is to be done here."""
        process = self._running()
        if process is None:
            return None
        try:
            return process.submit(_digested, user, patience, deed()).result()
        except BrokenProcessPool:
            log.warning("the process that digests ended; another one is started")
            self._end(process)
            return None
        except RuntimeError:
            # It was ended between the two lines above, by a server that stops.
            return None

    def process_ids(self) -> list[int]:
        """The ids of the processes at work: one, or none yet."""
        with self._starting:
            # Only the workers of this pool are children made by `multiprocessing`.
            return [child.pid for child in multiprocessing.active_children() if child.pid]

    def close(self) -> None:
        """End the process when it is done with what it is at; none is begun any more."""
        with self._starting:
            self._closed = True
            if self._process:
                self._process.shutdown(cancel_futures=True)

    def _prepared(self) -> None:
        # A server that was stopped meanwhile has closed it.
        with suppress(RuntimeError):
            if process := self._running():
                process.submit(_ready)

    def _running(self) -> ProcessPoolExecutor | None:
        with self._starting:
            if self._process is None and not self._closed:
                # Neither threads nor open descriptors of the server go along.
                self._process = ProcessPoolExecutor(
                    1, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(self._settings,)
                )
            return self._process

    def _end(self, broken: ProcessPoolExecutor) -> None:
        with self._starting:
            if self._process is broken:
                self._process = None


def _begin(settings: "Settings") -> None:
    """Make the process ready: it ends with its parent, and not by a signal meant for that one."""
    global _memory
    from .build import memory
    from .deeds import Deeds

    for meant_for_the_parent in (signal.SIGINT, signal.SIGTERM):
        signal.signal(meant_for_the_parent, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICER)
    _memory = memory(settings)
    Deeds.of_home(_memory, settings.home)


def _ready() -> None:
    """Do nothing: the process is there when this was done."""


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    # A digest cut off here is one cut off by a crash: it is found again in git.
    os._exit(0)


def _digested(user: "UserId", patience: float, asked: Deed) -> tuple[str, ...] | None:
    assert _memory is not None
    try:
        with handed_on(asked):
            return _memory.sessions.digest(user, patience)
    except DiffMemError:
        # Not every error travels between processes; who asked meets it again at home.
        return None
