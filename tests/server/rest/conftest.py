"""The whole service over a memory of its own, in this process."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest
from rest_server import USER, asking
from starlette.applications import Starlette

from diffmem.memory import Memory
from diffmem.server.http import served
from diffmem.server.settings import Settings


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, user=USER, timezone="UTC")


@pytest.fixture
def app(memory: Memory, settings: Settings) -> Starlette:
    return served(memory, settings).app


@pytest.fixture
async def client(app: Starlette) -> AsyncGenerator[httpx2.AsyncClient]:
    """A client of the running app, which lives in a task of its own: a fixture is left in another one."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.router.lifespan_context(app):
            begun.set()
            await over.wait()

    living = asyncio.create_task(live())
    await begun.wait()
    async with asking(app) as made:
        yield made
    over.set()
    await living
