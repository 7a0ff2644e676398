import sys
from pathlib import Path

import httpx2
import pytest
from rest_server import asking

from diffmem.memory import Memory
from diffmem.server.app import served
from diffmem.server.settings import Settings


async def test_a_server_at_work_is_ready(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/ready")

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


async def test_a_server_that_is_being_stopped_is_not_ready_and_still_alive(
    memory: Memory, settings: Settings
) -> None:
    made = served(memory, settings)
    async with made.app.router.lifespan_context(made.app), asking(made.app) as client:
        made.readiness.stop()
        ready, alive = await client.get("/ready"), await client.get("/health")

    assert (ready.status_code, ready.json()["checks"]["server"]) == (503, "is being stopped")
    assert alive.status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder nobody can write to, not even root")
async def test_a_server_whose_disk_cannot_be_written_is_not_ready(settings: Settings) -> None:
    there = settings.model_copy(update={"home": Path("/proc/self")})
    app = served(Memory.open(there.home), there).app
    async with asking(app) as client:
        ready = await client.get("/ready")

    assert (ready.status_code, ready.json()["checks"]["disk"]) == (503, "cannot be written")
