"""Who asks: a name, the user they act for, and what they may do."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from ...errors import BadInput, UnknownUser
from ...storage.names import user_id

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who was let in.

    `name` says by what (`token:4f7q...`, `jwt:...`, `api-key`, `local`), `user` whose memory is meant
    where a request names none.
    """

    name: str
    user: str
    scopes: frozenset[Scope]
    issuer: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether a scope was granted; admin holds the others."""
        return scope in self.scopes or "admin" in self.scopes

    def acting_on(self, named: str) -> str:
        """The user a request acts on that names one.

        Raises:
            BadName: it is no user id.
            UnknownUser: it is somebody else's memory, whether or not there is one.
        """
        user = user_id(named)
        if user != unicodedata.normalize("NFC", self.user) and not self.may("admin"):
            raise UnknownUser(user)
        return user


def local(user: str) -> Principal:
    """The owner of this machine, where nobody has to show a token."""
    return Principal("local", user, frozenset(SCOPES))


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """Scopes by their names.

    Raises:
        BadInput: there are none, or there is no such scope.
    """
    given = {name.strip() for name in names} - {""}
    if not given or given - set(SCOPES):
        wrong = ", ".join(sorted(given - set(SCOPES)))[:60]
        raise BadInput(f"scopes are {', '.join(SCOPES)}; {f'not {wrong}' if wrong else 'give at least one'}")
    return frozenset(scope for scope in SCOPES if scope in given)
