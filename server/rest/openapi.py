"""The description of the service (OpenAPI 3.1), made from the route table."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import PydanticOmit

from .answers import Problem, Queued
from .endpoint import Endpoint
from .incoming import LONGEST_ADDRESS
from .requests import LONGEST_ID

_REFERENCE = "#/components/schemas/{model}"
_PROBLEM = "application/problem+json"
_EVERY = (403, 408, 414, 421, 429, 431, 503)
_OF_BODY = (413, 415)
_GROUPS = {
    "memory": "What is known: told, asked, looked at, taken back.",
    "sessions": "Sessions and order, as jobs.",
    "server": "The server itself.",
}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "user_id": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
    "job_id": {"type": "string", "minLength": 1, "maxLength": 64},
    "path": {"type": "string", "minLength": 1, "maxLength": LONGEST_ADDRESS // 4},
}


class _Whole(GenerateJsonSchema):
    """Lists every field, also those that are kept out of the list of tools for their room there."""

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        """The description of one part."""
        try:
            return super().generate_inner(schema)
        except PydanticOmit:
            bare: Any = {name: told for name, told in schema.items() if name != "metadata"}
            return super().generate_inner(bare)


def described(table: Sequence[Endpoint], version: str, *, closed: bool) -> dict[str, Any]:
    """The whole description; `closed` says whether a token is needed."""
    shapes = list(dict.fromkeys(shape for endpoint in table for shape in _shapes(endpoint)))
    _, schemas = models_json_schema(
        [(shape, "validation") for shape in shapes], ref_template=_REFERENCE, schema_generator=_Whole
    )
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in table:
        path = endpoint.path.replace(":path}", "}")
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, closed=closed)
    bearer = {"bearer": {"type": "http", "scheme": "bearer", "description": "`diffmem token create`"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DiffMem",
            "version": version,
            "summary": "A memory for agents that is a git repository",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": told} for name, told in _GROUPS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            **({"securitySchemes": bearer} if closed else {}),
        },
    }


def _shapes(endpoint: Endpoint) -> list[type[BaseModel]]:
    found = [endpoint.answer, endpoint.query, Problem, *([Queued] if endpoint.queued else [])]
    return [*found, *([endpoint.body] if endpoint.body else [])]


def _operation(endpoint: Endpoint, *, closed: bool) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", f"{endpoint.method} {endpoint.path.partition(':')[0]}").strip("_").lower()
    told = {
        "operationId": name,
        "tags": [endpoint.group],
        "summary": endpoint.summary,
        "parameters": [*_in_path(endpoint), *_in_query(endpoint)],
        "responses": _responses(endpoint, closed=closed),
    }
    if closed:
        told["security"] = [{"bearer": []}] if endpoint.scope else []
    if endpoint.body:
        content = {"application/json": {"schema": _reference(endpoint.body)}}
        told["requestBody"] = {"required": endpoint.needs_body, "content": content}
    return told


def _in_path(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]}
        for name in re.findall(r"\{(\w+)", endpoint.path)
    ]


def _in_query(endpoint: Endpoint) -> list[dict[str, Any]]:
    schema = endpoint.query.model_json_schema(ref_template=_REFERENCE)
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": _plain(told),
            **({"description": told["description"]} if "description" in told else {}),
        }
        for name, told in schema.get("properties", {}).items()
    ]


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """A schema of a query value: what may be left out is not null there."""
    given = [one for one in told.get("anyOf", [told]) if one.get("type") != "null"]
    kept = {key: value for key, value in told.items() if key not in {"anyOf", "title", "description"}}
    if kept.get("default") is None:
        kept.pop("default", None)
    return {**given[0], **kept} if "anyOf" in told else kept


def _responses(endpoint: Endpoint, *, closed: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {"application/json": {"schema": _reference(endpoint.answer)}}
    if endpoint.media:
        answer = {media: {"schema": {"type": "string"} | _form(media)} for media in endpoint.media}
    told: dict[str, Any] = {"200": {"description": "Done", "content": answer}}
    if endpoint.queued:
        queued = {"application/json": {"schema": _reference(Queued)}}
        told["202"] = {"description": "A job was taken on", "content": queued}
    statuses = {*_EVERY, *endpoint.statuses, *([400, 422] if _can_be_wrong(endpoint) else [])}
    statuses |= {*(_OF_BODY if endpoint.body else ()), *((404,) if endpoint.of_user else ())}
    statuses |= {401} if closed and endpoint.scope else set()
    for status in sorted(statuses):
        content: dict[str, Any] = {_PROBLEM: {"schema": _reference(Problem)}}
        if status == 503 and endpoint.path == "/ready":
            content = {"application/json": {"schema": _reference(endpoint.answer)}}
        told[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    return told


def _form(media: str) -> dict[str, str]:
    return {} if media.startswith("text/") else {"format": "binary"}


def _can_be_wrong(endpoint: Endpoint) -> bool:
    return bool(endpoint.of_user or endpoint.body or endpoint.query.model_fields)


def _reference(shape: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=shape.__name__)}
