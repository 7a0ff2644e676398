"""A house with a desk for jobs: its executor, and workers as real processes where it needs them."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searched import Searched

from diffmem.server.jobs import build
from diffmem.server.jobs.job import Record, Status
from diffmem.server.jobs.jobs import Jobs
from diffmem.server.settings import Settings
from diffmem.storage.durability import Durability
from diffmem.storage.store import Store

SECRET = "a secret of the tests alone"
USER = "alex"
TALK = "Mel: I bought a kayak in Bergen.\nAlex: My sister Maya moved to Berlin."
QUICK_WORKER = Path(__file__).parent / "server" / "jobs" / "quick_worker.py"


@dataclass
class House:
    """A home, a desk, and workers where the executor needs them."""

    home: Path
    environment: dict[str, str]
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list["subprocess.Popen[bytes]"])

    def __post_init__(self) -> None:
        given = {"DIFFMEM_HOME": str(self.home), "DIFFMEM_DURABILITY": "relaxed", **self.environment}
        self.environment = given
        self.settings = Settings.load(
            **{name.removeprefix("DIFFMEM_").lower(): value for name, value in given.items()}
        )
        self.memory = Searched(Store(self.home, Durability.RELAXED))
        self.desk: Jobs = build.jobs(self.settings, self.memory)

    @property
    def needs_workers(self) -> bool:
        return self.settings.executor != "inline"

    def work(self, *, quick: bool = True) -> None:
        """Start a worker, if jobs do not run here."""
        if not self.needs_workers:
            return
        quick = quick and self.settings.executor == "dbos"
        command = [str(QUICK_WORKER)] if quick else ["-m", "diffmem.server.cli", "worker", "--grace", "5"]
        names = [name for name in os.environ if name in {"PATH", "SYSTEMROOT"} or name.startswith("HATCHET_")]  # noqa: TID251
        kept = {name: os.environ[name] for name in names}  # noqa: TID251
        around = kept | self.environment
        self.workers.append(subprocess.Popen([sys.executable, *command], cwd=self.home.parent, env=around))

    async def done(self, verb: str, callback_url: str = "", **given: Any) -> Record:
        """A job of the user's, over."""
        record = await self.desk.ask(USER, verb, callback_url, **given)
        return await self.desk.get(USER, record.job.id, 60)

    async def begun(self, record: Record) -> Record:
        """A job's record once it is no longer queued."""
        while record.status is Status.QUEUED:
            record = await self.desk.get(USER, record.job.id, 0.05)
        return record

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
