"""From what a request shows to who asks."""

from typing import Protocol

import anyio

from .api_key import ApiKey
from .oidc import Issuer
from .principal import Principal
from .refusals import Unauthenticated
from .tokens import PREFIX, Tokens

_READERS = 4


class Authenticator(Protocol):
    """Tells who asks."""

    async def principal(self, shown: str | None) -> Principal:
        """Who shows a credential, or none.

        Raises:
            Unauthenticated: nobody is known by it.
        """
        ...


class Anybody:
    """Takes everybody for the same principal: the owner of a machine that only they can reach."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    async def principal(self, shown: str | None) -> Principal:
        """The same principal, whatever is shown."""
        return self._principal


class Ajar:
    """Takes everybody for the owner until the first token is made, which closes the door for good."""

    def __init__(self, anybody: Anybody, tokens: Tokens) -> None:
        self._tokens = tokens
        self._door: Authenticator = anybody
        self._closed = False

    async def principal(self, shown: str | None) -> Principal:
        """The owner, or from the first token on who shows a credential; raises as `Credentials` does."""
        if not self._closed and await anyio.to_thread.run_sync(self._tokens.usable):
            self._door, self._closed = Credentials(self._tokens), True
        return await self._door.principal(shown)


class Credentials:
    """Knows the tokens of this server, the one key of its settings, and the tokens of one issuer."""

    def __init__(self, tokens: Tokens, key: ApiKey | None = None, issuer: Issuer | None = None) -> None:
        self._tokens = tokens
        self._key = key
        self._issuer = issuer
        # Of its own, so that nobody waits at the door for those who are busy inside.
        self._readers = anyio.CapacityLimiter(_READERS)

    async def principal(self, shown: str | None) -> Principal:
        """Who shows a credential.

        Raises:
            Unauthenticated: there is none, or it is not good.
            KeysUnavailable: the issuer's keys cannot be had.
            StoreError: the token's file cannot be read.
        """
        if shown is None:
            raise Unauthenticated("send `Authorization: Bearer <token>`", shown=False)
        if self._key and (known := self._key.principal(shown)):
            return known
        if self._issuer and not shown.startswith(PREFIX):
            return await self._issuer.principal(shown)
        return await anyio.to_thread.run_sync(self._tokens.principal, shown, limiter=self._readers)
