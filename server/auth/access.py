"""From the settings to the door: who is known here, or why the server must not start."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.routing import Route

from ..settings import BadSettings, Settings
from .api_key import ApiKey
from .authenticator import Ajar, Anybody, Authenticator, Credentials
from .discovery import Discovery
from .fetch import is_safe
from .gate import OPEN_PATHS, Challenge
from .keys import Keys
from .metadata import metadata_routes, metadata_url
from .oidc import Issuer
from .principal import local
from .tokens import Tokens

_SHOWABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Access:
    """All a server must know of who may come in; `closed` says whether a token is needed at all."""

    authenticator: Authenticator
    challenge: Challenge
    routes: tuple[Route, ...]
    closed: bool

    @property
    def open_paths(self) -> frozenset[str]:
        """Where nobody needs a token."""
        return OPEN_PATHS | {route.path for route in self.routes}


def tokens(settings: Settings) -> Tokens:
    """The tokens of the home the settings name."""
    return Tokens(settings.home / "tokens")


def access(settings: Settings) -> Access:
    """Who may come in.

    Tokens, a key or an issuer close the door, the first token also later on, unless REQUIRE_AUTH says false;
    where it says true and there is none of them, nobody could come in, and the server must not start.

    Raises:
        BadSettings: a setting cannot be used; the message names the variable.
    """
    issued, key = tokens(settings), _key(settings)
    issuer = _issuer(settings)
    known = bool(key or issuer or issued.usable())
    if settings.require_auth and not known:
        raise BadSettings(
            "REQUIRE_AUTH: nobody could come in; make a token with `diffmem token create`, or set API_KEY, "
            "or DIFFMEM_JWT_ISSUER"
        )
    anybody = Anybody(local(settings.user))
    if settings.require_auth is False:
        return Access(anybody, Challenge(), (), closed=False)
    if not known:
        return Access(Ajar(anybody, issued), Challenge("", settings.scope_prefix), (), closed=False)
    prefix, resource = settings.scope_prefix, _resource(settings)
    routes = metadata_routes(resource, settings.jwt_issuer, prefix) if issuer else []
    challenge = Challenge(metadata_url(resource) if issuer else "", prefix)
    return Access(Credentials(issued, key, issuer), challenge, tuple(routes), closed=True)


def origins(settings: Settings) -> frozenset[str]:
    """The sites whose pages may come in.

    Raises:
        BadSettings: one of them is no origin, or means all.
    """
    given = [origin.strip().rstrip("/") for origin in settings.allowed_origins.split(",")]
    for origin in filter(None, given):
        parts = urlsplit(origin)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or f"{parts.scheme}://{parts.netloc}" != origin
        ):
            raise BadSettings(
                f"ALLOWED_ORIGINS: {origin[:60]!r} is no origin; give a list such as https://app.example.com"
                " (there is no * here: every page in the world could use this memory)"
            )
    return frozenset(given) - {""}


def _key(settings: Settings) -> ApiKey | None:
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    if key and not _SHOWABLE.fullmatch(key):
        raise BadSettings("API_KEY: it must be of visible ASCII characters, without blanks")
    return ApiKey(key, settings.user) if key else None


def _issuer(settings: Settings) -> Issuer | None:
    if not settings.jwt_issuer:
        if settings.jwt_jwks_url or settings.jwt_audience:
            raise BadSettings("DIFFMEM_JWT_ISSUER: it is missing beside the other DIFFMEM_JWT settings")
        return None
    for variable, url in (
        ("DIFFMEM_JWT_ISSUER", settings.jwt_issuer),
        ("DIFFMEM_JWT_JWKS_URL", settings.jwt_jwks_url or settings.jwt_issuer),
        ("DIFFMEM_PUBLIC_URL", settings.public_url),
    ):
        if not is_safe(url):
            raise BadSettings(f"{variable}: {url[:80]!r} must be an https address, or one of this machine")
    keys = Keys(settings.jwt_jwks_url or Discovery(settings.jwt_issuer))
    audience = settings.jwt_audience or _resource(settings)
    claim, prefix = settings.jwt_user_claim, settings.scope_prefix
    return Issuer(settings.jwt_issuer, audience, keys, user_claim=claim, prefix=prefix)


def _resource(settings: Settings) -> str:
    return f"{settings.public_url.rstrip('/')}/mcp"
