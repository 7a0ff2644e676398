"""What every test may ask for."""

from pathlib import Path

import pytest

from diffmem.storage.branch import Branch
from diffmem.storage.names import user_id
from diffmem.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def branch(store: Store) -> Branch:
    return store.created(user_id("alex"))
