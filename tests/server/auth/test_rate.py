import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from diffmem.server.auth.limits import Budget, Limiter, RateLimit
from diffmem.server.auth.principal import Principal, scopes_of
from diffmem.server.auth.principal import Scope as Right


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> Limiter:
    return Limiter({"read": Budget(60, 3), "write": Budget(6, 1)}, clock)


def test_a_burst_is_let_in_and_then_the_rate_holds(limiter: Limiter, clock: Clock) -> None:
    assert [limiter.take("a", "read") for _ in range(4)] == [0, 0, 0, 1]
    clock.now += 0.5
    assert limiter.take("a", "read") == 0.5
    clock.now += 0.5
    assert limiter.take("a", "read") == 0


def test_a_refusal_costs_nothing(limiter: Limiter, clock: Clock) -> None:
    assert limiter.take("a", "write") == 0
    for _ in range(100):
        assert limiter.take("a", "write") == 10
    clock.now += 10
    assert limiter.take("a", "write") == 0


def test_nobody_pays_for_another_nor_reads_for_writes(limiter: Limiter) -> None:
    assert limiter.take("a", "write") == 0
    assert limiter.take("a", "write") > 0
    assert limiter.take("b", "write") == 0
    assert limiter.take("a", "read") == 0


def test_a_long_rest_saves_no_more_than_a_burst(limiter: Limiter, clock: Clock) -> None:
    limiter.take("a", "read")
    clock.now += 1e6
    assert [limiter.take("a", "read") for _ in range(4)] == [0, 0, 0, 1]


def test_those_who_have_their_whole_budget_again_are_forgotten(
    limiter: Limiter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diffmem.server.auth.limits._MOST_BUCKETS", 50)
    for n in range(1000):
        clock.now += 2
        assert limiter.take(f"user-{n}", "read") == 0

    assert len(limiter._buckets) <= 50  # pyright: ignore[reportPrivateUsage]


def test_a_kind_without_a_budget_is_free() -> None:
    limiter = Limiter({})
    assert {limiter.take("a", "write") for _ in range(1000)} == {0}


def _needs(method: str, path: str) -> Right:
    return "write" if method == "POST" else "read"


def _as_somebody(app: ASGIApp) -> ASGIApp:
    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        name = dict(scope["headers"]).get(b"x-name", b"").decode()
        state = {"principal": Principal(name, name, scopes_of(["read"]))} if name else {}
        await app({**scope, "state": state}, receive, send)

    return known


async def test_whoever_asks_too_often_is_told_when_to_come_again(limiter: Limiter) -> None:
    app = _as_somebody(RateLimit(PlainTextResponse("in"), limiter, _needs))

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as client:
        first, second = [await client.post("/x", headers={"x-name": "a"}) for _ in range(2)]
        read = await client.get("/x", headers={"x-name": "a"})
        nobody = [(await client.post("/health")).status_code for _ in range(50)]

    assert (first.status_code, read.status_code, set(nobody)) == (200, 200, {200})
    assert (second.status_code, second.headers["retry-after"]) == (429, "10")
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["detail"] == "too many writes; try again in 10 s"
