"""A worker that looks often, as a program of its own; it is told all by the environment."""

from diffmem.server import build as memories
from diffmem.server.jobs import build
from diffmem.server.jobs.dbos_worker import DbosWorker
from diffmem.server.settings import Settings

settings = Settings.load()
DbosWorker(
    memories.memory(settings),
    build.callbacks(settings),
    build.database(settings),
    settings.home,
    width=settings.worker_slots,
    poll=0.05,
    look=0.2,
).run(grace=5)
