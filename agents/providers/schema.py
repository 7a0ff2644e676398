"""The JSON schema of an answer, in the part of the language that strict servers take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

_LENGTHS = {"maxLength", "minLength", "maxItems", "minItems", "pattern"}
_RANGES = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_KEPT = {"type", "enum", "description"}


def strict_schema(shape: type[BaseModel], *, bounds: bool = True) -> dict[str, Any]:
    """The schema of a shape: every object closed, every property required, no defaults.

    A field with a default is asked for all the same, so that what comes back always fits the shape.
    Without `bounds` lengths, ranges and patterns are left out, which not all servers know.

    Raises:
        TypeError: the shape has an open mapping, for which there is no strict schema.
    """
    whole = shape.model_json_schema()
    definitions = whole.get("$defs", {})
    # A shape that holds itself is a reference at the root, which strict servers do not take.
    root = definitions[_name(whole)] | {"$defs": definitions} if "$ref" in whole else whole
    return _Strict(definitions, bounds).of(root, ())


def schema_text(shape: type[BaseModel]) -> str:
    """The schema as one line of text, for a prompt."""
    return json.dumps(strict_schema(shape), ensure_ascii=False, separators=(",", ":"))


def _name(node: Mapping[str, Any]) -> str:
    return str(node["$ref"]).removeprefix("#/$defs/")


class _Strict:
    """A schema being rewritten; `path` names the definitions on the way, for some hold themselves."""

    def __init__(self, definitions: Mapping[str, Any], bounds: bool) -> None:
        self._definitions = definitions
        self._kept = _KEPT | _LENGTHS | _RANGES if bounds else _KEPT

    def of(self, node: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        if "$ref" in node:
            return self._reference(node, path)
        if len(node.get("allOf", ())) == 1:
            merged = {key: value for key, value in node.items() if key != "allOf"}
            return self.of(node["allOf"][0] | merged, path)
        made = {key: value for key, value in node.items() if key in self._kept}
        if "const" in node:
            made["enum"] = [node["const"]]
        if options := node.get("anyOf") or node.get("oneOf"):
            made["anyOf"] = [self.of(option, path) for option in options]
        if "items" in node:
            made["items"] = self.of(node["items"], path)
        if node.get("type") == "object":
            made |= self._closed(node, path)
        if "$defs" in node:
            made["$defs"] = {name: self.of(one, (name,)) for name, one in node["$defs"].items()}
        return made

    def _reference(self, node: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        name = _name(node)
        beside = {key: node[key] for key in ("description",) if key in node}
        # Strict servers take nothing beside a reference: what is said there goes into a copy.
        if beside and name not in path:
            return self.of(self._definitions[name] | beside, (*path, name))
        return {"$ref": node["$ref"]}

    def _closed(self, node: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        if node.get("additionalProperties") or "properties" not in node:
            raise TypeError("an open mapping has no strict schema; use a list of pairs")
        properties = {name: self.of(one, path) for name, one in node["properties"].items()}
        return {"properties": properties, "required": list(properties), "additionalProperties": False}
