"""The one key of simple setups: whoever shows it may do anything."""

import hmac

from .principal import SCOPES, Principal


class ApiKey:
    """Compares a key with the one of the settings, in the same time whatever was shown."""

    def __init__(self, key: str, user: str) -> None:
        self._key = key.encode()
        self._principal = Principal("api-key", user, frozenset(SCOPES))

    def principal(self, shown: str) -> Principal | None:
        """The administrator, if this is the key."""
        same = hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), self._key)
        return self._principal if same else None
