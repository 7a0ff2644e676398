import base64
import json
from pathlib import Path
from typing import Any

import anyio
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from token_issuer import Authority, Clock

from diffmem.server.auth.api_key import ApiKey
from diffmem.server.auth.authenticator import Credentials
from diffmem.server.auth.keys import Keys
from diffmem.server.auth.oidc import Issuer
from diffmem.server.auth.principal import scopes_of
from diffmem.server.auth.refusals import KeysUnavailable, Unauthenticated
from diffmem.server.auth.tokens import Tokens

PAST, FUTURE = 1_000_000_000, 3_900_000_000


@pytest.fixture
def issuer(authority: Authority, clock: Clock) -> Issuer:
    return Issuer(authority.url, authority.audience, Keys(authority.url, now=clock))


async def test_a_token_of_the_issuer_names_its_user_and_scopes(authority: Authority, issuer: Issuer) -> None:
    principal = await issuer.principal(authority.token(scope="openid read admin:all"))

    assert (principal.name, principal.user, principal.scopes) == ("jwt:maya", "maya", {"read"})
    assert principal.issuer == authority.url


async def test_keys_on_the_curve_are_taken_too(authority: Authority, issuer: Issuer) -> None:
    authority.keys["two"] = ec.generate_private_key(ec.SECP256R1())

    assert (await issuer.principal(authority.token("two", "ES256"))).user == "maya"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": PAST}, "expired"),
        ({"exp": None}, "lacks a claim"),
        ({"exp": "soon"}, "cannot be used"),
        ({"nbf": FUTURE}, "not valid yet"),
        ({"iss": "https://other.example"}, "another issuer"),
        ({"iss": None}, "lacks a claim"),
        ({"aud": "https://other.example/mcp"}, "not issued for this server"),
        ({"aud": ["https://other.example/mcp"]}, "not issued for this server"),
        ({"aud": None}, "lacks a claim"),
        ({"sub": None}, "lacks a claim"),
        ({"sub": ""}, "names no user"),
        ({"sub": "a\u200bb"}, "names no user"),
        ({"sub": "x" * 129}, "names no user"),
        ({"sub": 7}, "cannot be used"),
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_now_is_refused(
    authority: Authority, issuer: Issuer, claims: dict[str, Any], why: str
) -> None:
    with pytest.raises(Unauthenticated, match=why):
        await issuer.principal(authority.token(**claims))


@pytest.mark.parametrize("scope", [None, "", "openid profile", 7, ["read"], {"read": 1}])
async def test_a_token_without_our_scopes_may_do_nothing(
    authority: Authority, issuer: Issuer, scope: object
) -> None:
    assert (await issuer.principal(authority.token(scope=scope))).scopes == frozenset()


async def test_scopes_may_have_a_prefix_and_then_only_those_count(authority: Authority) -> None:
    issuer = Issuer(authority.url, authority.audience, Keys(authority.url), prefix="memory:")

    principal = await issuer.principal(authority.token(scope="memory:read write admin"))

    assert principal.scopes == {"read"}


async def test_the_user_may_be_another_claim_and_must_be_verified_where_it_is_an_address(
    authority: Authority,
) -> None:
    issuer = Issuer(authority.url, authority.audience, Keys(authority.url), user_claim="email")

    assert (await issuer.principal(authority.token(email="m@x.example"))).user == "m@x.example"
    with pytest.raises(Unauthenticated, match="not verified"):
        await issuer.principal(authority.token(email="m@x.example", email_verified=False))
    with pytest.raises(Unauthenticated, match="lacks a claim"):
        await issuer.principal(authority.token())


def forged(head: dict[str, Any], token: str, signature: str = "") -> str:
    """The claims of a token behind another head."""
    shown = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    return f"{shown}.{token.split('.')[1]}.{signature}"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS256", "HS512", "RS512", "PS256", "ES384", "EdDSA", "", None, 7]
)
async def test_no_other_algorithm_is_taken(authority: Authority, issuer: Issuer, algorithm: object) -> None:
    with pytest.raises(Unauthenticated, match=r"signed by|JSON web token"):
        await issuer.principal(forged({"alg": algorithm, "kid": "one"}, authority.token()))


async def test_the_public_key_is_no_secret_to_sign_with(authority: Authority, issuer: Issuer) -> None:
    public = authority.keys["one"].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    claims = authority.token().split(".")[1]
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').rstrip(b"=").decode()
    signature = jwt.get_algorithm_by_name("HS256").sign(f"{head}.{claims}".encode(), pem + b"\n")
    shown = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()

    with pytest.raises(Unauthenticated):
        await issuer.principal(f"{head}.{claims}.{shown}")


async def test_the_algorithm_must_be_that_of_the_key(authority: Authority, issuer: Issuer) -> None:
    with pytest.raises(Unauthenticated, match="another kind"):
        await issuer.principal(forged({"alg": "ES256", "kid": "one"}, authority.token(), "AAAA"))


