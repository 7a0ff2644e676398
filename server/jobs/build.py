"""From settings to what runs jobs: the desk of a server, or a worker."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..settings import BadSettings, Settings
from .callbacks import Callbacks
from .jobs import Jobs

if TYPE_CHECKING:
    from ...memory import Memory
    from .executor import Executor
    from .worker import Worker

_PACKAGES = {"dbos": "dbos", "hatchet": "hatchet_sdk"}


def jobs(settings: Settings, memory: "Memory") -> Jobs:
    """The desk for jobs that the settings name.

    Raises:
        BadSettings: what it needs is not installed.
    """
    calls = callbacks(settings)
    return Jobs(memory, executor(settings, memory, calls), calls)


def executor(settings: Settings, memory: "Memory", calls: Callbacks) -> "Executor":
    """What runs the jobs.

    Raises:
        BadSettings: what it needs is not installed.
    """
    _installed(settings)
    if settings.executor == "dbos":
        from .dbos import Dbos

        return Dbos(database(settings))
    if settings.executor == "hatchet":
        from .hatchet import Hatchet

        return Hatchet(hatchet_token(settings), settings.hatchet_namespace)
    from .inline import Inline

    return Inline(memory, calls, width=settings.job_width)


def worker(settings: Settings, memory: "Memory") -> "Worker":
    """A worker for the queue that the settings name, which notes what it changes in the home's audit log.

    Raises:
        BadSettings: there is no queue, or what it needs is not installed.
    """
    from ..deeds import Deeds

    _installed(settings)
    calls = callbacks(settings)
    Deeds.of_home(memory, settings.home)
    if settings.executor == "dbos":
        from .dbos_worker import DbosWorker

        return DbosWorker(memory, calls, database(settings), settings.home, width=settings.worker_slots)
    if settings.executor == "hatchet":
        from .hatchet_worker import HatchetWorker

        token = hatchet_token(settings)
        return HatchetWorker(memory, calls, token, settings.hatchet_namespace, width=settings.worker_slots)
    raise BadSettings(
        "DIFFMEM_EXECUTOR: inline runs its jobs in the server and needs no worker; set dbos or hatchet"
    )


def callbacks(settings: Settings) -> Callbacks:
    """Who may be called back."""
    allowed = [entry.strip() for entry in settings.callback_allow.split(",") if entry.strip()]
    return Callbacks(settings.callback_secret.get_secret_value(), allowed)


def database(settings: Settings) -> str:
    """Where the durable queue lies."""
    return settings.database_url.get_secret_value() or f"sqlite:///{settings.home / 'jobs.sqlite'}"


def hatchet_token(settings: Settings) -> str:
    """The token for Hatchet's server."""
    return settings.hatchet_client_token.get_secret_value()


def _installed(settings: Settings) -> None:
    package = _PACKAGES.get(settings.executor)
    if package and find_spec(package) is None:
        raise BadSettings(
            f"DIFFMEM_EXECUTOR: {settings.executor} is not installed; "
            f"`pip install 'diffmem[{settings.executor}]'`"
        )
