"""A client's file of settings with our entry in it, or without."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import BadInput
from . import jsonc, toml
from .change import Change, parted, read
from .clients import OURS, Client
from .entry import NAME, Entry


def put(client: Client, path: Path, entry: Entry, *, private: bool = False) -> Change:
    """The change that puts our entry into a file, or brings it up to date.

    What others have set in our entry stays, variables of the environment too.

    Raises:
        BadInput: the file cannot be read, or not be changed without harm.
    """
    before = read(path)
    bom, text = parted(before or "")
    written = client.written(entry)
    old = servers(client, path, text).get(NAME)
    if isinstance(old, dict):
        written = _joined(old, written)  # pyright: ignore[reportUnknownArgumentType]
    return Change(path, before, bom + _with(client, path, text, written), private=private)


def taken_out(client: Client, path: Path) -> Change:
    """The change that takes our entry out of a file.

    Raises:
        BadInput: the file cannot be read, or not be changed without harm.
    """
    before = read(path)
    bom, text = parted(before or "")
    if NAME not in servers(client, path, text):
        return Change(path, before, before or "")
    return Change(path, before, bom + _with(client, path, text, None))


def servers(client: Client, path: Path, text: str) -> Mapping[str, Any]:
    """The servers a file names.

    Raises:
        BadInput: it cannot be read.
    """
    if not text.strip():
        return {}
    try:
        told = toml.parse(text) if path.suffix == ".toml" else jsonc.parse(text).value
    except (jsonc.BadJson, toml.BadToml) as wrong:
        raise BadInput(f"{path} cannot be read: {wrong}; mend it first, nothing was changed") from None
    found: Any = told.get(client.key, {}) if isinstance(told, dict) else None  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(found, dict):
        raise BadInput(f"{path}: `{client.key}` is not an object; mend it first, nothing was changed")
    return found  # pyright: ignore[reportUnknownVariableType]


def _joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in old.items() if key not in OURS and key not in new}
    variables: dict[str, Any] = dict(old.get("env") or {}) | dict(new.get("env") or {})
    if "command" in new and variables:
        return {**new, "env": variables, **kept}
    return {**new, **kept}


def _with(client: Client, path: Path, text: str, written: Mapping[str, Any] | None) -> str:
    keys = (client.key, NAME)
    try:
        if path.suffix == ".toml":
            return toml.without_table(text, keys) if written is None else toml.with_table(text, keys, written)
        return _json(text, keys, written)
    except (jsonc.BadJson, toml.BadToml) as wrong:
        raise BadInput(f"{path}: {wrong}; change it by hand, nothing was changed") from None


def _json(text: str, keys: tuple[str, ...], written: Mapping[str, Any] | None) -> str:
    if written is None:
        changed = jsonc.without_member(text, keys)
    else:
        changed = jsonc.with_member(text if text.strip() else "{}\n", keys, dict(written))
    found = jsonc.parse(changed).value
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]
    if found != written:
        raise jsonc.BadJson(f"`{keys[-1]}` stands there more than once", 1)
    return changed
