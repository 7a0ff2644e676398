from pathlib import Path
from typing import Any

import httpx2
import pytest
from rest_server import asking

from diffmem.agents.providers.provider import Scripted
from diffmem.errors import ModelUnavailable
from diffmem.memory import Memory
from diffmem.server.http import served
from diffmem.server.jobs.callbacks import Callbacks
from diffmem.server.jobs.inline import Inline
from diffmem.server.jobs.jobs import Jobs
from diffmem.server.settings import Settings

SESSION = {"memory_input": "user: My sister Ana paints in Porto.", "session_id": "s1"}


async def said(client: httpx2.AsyncClient, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """What is answered, which must be no refusal."""
    asked = {} if body is None else {"json": body}
    answer = await client.request(method, path, **asked)
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_session_is_stored_and_filed_and_the_context_holds_it(client: httpx2.AsyncClient) -> None:
    done = await said(client, "POST", "/memory/alex/process-and-commit", SESSION)
    found = await said(
        client, "POST", "/memory/alex/context", {"conversation": [{"role": "user", "content": "Ana?"}]}
    )

    assert (done["status"], done["session_id"], done["state"]) == ("success", "s1", "digested")
    assert done["metadata"].keys() >= {"user_id", "timestamp", "job_id"}
    assert "Porto" in str(found["context"]["agent_context"])


async def test_a_staged_session_is_not_filed_before_it_is_committed(
    client: httpx2.AsyncClient, memory: Memory
) -> None:
    staged = await said(client, "POST", "/memory/alex/process-session", SESSION)
    waiting = await memory.pending("alex")
    done = await said(client, "POST", "/memory/alex/commit-session", {"session_id": "s1"})

    assert (staged["state"], list(waiting)) == ("staged", ["s1"])
    assert done["state"] == "digested"
    assert await memory.pending("alex") == []


async def test_who_does_not_wait_gets_a_job_to_ask_for_and_nobody_else_may(
    client: httpx2.AsyncClient,
) -> None:
    queued = await client.post("/memory/alex/process-and-commit?sync=false", json=SESSION)
    told = queued.json()
    # Comes after it: the work of one user is done in its order.
    await said(client, "POST", "/memory/alex/consolidate?sync=true", {"tools": ["link"]})
    record = await said(client, "GET", told["metadata"]["poll_url"])
    foreign = await client.get(told["metadata"]["poll_url"].replace("alex", "bob"))

    assert (queued.status_code, told["status"]) == (202, "queued")
    assert record["job"].keys() >= {"job_id", "submitted_at", "started_at", "completed_at", "result", "error"}
    assert record["job"]["status"] == "completed"
    assert record["job"]["result"]["state"] == "digested"
    assert foreign.status_code == 404


async def test_both_at_once_answers_for_the_session_and_the_tools(client: httpx2.AsyncClient) -> None:
    asked = SESSION | {"consolidate_tools": ["link"]}
    done = await said(client, "POST", "/memory/alex/process-commit-and-consolidate", asked)

    assert (done["state"], list(done["consolidate"])) == ("digested", ["link"])


async def test_a_session_unknown_and_other_words_under_its_id_are_refused(
    client: httpx2.AsyncClient,
) -> None:
    await said(client, "POST", "/memory/alex/process-and-commit", SESSION)
    unknown = await client.post("/memory/alex/commit-session", json={"session_id": "none"})
    differs = await client.post(
        "/memory/alex/process-and-commit", json=SESSION | {"memory_input": "user: Something else."}
    )

    assert (unknown.status_code, unknown.json()["error"]) == (404, "UnknownSession")
    assert (differs.status_code, differs.json()["error"]) == (409, "SessionDiffers")


async def test_a_job_that_outlives_the_wait_answers_504_with_where_to_ask(
    memory: Memory, settings: Settings
) -> None:
    executor = Inline(memory, Callbacks(), width=1)
    jobs = Jobs(memory, executor, Callbacks())
    impatient = settings.model_copy(update={"request_seconds": 0.001})
    app = served(memory, impatient, jobs=jobs).app
    async with (
        app.router.lifespan_context(app),
        asking(app) as client,
    ):
        late = await client.post("/memory/alex/process-and-commit", json=SESSION)
        asked = await client.get(late.json()["poll_url"])

    assert late.status_code == 504
    assert late.headers["content-type"] == "application/problem+json"
    assert asked.json()["job"]["job_id"] == late.json()["job_id"]


@pytest.mark.parametrize("wait", [True, False])
async def test_remembered_words_are_there_at_once(client: httpx2.AsyncClient, wait: bool) -> None:
    asked = {"content": "user: I like green tea.", "session_id": "s2", "wait": wait}
    receipt = await said(client, "POST", "/memory/alex/remember", asked)
    found = await said(client, "POST", "/memory/alex/recall", {"query": "tea"})

    assert receipt["state"] == ("digested" if wait else "pending")
    assert "green tea" in str(found["blocks"])


async def test_every_change_is_noted_with_who_made_it_and_without_its_words(
    client: httpx2.AsyncClient, home: Path
) -> None:
    await said(client, "POST", "/memory/alex/process-and-commit", SESSION)
    noted = (home / "audit.jsonl").read_text("utf-8")
    await said(client, "DELETE", "/memory/alex")
    left = (home / "audit.jsonl").read_text("utf-8")

    assert '"who": "local", "verb": "process-and-commit", "user": "alex", "commit"' in noted
    assert '"who": "local", "verb": "erase", "user": "(erased)"}' in left
    assert "alex" not in left
    assert "Porto" not in noted


async def test_a_session_is_taken_before_the_model_is_asked(home: Path, settings: Settings) -> None:
    down = ModelUnavailable("scripted", "no route to host")
    memory = Memory.open(home, durability="relaxed", writer=Scripted(down, down))
    app = served(memory, settings).app
    async with (
        app.router.lifespan_context(app),
        asking(app) as client,
    ):
        queued = await client.post("/memory/alex/process-session?sync=false", json=SESSION)
        waited = await client.post("/memory/alex/process-session?sync=true", json=SESSION)
        job = (await client.get(queued.json()["metadata"]["poll_url"])).json()["job"]

    assert queued.status_code == 202
    assert (job["status"], job["error_type"]) == ("failed", "ModelUnavailable")
    assert (job["result"]["session_id"], job["result"]["state"]) == ("s1", "pending")
    assert (waited.status_code, waited.json()["error"]) == (503, "ModelUnavailable")


async def test_the_memory_is_put_in_order_within_the_bounds_that_were_given(
    client: httpx2.AsyncClient, memory: Memory
) -> None:
    lines = "".join(f"- I once painted picture number {number} in the harbour.\n" for number in range(60))
    await memory.onboard("alex", template=f"# Alex\n\n## Notes\n\n{lines}")
    wide = await said(client, "POST", "/memory/alex/consolidate", {"tools": ["redistribute"]})
    asked = {"tools": ["link", "redistribute"], "window": 1, "soft_cap_tokens": 500}
    narrow = await said(client, "POST", "/memory/alex/consolidate", asked)
    unknown = await client.post("/memory/alex/consolidate", json={"tools": ["polish"]})

    assert wide["consolidate"].keys() == {"redistribute"}
    assert narrow["consolidate"].keys() == {"link", "redistribute"}
    told = [done["consolidate"]["redistribute"] for done in (wide, narrow)]
    assert [bool(report["done"] or report["passed"]) for report in told] == [False, True]
    assert (unknown.status_code, unknown.json()["error"]) == (400, "BadInput")
