"""A memory with a past to explore."""

from pathlib import Path

import pytest

from .past import Past, maya


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return maya(tmp_path / "maya.git")
