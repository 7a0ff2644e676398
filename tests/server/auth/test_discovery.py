"""An issuer of which nothing but its name is known, on a real socket."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from app_threads import Serve
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.types import ASGIApp, Receive, Scope, Send
from token_issuer import Authority, Clock

from diffmem.server.auth.discovery import Discovery, metadata_urls
from diffmem.server.auth.keys import Keys
from diffmem.server.auth.oidc import Issuer
from diffmem.server.auth.refusals import KeysUnavailable, Unauthenticated

OPENID, OAUTH = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"


@dataclass
class Desk:
    """What an issuer says of itself, by path, and how often it was asked."""

    keys: ASGIApp
    told: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[str] = field(default_factory=list[str])
    keys_at: str = "/keys"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.asked.append(path)
        if path == self.keys_at:
            await self.keys(scope, receive, send)
            return
        told = self.told.get(path)
        headers = [(b"location", told["to"].encode())] if told and "to" in told else []
        status = 404 if told is None else 302 if headers else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})


@pytest.fixture
def desk(authority: Authority, serve: Serve) -> Desk:
    made = Desk(authority)
    authority.url = serve(made, lifespan="off")
    return made


def issuer(authority: Authority, clock: Clock) -> Issuer:
    return Issuer(authority.url, authority.audience, Keys(Discovery(authority.url), now=clock))


@pytest.mark.parametrize("path", [OPENID, OAUTH])
async def test_the_name_of_an_issuer_leads_to_its_keys(
    authority: Authority, desk: Desk, clock: Clock, path: str
) -> None:
    desk.told[path] = {"issuer": authority.url, "jwks_uri": f"{authority.url}/keys"}
    known = issuer(authority, clock)
    users = [(await known.principal(authority.token())).user for _ in range(3)]

    assert users == ["maya"] * 3
    assert desk.asked.count("/keys") == desk.asked.count(path) == 1


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("https://id.example", ["https://id.example" + OPENID, "https://id.example" + OAUTH]),
        (
            "https://id.example/realms/a",
            [
                "https://id.example/realms/a" + OPENID,
                "https://id.example" + OAUTH + "/realms/a",
                "https://id.example" + OPENID + "/realms/a",
            ],
        ),
    ],
)
def test_an_issuer_with_a_path_is_asked_in_both_ways(name: str, likely: list[str]) -> None:
    assert list(metadata_urls(name)) == likely
    assert list(metadata_urls(f"{name}/")) == likely


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://other.example", "jwks_uri": "{url}/keys"},
        {"jwks_uri": "{url}/keys"},
        {"issuer": "{url}"},
        {"issuer": "{url}", "jwks_uri": "http://keys.example/keys"},
        {"issuer": "{url}", "jwks_uri": "file:///etc/passwd"},
        {"issuer": "{url}", "jwks_uri": 7},
        {"to": "{url}/elsewhere"},
        ["{url}"],
        "x" * 300_000,
    ],
    ids=["another issuer", "no issuer", "no keys", "http", "file", "number", "redirect", "list", "huge"],
)
async def test_metadata_that_cannot_be_believed_let_nobody_in(
    authority: Authority, desk: Desk, clock: Clock, told: object
) -> None:
    meant = json.loads(json.dumps(told).replace("{url}", authority.url))
    desk.told |= {OPENID: meant, "/elsewhere": {"issuer": authority.url, "jwks_uri": f"{authority.url}/keys"}}

    with pytest.raises(KeysUnavailable):
        await issuer(authority, clock).principal(authority.token())
    assert "/keys" not in desk.asked


async def test_an_issuer_that_says_nothing_is_asked_again_but_not_by_everybody(
    authority: Authority, desk: Desk, clock: Clock
) -> None:
    known = issuer(authority, clock)
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            await known.principal(authority.token())
    once = len(desk.asked)
    desk.told[OPENID] = {"issuer": authority.url, "jwks_uri": f"{authority.url}/keys"}
    clock.now += 6

    assert once == len(metadata_urls(authority.url))
    assert (await known.principal(authority.token())).user == "maya"


async def test_keys_that_moved_are_found_again_and_a_new_key_is_fetched_once_in_a_while(
    authority: Authority, desk: Desk, clock: Clock
) -> None:
    desk.told[OPENID] = {"issuer": authority.url, "jwks_uri": f"{authority.url}/keys"}
    known = issuer(authority, clock)
    await known.principal(authority.token())
    desk.keys_at = "/new-keys"
    desk.told[OPENID]["jwks_uri"] = f"{authority.url}/new-keys"
    authority.keys["two"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await known.principal(authority.token("two"))
    clock.now += 31
    with pytest.raises(Unauthenticated):
        await known.principal(authority.token("two"))
    clock.now += 31

    assert (await known.principal(authority.token("two"))).user == "maya"
    assert desk.asked.count("/keys") == 2
    assert desk.asked.count("/new-keys") == 1
