from pathlib import Path

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mirrors import bare
from model_server import ModelServer
from prometheus_client.parser import text_string_to_metric_families as families
from rest_server import asking

from diffmem.memory import Memory
from diffmem.server import build
from diffmem.server.http import served
from diffmem.server.settings import Settings

Told = dict[tuple[str, frozenset[str]], float]


async def figures(client: httpx2.AsyncClient) -> Told:
    """Every sample by its name and the values of its labels."""
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in families(answer.text)
        for sample in family.samples
    }


def of(told: Told, name: str, *labels: str) -> float:
    return told.get((f"diffmem_{name}", frozenset(labels)), 0)


async def test_requests_are_counted_by_their_route_and_their_status(client: httpx2.AsyncClient) -> None:
    for user in ("ann", "a%2Fb"):
        await client.get(f"/memory/{user}/status")
    for path in ("/nowhere", "/elsewhere"):
        await client.request("BREW", path)
    await client.get("/health")
    told = await figures(client)

    assert of(told, "requests_total", "GET", "/memory/{user_id}/status", "404") == 2
    assert of(told, "requests_total", "GET", "/health", "200") == 1
    assert of(told, "requests_total", "other", "404") == 2
    assert "ann" not in str(told)


async def test_a_fault_is_counted(memory: Memory, settings: Settings) -> None:
    async def broken() -> dict[str, str]:
        raise RuntimeError

    app = served(memory, settings, sync=broken).app
    async with asking(app, raise_app_exceptions=False) as client:
        await client.post("/server/sync")
        told = await figures(client)

    assert of(told, "requests_total", "POST", "/server/sync", "500") == 1


async def test_recalls_commits_jobs_and_what_waits_are_told(
    client: httpx2.AsyncClient, memory: Memory
) -> None:
    await memory.stage("ann", "user: I like tea.", "s1", wait=False)
    await memory.stage("ann", "user: I paint.", "s2", wait=False)
    waiting = await figures(client)
    done = await client.post("/memory/ann/process-and-commit?sync=true", json=SESSION)
    await client.post("/memory/ann/recall", json={"query": "tea"})
    told = await figures(client)

    assert done.status_code == 200
    assert of(waiting, "pending_sessions") == 2
    assert of(told, "pending_sessions") == 2
    assert of(told, "recall_seconds_count") == 1
    assert of(told, "commits_total") == of(waiting, "commits_total") + 2
    assert (of(told, "jobs", "completed"), of(told, "jobs", "running")) == (1, 0)


async def test_a_recall_over_the_protocol_is_timed_too(memory: Memory, settings: Settings) -> None:
    made = served(memory, settings)
    async with (
        made.app.router.lifespan_context(made.app),
        asking(made.app) as client,
    ):
        async with Client(streamable_http_client("http://127.0.0.1/mcp", http_client=client)) as asked:
            await asked.call_tool("recall", {"query": "tea"})
        told = await figures(client)

    assert of(told, "recall_seconds_count") == 1
    assert of(told, "requests_total", "POST", "/mcp", "200") >= 1


async def test_what_a_model_was_asked_is_told(settings: Settings) -> None:
    with ModelServer() as model:
        asking_one = settings.model_copy(update={"model": "a-model", "model_url": model.url})
        memory = build.memory(asking_one)
        app = served(memory, asking_one).app
        async with (
            app.router.lifespan_context(app),
            asking(app) as client,
        ):
            await client.post("/memory/ann/process-and-commit?sync=true", json=SESSION)
            told = await figures(client)

    assert of(told, "model_failures_total", "a-model") >= 1


async def test_how_far_the_mirror_is_behind_is_told_until_it_is_not(
    settings: Settings, tmp_path: Path
) -> None:
    remote = bare(tmp_path / "mirror.git")
    mirrored = settings.model_copy(update={"backup_backend": "git", "backup_url": str(remote)})
    memory = build.memory(mirrored)
    await memory.remember("ann", "user: I like tea.", "s1")
    async with asking(served(memory, mirrored).app) as client:
        # What was written before the server began counts, too.
        before = await figures(client)
        await memory.remember("bob", "user: I paint.", "s1")
        behind = await figures(client)
        assert memory.mirror is not None
        memory.mirror.catch_up(memory.desk.store)
        level = await figures(client)

    told = [
        [of(one, f"backup_{name}") for name in ("behind_memories", "missing_commits")]
        for one in (before, behind)
    ]
    assert [one[0] for one in told] == [1, 2]
    assert told[1][1] > told[0][1] > 0
    assert of(behind, "backup_age_seconds") > 0
    assert [
        of(level, f"backup_{name}") for name in ("behind_memories", "missing_commits", "age_seconds")
    ] == [0, 0, 0]


async def test_there_are_no_figures_of_a_mirror_where_there_is_none(client: httpx2.AsyncClient) -> None:
    assert not [name for name, _ in await figures(client) if "backup" in name]


SESSION = {"memory_input": "user: My sister Ana paints in Porto.", "session_id": "s3"}
