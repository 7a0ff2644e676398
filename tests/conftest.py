"""What every test may ask for."""

from pathlib import Path

import pytest

from diffmem.storage.branch import Branch
from diffmem.storage.names import user_id
from diffmem.storage.store import Store


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--torture` runs what has a short and a long form in its long one."""
    parser.addoption("--torture", action="store_true", help="run the long forms, as `make torture` does")

    parser.addoption("--lives", type=int, default=0, help="kill rounds over so many lives before them")


@pytest.fixture
def lives(request: pytest.FixtureRequest) -> int:
    """Over how many lives before them all kill rounds are to run."""
    return int(request.config.getoption("--lives") or 0)


@pytest.fixture
def torture(request: pytest.FixtureRequest) -> bool:
    """Whether the long forms are asked for."""
    return bool(request.config.getoption("--torture"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def branch(store: Store) -> Branch:
    return store.created(user_id("alex"))
