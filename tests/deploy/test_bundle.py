import importlib.util
import json
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest
from mcp import Client
from node_tools import node

from diffmem.memory import Memory
from diffmem.server.cli import parser
from diffmem.server.mcp_server import create_server
from diffmem.server.settings import Settings

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "mcpb-manifest-v0.4.schema.json").read_text("utf-8"))
KNOWN = {f"DIFFMEM_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_mcpb", ROOT / "scripts" / "build_mcpb.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_manifest_is_as_its_schema_has_it(builder: ModuleType, tmp_path: Path) -> None:
    manifest = builder.manifest(PROJECT)
    async with Client(create_server(Memory.open(tmp_path), "maya")) as asking:
        tools = (await asking.list_tools()).tools

    jsonschema.validate(manifest, SCHEMA)
    assert manifest["version"] == PROJECT["version"]
    assert manifest["server"]["type"] == "uv"
    assert manifest["server"]["mcp_config"]["env"].keys() <= KNOWN
    assert {tool["name"] for tool in manifest["tools"]} == {tool.name for tool in tools}


def test_the_bundle_holds_what_the_manifest_starts(builder: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "diffmem-1-py3-none-any.whl"
    wheel.write_bytes(b"w")

    files = builder.contents(PROJECT, wheel)
    project = tomllib.loads(files["pyproject.toml"].decode())

    assert json.loads(files["manifest.json"])["server"]["entry_point"] in files
    assert project["tool"]["uv"]["sources"]["diffmem"]["path"] in files
    assert project["project"]["dependencies"] == [f"diffmem=={PROJECT['version']}"]


def test_the_maker_of_the_format_takes_the_manifest() -> None:
    tools = node("@anthropic-ai/mcpb")
    script = tools.script("@anthropic-ai/mcpb")
    manifest = ROOT / "packaging" / "mcpb" / "manifest.json"
    done = subprocess.run(
        [tools.program, script, "validate", str(manifest)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


REGISTRY = {
    "type": "object",
    "required": ["$schema", "name", "description", "version", "packages"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"},
        "name": {"pattern": "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", "minLength": 3, "maxLength": 200},
        "title": {"type": "string", "minLength": 1, "maxLength": 100},
        "description": {"type": "string", "minLength": 1, "maxLength": 100},
        "version": {"type": "string", "maxLength": 255, "not": {"pattern": "[\\^~<>=*x]"}},
        "packages": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["registryType", "identifier", "transport"],
                "additionalProperties": False,
                "properties": {
                    "registryType": {"enum": ["npm", "pypi", "oci", "nuget", "mcpb"]},
                    "registryBaseUrl": {"type": "string", "pattern": "^https://"},
                    "identifier": {"type": "string"},
                    "version": {"type": "string", "minLength": 1, "not": {"const": "latest"}},
                    "runtimeHint": {"type": "string"},
                    "transport": {"required": ["type"], "properties": {"type": {"const": "stdio"}}},
                    "packageArguments": {
                        "type": "array",
                        "items": {
                            "required": ["type", "value"],
                            "properties": {"type": {"const": "positional"}},
                        },
                    },
                    "environmentVariables": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["name"],
                            "additionalProperties": False,
                            "properties": {
                                "name": {"type": "string"},
                                "description": {"type": "string"},
                                "format": {"enum": ["string", "number", "boolean", "filepath"]},
                                "isSecret": {"type": "boolean"},
                                "isRequired": {"type": "boolean"},
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What the registry's schema asks of the members that our entry has."""


def test_the_entry_for_the_registry_is_as_its_schema_has_it() -> None:
    entry = json.loads((ROOT / "server.json").read_text("utf-8"))
    (package,) = entry["packages"]

    jsonschema.validate(entry, REGISTRY)
    assert entry["version"] == package["version"] == PROJECT["version"]
    assert package["identifier"] == PROJECT["name"]
    assert {one["name"] for one in package["environmentVariables"]} <= KNOWN
    words = [one["value"] for one in package["packageArguments"]]
    assert parser().parse_args(words).verb == "mcp"
    assert all(one.get("isSecret") for one in package["environmentVariables"] if one["name"].endswith("_KEY"))


def test_the_readme_names_the_entry_for_the_registry() -> None:
    entry = json.loads((ROOT / "server.json").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text("utf-8")
    if "mcp-name:" not in readme:
        pytest.skip("the README names no entry of the registry yet; publishing asks for `mcp-name:`")

    assert f"mcp-name: {entry['name']}" in readme
