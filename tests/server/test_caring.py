"""Care behind the answers: which memories it packs, that it stops, and that it stops nobody."""

import json
import logging
import os
import time
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pygit2
import pytest
from support import put

from diffmem.server import cli
from diffmem.server.caring import Caring, cared_for, caring
from diffmem.server.settings import BadSettings, Settings
from diffmem.storage import packs
from diffmem.storage.branch import Branch
from diffmem.storage.durability import Durability
from diffmem.storage.failpoint import on_reaching
from diffmem.storage.loose import loose_estimate
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

LONG = 3600.0


@pytest.fixture
def relaxed(tmp_path: Path) -> Store:
    return Store(tmp_path / "home", Durability.RELAXED)


@pytest.fixture(autouse=True)
def no_hook() -> Generator[None]:
    yield
    on_reaching(None)


def full(store: Store, user: str, objects: int = 1000) -> Branch:
    """A memory with so many loose objects."""
    branch = store.created(user_id(user))
    put(branch, {f"{number}.md": f"{user} {number}\n" for number in range(objects)})
    return branch


def test_a_round_packs_those_who_need_it_and_no_others(relaxed: Store) -> None:
    ann, bob, eve = full(relaxed, "ann"), full(relaxed, "bob", 20), full(relaxed, "eve")
    care = Caring(relaxed, LONG)
    assert care.round() == 2
    assert [loose_estimate(one.repository) > 0 for one in (ann, eve)] == [False, False]
    assert [len(packs.packs(one.repository)) for one in (ann, bob, eve)] == [1, 0, 1]
    assert sorted(care.tended) == ["ann", "eve"]
    assert care.round() == 0


def test_memories_are_packed_while_served_and_none_after_the_stop(relaxed: Store) -> None:
    branch = full(relaxed, "ann")
    care = Caring(relaxed, 0.01, first_seconds=0)
    done: list[str] = []
    on_reaching(done.append)
    care.start()
    until = time.monotonic() + 20
    while not care.tended and time.monotonic() < until:
        put(branch, {"a.md": f"{time.monotonic()}\n"})
    care.stop()
    assert care.tended
    done.clear()
    full(relaxed, "bob")
    assert not any(name.startswith("care.") for name in done)
    assert care.round() == 0


def test_a_stop_cuts_off_what_is_being_done(relaxed: Store) -> None:
    branch = full(relaxed, "ann")
    care = Caring(relaxed, LONG, first_seconds=0)
    on_reaching(lambda name: care.stop(0) if name == "care.begun" else None)
    assert care.round() == 1
    assert care.tended == {}
    assert loose_estimate(branch.repository) > 0


def test_a_memory_that_cannot_be_packed_stops_nobody_and_is_named_by_key_alone(
    relaxed: Store, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = full(relaxed, "Ann Secret"), full(relaxed, "zoe")
    (tip,) = broken.repository.glob(f"objects/{broken.tip() or '':.2}/{(broken.tip() or '')[2:]}")
    tip.chmod(0o644)
    tip.write_bytes(b"")
    care = Caring(relaxed, LONG)
    with caplog.at_level(logging.WARNING):
        assert care.round() == 1
    assert loose_estimate(whole.repository) == 0
    assert "could not be packed" in caplog.text
    assert "Secret" not in caplog.text.replace("_53ecret", "")


def test_the_settings_say_whether_how_often_and_what_is_pruned(tmp_path: Path, relaxed: Store) -> None:
    def settings(**given: object) -> Settings:
        return Settings.load(home=tmp_path / "home", **given)

    assert caring(relaxed, settings(maintain="off")) is None
    made = caring(relaxed, settings(maintain_minutes=2, prune_hours=5))
    assert made is not None
    assert (made.every_seconds, made.grace) == (120, timedelta(hours=5))
    with pytest.raises(BadSettings, match="DIFFMEM_PRUNE_HOURS"):
        settings(prune_hours=0.5)
    with pytest.raises(BadSettings, match="DIFFMEM_MAINTAIN"):
        settings(maintain="sometimes")
    with cared_for(relaxed, settings(maintain="off")) as nobody:
        assert nobody is None


def test_the_verb_packs_one_memory_or_all_and_drops_what_is_old_and_unused(
    relaxed: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    branches = {name: full(relaxed, name, 10) for name in ("ann", "bob")}
    unused = pygit2.Repository(str(branches["bob"].repository)).create_blob(b"unused")
    path = branches["bob"].repository / "objects" / str(unused)[:2] / str(unused)[2:]
    os.utime(path, (0, 0))

    assert cli.main(["maintain", "--home", str(relaxed.home), "--user", "ann", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"users": {"ann": "packed, 0 unused objects dropped"}}
    assert path.exists()
    assert cli.main(["maintain", "--home", str(relaxed.home), "--all"]) == 0
    told = capsys.readouterr()
    assert "bob: packed, 1 unused objects dropped" in told.out
    assert "maintain: 2 of 2 memories" in told.err
    assert not path.exists()
    assert cli.main(["maintain", "--home", str(relaxed.home), "--user", "nobody"]) == 1