async def test_a_key_of_somebody_else_under_a_known_id_signs_nothing(
    authority: Authority, issuer: Issuer
) -> None:
    await issuer.principal(authority.token())
    authority.keys["one"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    with pytest.raises(Unauthenticated, match="signature"):
        await issuer.principal(authority.token())


async def test_keys_that_the_token_brings_along_are_not_looked_at(
    authority: Authority, issuer: Issuer
) -> None:
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    head = {"kid": "mine", "jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/x"}
    claims = {"iss": authority.url, "aud": authority.audience, "sub": "maya", "exp": FUTURE}

    with pytest.raises(Unauthenticated, match="does not have"):
        await issuer.principal(jwt.encode(claims, own, "RS256", head))


@pytest.mark.parametrize(
    "shown", ["", "a", "a.b", "a.b.c", "a.b.c.d", "..", "eyJhbGciOiJSUzI1NiJ9..", "\u00e9.b.c"]
)
async def test_what_is_no_token_is_refused(issuer: Issuer, shown: str) -> None:
    with pytest.raises(Unauthenticated):
        await issuer.principal(shown)


async def test_keys_are_fetched_once_for_many_tokens(authority: Authority, issuer: Issuer) -> None:
    async with anyio.create_task_group() as many:
        for _ in range(20):
            many.start_soon(issuer.principal, authority.token())

    assert authority.fetched == 1


async def test_a_new_key_is_fetched_when_it_is_first_seen_but_not_at_everybodys_word(
    authority: Authority, issuer: Issuer, clock: Clock
) -> None:
    await issuer.principal(authority.token())
    authority.keys["two"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    for _ in range(5):
        with pytest.raises(Unauthenticated, match="does not have"):
            await issuer.principal(authority.token("two"))
    assert authority.fetched == 1

    clock.now += 31
    assert (await issuer.principal(authority.token("two"))).user == "maya"
    assert authority.fetched == 2


async def test_a_key_that_is_withdrawn_is_forgotten(
    authority: Authority, issuer: Issuer, clock: Clock
) -> None:
    token = authority.token()
    await issuer.principal(token)
    authority.keys["two"] = authority.keys.pop("one")
    clock.now += 301

    with pytest.raises(Unauthenticated, match="does not have"):
        await issuer.principal(token)


async def test_while_the_issuer_is_down_its_old_keys_serve_for_a_day(
    authority: Authority, issuer: Issuer, clock: Clock
) -> None:
    await issuer.principal(authority.token())
    authority.down = True

    clock.now += 3600
    assert await issuer.principal(authority.token())
    clock.now += 24 * 3600
    with pytest.raises(KeysUnavailable):
        await issuer.principal(authority.token())


@pytest.mark.parametrize(
    "shown",
    [
        [],
        {},
        {"keys": 7},
        {"keys": [7]},
        {"keys": "x"},
        {"keys": [{"kty": "RSA", "kid": "one", "n": 7, "e": "AQAB"}]},
        {"keys": [{"kty": "strange"}, {"kty": "oct", "k": "AAAA", "kid": "one"}]},
        "x" * 300_000,
    ],
    ids=["list", "empty", "number", "no key", "text", "broken", "secret", "huge"],
)
async def test_keys_that_are_none_let_nobody_in(authority: Authority, issuer: Issuer, shown: object) -> None:
    authority.shown = shown

    with pytest.raises((KeysUnavailable, Unauthenticated)):
        await issuer.principal(authority.token())


async def test_an_issuer_that_is_down_from_the_start_is_asked_again_soon(
    authority: Authority, issuer: Issuer, clock: Clock
) -> None:
    authority.down = True
    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            await issuer.principal(authority.token())
    assert authority.fetched == 1

    authority.down = False
    clock.now += 5
    assert await issuer.principal(authority.token())


async def test_a_short_key_is_not_trusted(authority: Authority, issuer: Issuer) -> None:
    authority.keys["one"] = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.warns(match="recommended"):
        token = authority.token()

    with pytest.raises(Unauthenticated):
        await issuer.principal(token)


async def test_keys_of_kinds_that_are_not_ours_do_no_harm_beside_one_that_is(
    authority: Authority, issuer: Issuer
) -> None:
    authority.keys["big"] = ec.generate_private_key(ec.SECP384R1())
    authority.keys["two"] = ec.generate_private_key(ec.SECP256R1())

    assert (await issuer.principal(authority.token("two", "ES256"))).user == "maya"
    with pytest.raises(Unauthenticated):
        await issuer.principal(authority.token("big", "ES384"))


async def test_tokens_of_the_issuer_come_in_beside_our_own(authority: Authority, tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    shown, _ = tokens.create("alex", scopes_of(["read"]), None)
    issuer = Issuer(authority.url, authority.audience, Keys(authority.url))
    known = Credentials(tokens, ApiKey("k.1.2", "root"), issuer)

    users = [(await known.principal(one)).user for one in (shown, authority.token(), "k.1.2")]

    assert users == ["alex", "maya", "root"]
    with pytest.raises(Unauthenticated):
        await known.principal("k.1.3")
