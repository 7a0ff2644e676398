"""Tokens of an OpenID Connect issuer: signed, meant for us, and of a user."""

from collections.abc import Mapping
from typing import Any

import jwt
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAudienceError,
    InvalidIssuerError,
    MissingRequiredClaimError,
    PyJWTError,
)

from ...errors import BadName
from ...storage.names import user_id
from .keys import ALGORITHMS, Keys
from .principal import SCOPES, Principal
from .refusals import Unauthenticated

_LEEWAY_SECONDS = 30
_REASONS: dict[type[PyJWTError], str] = {
    ExpiredSignatureError: "it is expired",
    ImmatureSignatureError: "it is not valid yet",
    InvalidAudienceError: "it was not issued for this server",
    InvalidIssuerError: "it is of another issuer",
    MissingRequiredClaimError: "it lacks a claim that is required",
}


class Issuer:
    """Checks tokens of one issuer; `prefix` stands before the names of our scopes there."""

    def __init__(
        self, url: str, audience: str, keys: Keys, *, user_claim: str = "sub", prefix: str = ""
    ) -> None:
        self._url = url
        self._audience = audience
        self._keys = keys
        self._user_claim = user_claim
        self._prefix = prefix

    async def principal(self, shown: str) -> Principal:
        """Who shows a token.

        Raises:
            Unauthenticated: it cannot be trusted; the message says why.
            KeysUnavailable: the issuer did not tell its keys.
        """
        claims = await self._claims(shown)
        given = claims.get(self._user_claim)
        if self._user_claim == "email" and claims.get("email_verified") is False:
            raise _unusable("its e-mail address is not verified")
        try:
            user = user_id(given if isinstance(given, str) else "")
        except BadName:
            raise _unusable(f"its claim {self._user_claim} names no user") from None
        return Principal(f"jwt:{claims['sub']}", user, self._scopes(claims.get("scope")), self._url)

    async def _claims(self, shown: str) -> Mapping[str, Any]:
        try:
            head = jwt.get_unverified_header(shown)
        except PyJWTError:
            raise _unusable("it is no JSON web token") from None
        algorithm, key_id = head.get("alg"), head.get("kid")
        if algorithm not in ALGORITHMS:
            raise _unusable(f"it must be signed by {' or '.join(ALGORITHMS)}")
        key = await self._keys.find(key_id if isinstance(key_id, str) else None)
        if key.algorithm_name != algorithm:
            raise _unusable("its key is of another kind than its signature")
        try:
            return jwt.decode(
                shown,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._url,
                leeway=_LEEWAY_SECONDS,
                options={
                    "require": ["exp", "iss", "aud", "sub", self._user_claim],
                    "enforce_minimum_key_length": True,
                },
            )
        except PyJWTError as error:
            raise _unusable(_REASONS.get(type(error), "its signature or form is wrong")) from None

    def _scopes(self, told: object) -> frozenset[Any]:
        names = set(told.split()) if isinstance(told, str) else set[str]()
        return frozenset(scope for scope in SCOPES if f"{self._prefix}{scope}" in names)


def _unusable(why: str) -> Unauthenticated:
    return Unauthenticated(f"this token cannot be used: {why}")
