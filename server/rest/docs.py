"""The description to read and to try out in a browser; nothing is fetched from elsewhere."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_ASSETS = "offapi"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>DiffMem</title>
<link rel="stylesheet" href="/docs/swagger.css">
</head>
<body>
<div id="swagger"></div>
<script src="/docs/swagger.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
"""
_FILES = {
    "swagger.js": ("swagger_bundle.js", "text/javascript"),
    "swagger.css": ("swagger_style.css", "text/css"),
}


def docs_routes(description: Mapping[str, Any]) -> list[Route]:
    """The description as JSON, and the pages that show it."""
    told = json.dumps(description, ensure_ascii=False).encode()

    async def openapi(_: Request) -> Response:
        return Response(told, media_type="application/json")

    async def page(_: Request) -> Response:
        return _shown(_PAGE, "text/html")

    async def start(_: Request) -> Response:
        return _shown(_START, "text/javascript")

    return [
        Route("/openapi.json", openapi),
        Route("/docs", page),
        Route("/docs/start.js", start),
        *(_asset(name, *found) for name, found in _FILES.items()),
    ]


def _asset(name: str, file: str, media: str) -> Route:
    async def asset(_: Request) -> Response:
        return _shown(resources.files(_ASSETS).joinpath(file).read_bytes(), media)

    return Route(f"/docs/{name}", asset)


def _shown(content: str | bytes, media: str) -> Response:
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=3600",
    }
    return Response(content, headers=headers, media_type=media)
