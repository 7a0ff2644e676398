"""A real model for the tests here, which run only when this folder is asked for: `make test-model`."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from diffmem.agents.providers.openai_compatible import OpenAICompatible

from .smollm import CONTEXT_TOKENS, missing, running

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def real_model(request: pytest.FixtureRequest) -> Iterator[OpenAICompatible]:
    """SmolLM2; every answer within two minutes."""
    asked_for = [Path(argument.partition("::")[0]).absolute() for argument in request.config.args]
    if not any(path == HERE or HERE in path.parents for path in asked_for):
        pytest.skip("a real model is asked only by `make test-model`")
    if missing():
        pytest.skip(f"not installed: {missing()}")
    with (
        running() as url,
        closing(
            OpenAICompatible(
                url, "", "smollm2", timeout=120, concurrency=1, temperature=0, context_tokens=CONTEXT_TOKENS
            )
        ) as model,
    ):
        yield model
