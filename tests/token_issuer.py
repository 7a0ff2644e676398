"""An issuer of tokens on this machine, and a clock that goes when it is told to."""

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.types import Receive, Scope, Send

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


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
