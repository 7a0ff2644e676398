"""A small memory with a past, and the real tools to compare with."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from support import put

from diffmem.agents.explore.address import Address, Answer, Request
from diffmem.agents.explore.interpreter import interpreted
from diffmem.storage.branch import Branch

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN = "# Ann\n\nlikes coffee\nand tea\n"
NOTES = "hello world\nsecond line\nthird a|b line\nit's four\nfive\nsix\nhello again\n"
TABLE = "b|2|x\na|10|y\nb|1|x\n\na|9|z\nc|2.5|q\n"
LONG = "".join(f"line {number} of many, {number * 7919 % 1000}\n" for number in range(1, 61))


def filled(branch: Branch) -> str:
    """Give a memory five commits and return the last."""
    put(branch, {"index.md": "ann: memories/people/ann.md\nnotes: notes.md\n"})
    put(branch, {"notes.md": NOTES, "memories/people/ann.md": ANN, "table.txt": TABLE})
    put(branch, {"memories/people/bea (work).md": "# Bea\nCoffee, café and Käse\n", "long.md": LONG})
    put(
        branch,
        {"notes.md": f"{NOTES}coffee eight\nno end", "memories/people/ann.md": ANN.replace("tea", "cake")},
    )
    put(
        branch,
        {
            "memories/friends/ann.md": ANN.replace("tea", "cake"),
            "timeline/2026-11.md": "- 2026-11-01 coffee\n",
        },
        ["memories/people/ann.md"],
    )
    return branch.snapshot().commit


@dataclass(frozen=True)
class Shelf:
    """A memory, asked in this process, and its files laid out for the real tools."""

    repository: Path
    commit: str
    files: Path

    def ask(self, command: str, commit: str = "") -> Answer:
        """What the interpreter answers."""
        return interpreted(Request(Address(str(self.repository), commit or self.commit), command, NOW))

    def really(self, command: str) -> tuple[bytes, int]:
        """What the real tools answer."""
        environment = {
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_PAGER": "cat",
            "HOME": "/nonexistent",
        }
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.files, env=environment, capture_output=True, check=False
        )
        return done.stdout, done.returncode


def shelf(branch: Branch, files: Path) -> Shelf:
    """Fill a memory and lay out its files beside it."""
    commit = filled(branch)
    environment = {"PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    source = branch.repository
    command = [
        "git",
        "clone",
        "--quiet",
        "--branch",
        branch.ref.removeprefix("refs/heads/"),
        str(source),
        str(files),
    ]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return Shelf(source, commit, files)
