"""The settings of jobs: what runs them, and who is called back."""

from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

_NONE = SecretStr("")
_SHORTEST_SECRET = 16


def _both(name: str) -> AliasChoices:
    return AliasChoices(f"DIFFMEM_{name}", name)


class JobSettings(BaseSettings):
    """The part of `Settings` about work that outlives a request."""

    executor: Literal["inline", "dbos", "hatchet"] = Field(
        default="inline", validation_alias=_both("EXECUTOR")
    )
    """What runs jobs: `inline` in the server, `dbos` or `hatchet` in workers anywhere."""
    job_width: int = Field(default=8, ge=1, le=256)
    """How many jobs run at a time in the server; one of each user at most."""
    database_url: SecretStr = _NONE
    """Where `dbos` keeps its queue: `postgresql://...` or `sqlite:///...`; a file in the home by default."""
    hatchet_client_token: SecretStr = Field(default=_NONE, validation_alias=_both("HATCHET_CLIENT_TOKEN"))
    """The token that Hatchet has issued; its address is in it."""
    hatchet_namespace: str = Field(default="diffmem", validation_alias=_both("HATCHET_NAMESPACE"))
    """What stands before the names of our workflows in Hatchet."""
    worker_slots: int = Field(
        default=10,
        ge=1,
        le=1000,
        validation_alias=AliasChoices(
            "DIFFMEM_WORKER_SLOTS", "DIFFMEM_HATCHET_WORKER_SLOTS", "HATCHET_WORKER_SLOTS"
        ),
    )
    """How many jobs a worker runs at a time."""
    callback_secret: SecretStr = _NONE
    """What callbacks are signed with; without it nobody is called back."""

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: SecretStr) -> SecretStr:
        plain = url.get_secret_value()
        if plain and not plain.startswith(("postgresql://", "sqlite:///")):
            raise ValueError("give postgresql://user@host/name or sqlite:////path/to/file")
        return url

    @field_validator("callback_secret")
    @classmethod
    def _long(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"a secret has {_SHORTEST_SECRET} characters or more")
        return secret

    @model_validator(mode="after")
    def _whole_executor(self) -> Self:
        if self.executor == "hatchet" and not self.hatchet_client_token.get_secret_value():
            raise ValueError("HATCHET_CLIENT_TOKEN: the executor hatchet needs the token that Hatchet issued")
        return self
