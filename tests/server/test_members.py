import pytest

from diffmem.memory import Memory
from diffmem.server.background import Background
from diffmem.server.members import Members
from diffmem.server.works import Works


@pytest.fixture
def few(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> Members:
    monkeypatch.setattr("diffmem.server.members.MOST_KEPT", 2)
    return Members(memory, Works(Background()))


async def test_those_who_came_longest_ago_are_let_go(few: Members) -> None:
    ann, bob = few.of("ann"), few.of("bob")
    few.of("ann")
    few.of("cem")

    assert few.of("ann") is ann
    assert few.of("bob") is not bob


async def test_whoever_listens_is_kept(few: Members) -> None:
    async with few.background.run():
        ann = few.of("ann")
        leave = ann.news.bus.subscribe(lambda _: None)
        for name in ("bob", "cem", "dan"):
            few.of(name)
        kept = few.of("ann") is ann
        leave()

    assert kept
