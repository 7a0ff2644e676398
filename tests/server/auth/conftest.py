"""An issuer of tokens on a real socket, and the time it is for those who trust it."""

import pytest
from app_threads import Serve
from token_issuer import Authority, Clock


@pytest.fixture
def authority(serve: Serve) -> Authority:
    made = Authority()
    made.url = serve(made, lifespan="off")
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()
