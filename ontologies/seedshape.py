"""Ontology files of the older shape, read with good will: what they mean in ours."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeGuard, cast

from .statement import one_line

_TYPES = ("types", "entity_types", "entities", "folders")
_TYPE = {
    "name": ("index_type", "type", "name", "key", "label"),
    "folder": ("folder", "path", "dir", "directory"),
    "description": ("description", "desc", "purpose"),
    "status": ("status", "statuses", "status_enum", "status_values"),
    "fields": ("fields", "frontmatter", "front_matter", "frontmatter_fields"),
}
_KEYS = {
    "name": ("name", "id", "ontology"),
    "description": ("description", "desc"),
    "contexts": ("contexts", "contexts_folder", "context_folder", "contexts_dir", "context_type"),
    "timeline": ("timeline",),
    "profile": ("profile", "user_profile", "user_entity"),
    "followups": ("followups", "follow_ups"),
    "status": ("status", "statuses", "status_enum", "status_enums"),
    "fields": ("fields", "frontmatter", "front_matter", "frontmatter_fields"),
}
COMMON = ("type", "name", "aliases", "role", "status", "cues", "related", "created", "updated")
_OTHERS = frozenset({"index_type", "path", "dir", "directory", "key"})


def is_older(raw: object) -> TypeGuard[Mapping[str, object]]:
    """Whether a file is of the older shape: its types under another key, by name, or with other keys."""
    if not isinstance(raw, dict):
        return False
    told = cast("Mapping[str, object]", raw)
    types = told.get("types")
    if types is None:
        return any(key in told for key in _TYPES)
    each = cast("list[object]", types) if isinstance(types, list) else []
    keys = {
        str(key) for kind in each if isinstance(kind, dict) for key in cast("Mapping[object, object]", kind)
    }
    return isinstance(types, dict) or bool(keys & _OTHERS)


def translated(raw: Mapping[str, object], folder: str) -> tuple[dict[str, object], tuple[str, ...]]:
    """The same in our keys, and the keys that are passed over; `folder` names it where nothing else does."""
    types = [_type(key, each) for key, each in _items(_first(raw, _TYPES))]
    words = _by_type(_first(raw, _KEYS["status"]), types, "status")
    fields = _by_type(_first(raw, _KEYS["fields"]), types, "fields")
    found: dict[str, object] = {
        "name": _word(_first(raw, _KEYS["name"]) or folder),
        "description": _line(_first(raw, _KEYS["description"])),
        "types": types,
        "contexts": _contexts(_first(raw, _KEYS["contexts"]), types),
        "status": list(dict.fromkeys([*words, *(word for kind in types for word in _list(kind["status"]))])),
        "fields": list(dict.fromkeys([*COMMON, *fields])),
    }
    for key in ("timeline", "profile", "followups"):
        told = _first(raw, _KEYS[key])
        if told is not None:
            found[key] = _switch(told)
    known = {key for keys in _KEYS.values() for key in keys} | set(_TYPES)
    return found, tuple(key for key in raw if key not in known)


def _type(key: str, raw: object) -> dict[str, object]:
    told = cast("Mapping[str, object]", raw) if isinstance(raw, dict) else {"folder": raw}
    name = _word(_first(told, _TYPE["name"]) or key)
    folder = str(_first(told, _TYPE["folder"]) or key).strip("/ ")
    return {
        "name": name,
        "folder": folder if folder.startswith("memories/") else f"memories/{folder}",
        "description": _line(_first(told, _TYPE["description"])),
        "also": [_word(key)] if key and _word(key) != name else [],
        "status": [_word(word) for word in _list(_first(told, _TYPE["status"]))],
        "fields": [_word(word) for word in _list(_first(told, _TYPE["fields"]))],
    }


def _items(raw: object) -> list[tuple[str, object]]:
    if isinstance(raw, dict):
        return list(cast("Mapping[str, object]", raw).items())
    each = cast("Iterable[object]", raw) if isinstance(raw, list) else ()
    return [(one, one) if isinstance(one, str) else (_key(one), one) for one in each]


def _key(kind: object) -> str:
    return str(cast("Mapping[str, object]", kind).get("key", "")) if isinstance(kind, dict) else ""


def _by_type(raw: object, types: list[dict[str, object]], key: str) -> list[str]:
    """The common words; those told for one type go there."""
    if not isinstance(raw, dict):
        return [_word(word) for word in _list(raw)]
    common: list[str] = []
    for name, words in cast("Mapping[str, object]", raw).items():
        kind = next((kind for kind in types if _word(name) in (kind["name"], *_list(kind["also"]))), None)
        told = [_word(word) for word in _list(words)]
        if kind:
            kind[key] = [*_list(kind[key]), *told]
        else:
            common += told
    return common


def _contexts(raw: object, types: list[dict[str, object]]) -> object:
    """The type that themes become: told as a type or as a folder; else the one that sounds like it."""
    told = str(raw or "contexts").strip("/ ")
    for kind in types:
        names = [kind["name"], *_list(kind["also"])]
        folder = str(kind["folder"])
        if _word(told) in names or told in (folder, folder.removeprefix("memories/")):
            return kind["name"]
    return types[-1]["name"] if types else ""


def _first(raw: Mapping[str, object], keys: Iterable[str]) -> object:
    return next((raw[key] for key in keys if raw.get(key) is not None), None)


def _list(raw: object) -> list[str]:
    if isinstance(raw, dict):
        return [str(key) for key in cast("Mapping[object, object]", raw)]
    return (
        [str(one) for one in cast("list[object]", raw)]
        if isinstance(raw, list)
        else [str(raw)]
        if raw
        else []
    )


def _switch(raw: object) -> bool:
    if isinstance(raw, dict):
        return bool(cast("Mapping[str, object]", raw).get("enabled", True))
    return raw not in (False, "", "off", "no", "false", 0)


def _word(raw: object) -> str:
    bare = re.sub(r"[^a-z0-9]+", "_", str(raw).strip().lower()).strip("_")
    return bare if bare[:1].isalpha() else f"x{bare}"


def _line(raw: object) -> str:
    return one_line(str(raw or ""))[:300]
