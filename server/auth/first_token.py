"""The first token of a server that has none: made once, shown once, kept as a hash."""

import sys
from typing import TYPE_CHECKING

from filelock import FileLock

from .access import tokens
from .principal import SCOPES

if TYPE_CHECKING:
    from ..settings import Settings

_LABEL = "first token"


def first_token(settings: "Settings") -> str:
    """Make a token for everything, if that is wanted and nobody could come in otherwise; "" if not.

    Where there has ever been a token, none is made: whoever revoked them all meant it.
    """
    if not settings.first_token or settings.api_key or settings.jwt_issuer:
        return ""
    kept = tokens(settings)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two servers may start on one empty home at the same time.
    with FileLock(settings.home / "first-token.lock"):
        if kept.list():
            return ""
        shown, _ = kept.create(settings.user, frozenset(SCOPES), None, _LABEL)
    return shown


def tell(token: str) -> None:
    """Print a token by itself, with what it is beside it."""
    if token:
        sys.stderr.write("diffmem: this token opens every memory here; it is not shown again:\n")
        sys.stderr.flush()
        sys.stdout.write(f"{token}\n")
        sys.stdout.flush()
