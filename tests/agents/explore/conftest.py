"""A memory with a past, laid out for the real tools too."""

import pytest
from attacks.shelf import Shelf, shelf

from diffmem.storage.durability import Durability
from diffmem.storage.names import user_id
from diffmem.storage.store import Store


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    home = tmp_path_factory.mktemp("explore")
    branch = Store(home / "home", Durability.RELAXED).created(user_id("maya"))
    return shelf(branch, home / "files")
