"""The settings of models: which, where, and how patiently they are asked."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from ..agents.providers.presets import PRESETS, preset_at

_NO_KEY = SecretStr("")


class ModelSettings(BaseSettings):
    """The part of `Settings` that names models; without one, rules do the work."""

    provider: str = ""
    """The server of the model by name: openrouter, openai, cerebras, vllm, ollama or llama.cpp."""
    model: str = Field(default="", validation_alias=AliasChoices("DIFFMEM_MODEL", "DEFAULT_MODEL"))
    """The model that files and answers, as its server names it; without one, rules do."""
    model_url: str = ""
    """The base URL of an OpenAI-compatible server, where it is not the provider's usual one."""
    model_key: SecretStr = _NO_KEY
    """The key for the model's server."""
    openrouter_key: SecretStr = Field(default=_NO_KEY, validation_alias="OPENROUTER_API_KEY")
    """A key for OpenRouter, which is the provider then if no other is named."""
    model_timeout: float | None = Field(default=None, gt=0, le=3600)
    """Seconds to wait for one answer; 60, and 300 for models on this machine."""
    model_retries: int = Field(default=3, ge=0, le=10)
    """How often to ask again after a fault that may pass."""
    model_concurrency: int | None = Field(default=None, ge=1, le=256)
    """How many calls may run at a time; the provider's usual number by default."""
    model_temperature: float | None = Field(default=None, ge=0, le=2)
    """How freely the model words its answers; its own default where this is not set."""
    model_context_tokens: int = Field(default=32_000, ge=1024)
    """How many tokens a prompt and its answer may have together."""
    retrieval_model: str = Field(
        default="", validation_alias=AliasChoices("DIFFMEM_RETRIEVAL_MODEL", "RETRIEVAL_MODEL")
    )
    """Another model for answering; the same as for filing by default."""
    retrieval_url: str = Field(
        default="", validation_alias=AliasChoices("DIFFMEM_RETRIEVAL_URL", "RETRIEVAL_AGENT_BASE_URL")
    )
    """The base URL of another server for answering."""
    retrieval_key: SecretStr = Field(
        default=_NO_KEY, validation_alias=AliasChoices("DIFFMEM_RETRIEVAL_KEY", "RETRIEVAL_AGENT_API_KEY")
    )
    """The key for that server; the other key is never sent there."""

    @field_validator("provider")
    @classmethod
    def _preset(cls, name: str) -> str:
        if name and name not in PRESETS:
            raise ValueError(f"{name[:60]!r} is not a provider; give one of {', '.join(PRESETS)}")
        return name

    @field_validator("model_url", "retrieval_url")
    @classmethod
    def _address(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("this is no address of a server; give one such as http://127.0.0.1:8080/v1")
        if "@" in parts.netloc or parts.port == 0:
            raise ValueError("an address has a host and a port; a key goes into DIFFMEM_MODEL_KEY")
        return url.rstrip("/")

    @field_validator("model_key", "openrouter_key", "retrieval_key")
    @classmethod
    def _sendable(cls, key: SecretStr) -> SecretStr:
        plain = key.get_secret_value().strip()
        if not plain.isascii() or not plain.isprintable() or " " in plain:
            raise ValueError("a key has no blanks and nothing but ASCII")
        return SecretStr(plain)

    @model_validator(mode="after")
    def _whole_model(self) -> Self:
        parts = ("provider", "model_url", "model_key", "retrieval_url", "retrieval_key")
        told = [name for name in parts if self._says(name)]
        if told and not (self.model or self.retrieval_model):
            raise ValueError(f"DIFFMEM_MODEL: DIFFMEM_{told[0].upper()} is set, but no model is named")
        if self.model or (self.retrieval_model and not self.retrieval_url):
            self._check_server()
        return self

    @property
    def model_preset(self) -> str:
        """The provider by name, as its address or key tells if need be; "" if only an address is known."""
        if self.provider:
            return self.provider
        if self.model_url:
            return preset_at(self.model_url)
        return "openrouter" if self._says("openrouter_key") else ""

    @property
    def model_address(self) -> str:
        """The base URL that is asked for the model."""
        return self.model_url or (PRESETS[self.model_preset].url if self.model_preset else "")

    def key_for(self, url: str) -> str:
        """The key for a server; none is ever sent to another server than the one it was given for."""
        if url == self.model_address and self._says("model_key"):
            return self.model_key.get_secret_value()
        return self.openrouter_key.get_secret_value() if preset_at(url) == "openrouter" else ""

    def _check_server(self) -> None:
        url = self.model_address
        if not url:
            raise ValueError(
                "DIFFMEM_MODEL: no server is named for it; set DIFFMEM_MODEL_URL, or DIFFMEM_PROVIDER "
                f"to one of {', '.join(PRESETS)}"
            )
        given = self.key_for(url) or (not self.model and self._says("retrieval_key"))
        known = preset_at(url)
        if known and PRESETS[known].needs_key and not given:
            raise ValueError(f"DIFFMEM_MODEL_KEY: {known} wants a key")

    def _says(self, name: str) -> bool:
        value = getattr(self, name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
