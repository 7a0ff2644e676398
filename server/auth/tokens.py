"""The tokens of this server: one small file each, which holds a hash and never the token."""

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...errors import NotFound, StoreError
from ...storage.durability import sync_folder
from ...storage.failpoint import failpoint
from ...storage.faults import faults
from ...storage.names import user_id
from .principal import Principal, Scope, scopes_of
from .refusals import Unauthenticated

PREFIX = "dm_"
_ID = re.compile(r"[a-z2-7]{12}")
_SHAPE = re.compile(rf"{PREFIX}({_ID.pattern})_[A-Za-z0-9_-]{{43}}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_NOBODYS = "0" * 64


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; `last4` are its last characters, to tell it from others."""

    id: str
    user: str
    scopes: frozenset[Scope]
    label: str
    last4: str
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    hash: str

    def state(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked:
            return "revoked"
        return "expired" if self.expires and self.expires <= now else "active"

    def principal(self) -> Principal:
        """Who shows this token."""
        return Principal(f"token:{self.id}", self.user, self.scopes)


class Tokens:
    """The tokens in a folder; any process may add and revoke, and all others see it at once."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._now = now

    def create(
        self, user: str, scopes: frozenset[Scope], expires: datetime | None, label: str = ""
    ) -> tuple[str, Token]:
        """Make a token; answers it, this once, and what is kept of it.

        Raises:
            BadName: nobody can be called that.
        """
        identity = "".join(secrets.choice(_LETTERS) for _ in range(12))
        told = f"{PREFIX}{identity}_{secrets.token_urlsafe(32)}"
        made = Token(
            identity, user_id(user), scopes, label[:80], told[-4:], self._now(), expires, None, _hash(told)
        )
        self._put(made)
        return told, made

    def list(self) -> list[Token]:
        """All tokens there ever were, oldest first.

        Raises:
            StoreError: a file cannot be read.
        """
        found = [self._read(path.stem) for path in self._folder.glob("*.json")]
        return sorted((one for one in found if one), key=lambda one: (one.created, one.id))

    def usable(self) -> bool:
        """Whether anybody could come in by a token now."""
        now = self._now()
        return any(one.state(now) == "active" for one in self.list())

    def revoke(self, identity: str) -> Token:
        """Make a token useless, for good; a second time changes nothing.

        Raises:
            NotFound: there is no such token.
        """
        found = self._read(identity)
        if found is None:
            raise NotFound(f"no token {identity[:40]!r}; see `diffmem token list`")
        if found.revoked:
            return found
        gone = replace(found, revoked=self._now())
        self._put(gone)
        return gone

    def principal(self, shown: str) -> Principal:
        """Who shows a token.

        Raises:
            Unauthenticated: it is not known, or no longer good.
            StoreError: its file cannot be read.
        """
        shape = _SHAPE.fullmatch(shown)
        found = self._read(shape[1]) if shape else None
        right = hmac.compare_digest(_hash(shown), found.hash if found else _NOBODYS)
        if found is None or not right:
            raise Unauthenticated("this token is not known here; make one with `diffmem token create`")
        state = found.state(self._now())
        if state != "active":
            raise Unauthenticated(f"this token is {state}; make another with `diffmem token create`")
        return found.principal()

    def _read(self, identity: str) -> Token | None:
        if not _ID.fullmatch(identity):
            return None
        path = self._folder / f"{identity}.json"
        try:
            return _token(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, LookupError) as error:
            raise StoreError(f"the token file {path.name} cannot be read; delete it") from error

    def _put(self, token: Token) -> None:
        with faults(self._folder.parent, "the token was not kept"):
            self._write(token)

    def _write(self, token: Token) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f"{token.id}.{secrets.token_hex(4)}.tmp"
        try:
            with open(part, "x", encoding="utf-8", opener=_private) as file:
                json.dump(_kept(token), file)
                file.flush()
                os.fsync(file.fileno())
            failpoint("token.written")
            part.replace(self._folder / f"{token.id}.json")
            failpoint("token.named")
        finally:
            part.unlink(missing_ok=True)
        sync_folder(self._folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _kept(token: Token) -> dict[str, Any]:
    def moment(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    return {
        "version": 1,
        "id": token.id,
        "user": token.user,
        "scopes": sorted(token.scopes),
        "label": token.label,
        "last4": token.last4,
        "created": moment(token.created),
        "expires": moment(token.expires),
        "revoked": moment(token.revoked),
        "hash": token.hash,
    }


def _token(kept: dict[str, Any]) -> Token:
    def moment(at: str | None) -> datetime | None:
        return datetime.fromisoformat(at) if at else None

    if kept["version"] != 1:
        raise ValueError("made by a later version")
    return Token(
        kept["id"],
        kept["user"],
        scopes_of(kept["scopes"]),
        kept["label"],
        kept["last4"],
        datetime.fromisoformat(kept["created"]),
        moment(kept["expires"]),
        moment(kept["revoked"]),
        kept["hash"],
    )
