"""Apps on real sockets, each served by a thread of this process."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

Serve = Callable[..., str]


class _Started(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @property
    def port(self) -> int:
        return self.servers[0].sockets[0].getsockname()[1]


@contextmanager
def apps_served() -> Generator[Serve]:
    """What serves an app until this is left, and answers its address; uvicorn's settings may be given."""
    running: list[tuple[_Started, threading.Thread]] = []

    def start(app: ASGIApp, **config: Any) -> str:
        usual: dict[str, Any] = {"port": 0, "log_level": "critical", "timeout_graceful_shutdown": 1}
        server = _Started(uvicorn.Config(app, **usual | config))
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        assert server.up.wait(10)
        return f"http://127.0.0.1:{server.port}"

    try:
        yield start
    finally:
        for server, thread in running:
            server.should_exit = True
            thread.join(10)
