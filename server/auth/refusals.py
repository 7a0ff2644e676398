"""The ways a request is turned away before it reaches the memory."""

from .principal import Scope


class Unauthenticated(Exception):
    """Nobody known asked; 401. `shown` says whether there was a token at all."""

    def __init__(self, detail: str, *, shown: bool = True) -> None:
        super().__init__(detail)
        self.shown = shown


class Forbidden(Exception):
    """Somebody known asked for more than was granted; 403."""

    def __init__(self, needed: Scope) -> None:
        super().__init__(f"this needs the scope {needed}, which was not granted; ask for a token that has it")
        self.needed: Scope = needed


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had, so that no token of it can be checked; 503."""
