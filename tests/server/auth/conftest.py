"""Real servers on this machine: for our middlewares, and for an issuer of tokens."""

import json
import threading
from collections.abc import Callable, Generator
from typing import Any

import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.types import ASGIApp, Receive, Scope, Send

Serve = Callable[..., str]
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


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


@pytest.fixture
def serve() -> Generator[Serve]:
    """Serve an app by uvicorn in a thread; answers its address."""
    running: list[tuple[_Started, threading.Thread]] = []

    def start(app: ASGIApp, **config: Any) -> str:
        server = _Started(
            uvicorn.Config(
                app, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=1, **config
            )
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        assert server.up.wait(10)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


class Authority:
    """An issuer: keys of its own, the address that shows them, and tokens signed by them."""

    audience = "https://memory.example.com/mcp"

    def __init__(self) -> None:
        self.url = ""
        self.fetched = 0
        self.down = False
        self.shown: Any = None
        self.keys: dict[str, PrivateKey] = {"one": _KEY}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        self.fetched += 1
        shown = {"keys": [public(key_id, key) for key_id, key in self.keys.items()]}
        body = json.dumps(shown if self.shown is None else self.shown).encode()
        await send({"type": "http.response.start", "status": 500 if self.down else 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    def token(self, key_id: str = "one", algorithm: str = "RS256", **claims: Any) -> str:
        """A token; a claim that is None is left out."""
        told = {
            "iss": self.url,
            "aud": self.audience,
            "sub": "maya",
            "exp": 4_000_000_000,
            "scope": "read write",
        }
        kept = {name: value for name, value in (told | claims).items() if value is not None}
        return jwt.encode(kept, self.keys[key_id], algorithm, {"kid": key_id})


def public(key_id: str, key: PrivateKey) -> dict[str, Any]:
    """A key as its issuer shows it."""
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    told: dict[str, Any] = json.loads(kind.to_jwk(key.public_key()))  # pyright: ignore[reportArgumentType]
    return told | {"kid": key_id, "use": "sig"}


@pytest.fixture
def authority(serve: Serve) -> Authority:
    made = Authority()
    made.url = serve(made, lifespan="off")
    return made
