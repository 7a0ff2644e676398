"""Providers that talk to the model server, and never really sleep."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from model_server import ModelServer

from diffmem.agents.providers.openai_compatible import OpenAICompatible

KEY = "sk-very-secret"

Make = Callable[..., OpenAICompatible]


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def naps() -> list[float]:
    """The pauses that a provider made."""
    return []


@pytest.fixture
def provider(model_server: ModelServer, naps: list[float]) -> Iterator[Make]:
    """Makes providers that ask the model server."""
    with ExitStack() as opened:

        def made(url: str = "", key: str = KEY, **options: Any) -> OpenAICompatible:
            options = {"sleep": naps.append, "timeout": 5.0} | options
            return opened.enter_context(
                closing(OpenAICompatible(url or model_server.url, key, "a-model", **options))
            )

        yield made
