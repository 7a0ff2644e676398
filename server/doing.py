"""Who is changing a memory, and by which verb: known wherever the change is made, in worker threads too."""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

SERVER = "server"
"""Who digests what waits, and does what else nobody asked for at that moment."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A principal by name, the verb, and the job where there is one."""

    who: str = SERVER
    verb: str = "digest"
    job: str = ""


_doing: ContextVar[Deed | None] = ContextVar("doing", default=None)


def deed() -> Deed:
    """What is being done here."""
    return _doing.get() or Deed()


def whose_deed() -> str:
    """Who has asked for what is being done here, "" where nobody has."""
    found = _doing.get()
    return found.who if found else ""


@contextmanager
def doing(who: str, verb: str) -> Generator[None]:
    """Have the commits made inside noted as somebody's."""
    with _as(Deed(who, verb)):
        yield


@contextmanager
def at_work(verb: str, job: str, asked_by: str) -> Generator[None]:
    """Have them noted as a job's: of who is known here to have asked for it, or of who the job says has."""
    found = _doing.get()
    with _as(replace(found, job=job) if found else Deed(asked_by or SERVER, verb, job)):
        yield


def handed_on(found: Deed) -> AbstractContextManager[None]:
    """Have them noted as what was being done where the work came from."""
    return _as(found)


@contextmanager
def _as(meant: Deed) -> Generator[None]:
    token = _doing.set(meant)
    try:
        yield
    finally:
        _doing.reset(token)
