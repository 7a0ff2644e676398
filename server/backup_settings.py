"""The settings of the mirror: where it lies, what opens it, and how often all is compared."""

from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from ..errors import BadInput
from ..storage.remote_address import address, github

_NONE = SecretStr("")


def _both(name: str) -> AliasChoices:
    return AliasChoices(f"DIFFMEM_{name}", name)


class BackupSettings(BaseSettings):
    """The part of `Settings` about the mirror that holds every memory a second time."""

    backup_backend: Literal["none", "github", "git"] | None = Field(
        default=None, validation_alias=_both("BACKUP_BACKEND")
    )
    """Where memories are mirrored: `none`, `github`, `git`; github once its repository and token are set."""
    backup_url: str = ""
    """The remote repository of `git`: an absolute path, or an address of ssh or https."""
    backup_token: SecretStr = _NONE
    """What opens that repository over https; never written down."""
    backup_interval_minutes: int = Field(
        default=30, ge=1, le=10_080, validation_alias=_both("BACKUP_INTERVAL_MINUTES")
    )
    """How often every memory is compared with the mirror, besides the push after each commit."""
    github_repo_url: str = Field(default="", validation_alias=_both("GITHUB_REPO_URL"))
    """The repository of `github`: `owner/name` or its address; a private one."""
    github_token: SecretStr = Field(default=_NONE, validation_alias=_both("GITHUB_TOKEN"))
    """What opens that repository; never written down."""

    @field_validator("backup_url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        return _checked(url)

    @field_validator("github_repo_url")
    @classmethod
    def _on_github(cls, repository: str) -> str:
        return _checked(github(repository))

    @field_validator("backup_token", "github_token")
    @classmethod
    def _sendable_token(cls, token: SecretStr) -> SecretStr:
        plain = token.get_secret_value().strip()
        if not plain.isascii() or not plain.isprintable() or " " in plain:
            raise ValueError("a token has no blanks and nothing but ASCII")
        return SecretStr(plain)

    @model_validator(mode="after")
    def _whole_backup(self) -> Self:
        if self.backup_backend == "git" and not self.backup_url:
            raise ValueError("DIFFMEM_BACKUP_URL: the backend git needs the remote repository to push to")
        if self.backup_backend is None and self.backup_url:
            raise ValueError(
                "DIFFMEM_BACKUP_BACKEND: DIFFMEM_BACKUP_URL is set, but not what it is for; give git or none"
            )
        if self.backup_backend == "github" and not self.github_repo_url:
            raise ValueError("GITHUB_REPO_URL: the backend github needs the repository, such as owner/name")
        wanted = self.backup_backend == "github" or (self.backup_backend is None and self.github_repo_url)
        if wanted and not self.github_token.get_secret_value():
            raise ValueError("GITHUB_TOKEN: github needs a token; BACKUP_BACKEND=none does without a mirror")
        return self

    @property
    def backup(self) -> str:
        """The backend that is in use: "none", "github" or "git"."""
        if self.backup_backend is not None:
            return self.backup_backend
        return "github" if self.github_repo_url else "none"


def _checked(url: str) -> str:
    try:
        return address(url).url if url else url
    except BadInput as wrong:
        raise ValueError(str(wrong)) from None
