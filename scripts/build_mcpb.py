"""Build `dist/diffmem-<version>.mcpb`: the manifest, a small project that uv installs, and our own wheel."""

import argparse
import json
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
_STAMP = (1980, 1, 1, 0, 0, 0)


def main() -> int:
    """Build the bundle around a wheel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, nargs="?", help="the wheel to bring along; else PyPI has it")
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="the folder of the bundle (dist)")
    asked = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked.to.mkdir(parents=True, exist_ok=True)
    file = asked.to / f"diffmem-{project['version']}.mcpb"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in sorted(contents(project, asked.wheel).items()):
            # The same contents make the same file, which the registry knows by its hash.
            bundle.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    sys.stdout.write(f"{file}\n")
    return 0


def contents(project: dict[str, str], wheel: Path | None) -> dict[str, bytes]:
    """The files of the bundle by their names."""
    files = {
        "manifest.json": json.dumps(manifest(project), ensure_ascii=False, indent=2).encode(),
        "pyproject.toml": pyproject(project, wheel.name if wheel else "").encode(),
        "src/server.py": (ROOT / "packaging" / "mcpb" / "server.py").read_bytes(),
        "LICENSE": (ROOT / "LICENSE").read_bytes(),
    }
    return files | ({f"wheels/{wheel.name}": wheel.read_bytes()} if wheel else {})


def manifest(project: dict[str, str]) -> dict[str, object]:
    """The manifest with the version of the project."""
    told = json.loads((ROOT / "packaging" / "mcpb" / "manifest.json").read_text("utf-8"))
    return told | {"version": project["version"]}


def pyproject(project: dict[str, str], wheel: str) -> str:
    """The project that uv installs where the bundle is unpacked."""
    lines = [
        "[project]",
        'name = "diffmem-bundle"',
        f'version = "{project["version"]}"',
        f'requires-python = "{project["requires-python"]}"',
        f'dependencies = ["diffmem=={project["version"]}"]',
        "",
        "[tool.uv]",
        "package = false",
    ]
    source = ["", "[tool.uv.sources]", f'diffmem = {{ path = "wheels/{wheel}" }}'] if wheel else []
    return "\n".join([*lines, *source, ""])


if __name__ == "__main__":
    sys.exit(main())
