"""Every setting, its meaning and its default; the only place that reads the environment."""

import getpass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from .backup_settings import BackupSettings
from .care_settings import CareSettings
from .jobs.job_settings import JobSettings
from .layout_settings import LayoutSettings
from .model_settings import ModelSettings


class BadSettings(ValueError):
    """A setting that cannot be used; the message names the variable."""


def _both(name: str) -> AliasChoices:
    """Our own name for a setting, and the one it has always had."""
    return AliasChoices(f"DIFFMEM_{name}", name)


class Settings(ModelSettings, JobSettings, BackupSettings, CareSettings, LayoutSettings):
    """Read once, at the start, from `DIFFMEM_*` and then from `.env`, and handed down as values."""

    model_config = SettingsConfigDict(
        env_prefix="DIFFMEM_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(default_factory=lambda: platformdirs.user_data_path("diffmem", appauthor=False))
    """Where the memories lie; the platform's user data folder by default."""
    user: str = Field(default_factory=lambda: login_name())
    """Whose memory it is; the login name by default."""
    timezone: str = Field(default_factory=lambda: machine_zone())
    """What a date without a zone means: an IANA name; the machine's by default."""
    durability: Literal["full", "relaxed"] = "full"
    """`full` waits for the disk before it acknowledges; `relaxed` leaves that to the system."""
    ontology: str = "personal"
    """What new memories hold: personal, corporate, coding, or a folder with a `schema.json`."""
    host: str = "127.0.0.1"
    """The address `diffmem serve` listens on."""
    port: int = Field(default=8000, ge=0, le=65535, validation_alias=AliasChoices("DIFFMEM_PORT", "PORT"))
    """The port `diffmem serve` listens on; 0 takes a free one."""
    log_format: Literal["text", "json"] = "text"
    """How the log on standard error is written: `text`, or `json` with one object a line."""
    log_level: Literal["warning", "info"] = "warning"
    """What is logged: `warning`, or `info` with a line for each request, too."""
    allow_open: bool = False
    """Whether other machines may come in without a token."""
    first_token: bool = False
    """Whether `diffmem serve` makes a token for everything where there is none, and prints it, once."""
    failpoint: str = ""
    """For tests only: what happens at a point of a write, such as `commit.made:1:kill`."""
    no_color: str = Field(default="", validation_alias="NO_COLOR")
    """Anything here keeps colours out of the output of the command line."""

    # Who may come in over HTTP.
    require_auth: bool | None = Field(default=None, validation_alias=_both("REQUIRE_AUTH"))
    """Whether a token is needed; by default, as soon as there is a token, a key or an issuer."""
    api_key: SecretStr | None = Field(default=None, validation_alias=_both("API_KEY"))
    """One key for everything: whoever shows it may act on every memory."""
    allowed_origins: str = Field(default="", validation_alias=_both("ALLOWED_ORIGINS"))
    """The sites whose pages may come in, such as `https://app.example.com`, by commas; none by default."""
    public_url: str = ""
    """The address the server is known by, such as `https://memory.example.com`; an issuer needs it."""
    jwt_issuer: str = ""
    """The OpenID Connect issuer whose tokens are taken."""
    jwt_audience: str = ""
    """Whom those tokens must be issued for; the public address and `/mcp` by default."""
    jwt_jwks_url: str = ""
    """Where the issuer shows its keys; by default where its metadata says."""
    jwt_user_claim: str = "sub"
    """The claim that names the user."""
    scope_prefix: str = ""
    """What stands before `read`, `write` and `admin` in the issuer's scopes, such as `memory:`."""
    reads_per_minute: int = Field(default=1200, ge=1)
    """How often somebody may read."""
    writes_per_minute: int = Field(default=240, ge=1)
    """How often somebody may write."""
    request_seconds: float = Field(default=900, gt=0)
    """How long a request may take before its answer begins."""
    callback_allow: str = ""
    """Names and origins that may be called back although they are not public, by commas."""

    @field_validator("home")
    @classmethod
    def _whole(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("ontology")
    @classmethod
    def _findable(cls, name: str) -> str:
        # A memory tells its ontology to whoever opens it, from any folder.
        return str(Path(name).expanduser().absolute()) if set(name) & {"/", "\\", "."} else name

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            why = f"{name[:60]!r} is not a time zone; give a name such as Europe/Berlin or UTC"
            raise ValueError(why) from None
        return name

    @property
    def zone(self) -> tzinfo:
        """The time zone as Python knows it."""
        return ZoneInfo(self.timezone)

    @classmethod
    def load(cls, **flags: Any) -> Self:
        """Read the settings; what was given on the command line wins.

        Raises:
            BadSettings: a setting cannot be used.
        """
        try:
            return cls(**{name: value for name, value in flags.items() if value is not None})
        except ValidationError as wrong:
            raise BadSettings("; ".join(_sentence(dict(error)) for error in wrong.errors())) from None
        except UnicodeDecodeError:
            raise BadSettings(".env is not UTF-8 text") from None


def login_name() -> str:
    """The name somebody is logged in by, or `me` where the machine knows none."""
    try:
        return getpass.getuser() or "me"
    except (OSError, KeyError, ImportError):
        return "me"


def machine_zone() -> str:
    """The machine's time zone by its IANA name, or UTC where it does not tell."""
    try:
        import tzlocal  # pyright: ignore[reportMissingImports, reportMissingModuleSource]

        name = str(tzlocal.get_localzone_name() or "")  # pyright: ignore[reportUnknownArgumentType]
    except (ImportError, ZoneInfoNotFoundError, ValueError, OSError):
        name = _linked_zone(Path("/etc/localtime"))
    try:
        return ZoneInfo(name).key if name else "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


def _linked_zone(link: Path) -> str:
    try:
        _, _, name = link.resolve(strict=True).as_posix().partition("/zoneinfo/")
    except (OSError, RuntimeError):
        return ""
    return name.removeprefix("posix/").removeprefix("right/")


def _sentence(error: dict[str, Any]) -> str:
    what = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return what
    where = str(error["loc"][0])
    names = {"port": "DIFFMEM_PORT", "PORT": "DIFFMEM_PORT"}
    variable = names.get(where, where if where.isupper() else f"DIFFMEM_{where.upper()}")
    return f"{variable}: {what[:1].lower()}{what[1:]}"
