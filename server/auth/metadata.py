"""Where a client finds out who issues the tokens of this server (RFC 9728)."""

from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.routing import Route

from .principal import SCOPES

# Clients compare the issuer with what it says of itself, so no slash may be added to it.
_AS_GIVEN = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True))
ROOT = "/.well-known/oauth-protected-resource"


def metadata_url(resource: str) -> str:
    """The address of the metadata of a resource."""
    return str(build_resource_metadata_url(AnyHttpUrl(resource)))


def metadata_routes(resource: str, issuer: str, prefix: str = "") -> list[Route]:
    """The document at its own address and at the plain one, where older clients look."""
    scopes = [f"{prefix}{scope}" for scope in SCOPES if scope != "admin"]
    routes = create_protected_resource_routes(
        AnyHttpUrl(resource), [_AS_GIVEN.validate_python(issuer)], scopes, resource_name="DiffMem"
    )
    return [*routes, Route(ROOT, routes[0].endpoint, methods=["GET", "OPTIONS"])]
