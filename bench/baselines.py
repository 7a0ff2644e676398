"""What others take to write the same: plain git with two changed files, and rivals that are installed."""

import importlib
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Figures = dict[str, float]

DURABLE = "git add + commit, core.fsync=all"
_DURABLE = ("-c", "core.fsync=all")


class PlainGit:
    """A folder of files under git, two of which change at a time."""

    def __init__(self, folder: Path, files: int) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        self._git("init", "-q")
        for number in range(files):
            self._write(number, "begun")
        self._git("add", "-A")
        self._git("commit", "-q", "-m", "begun")
        self._files = files

    def measured(self, repeats: int) -> Figures:
        """Milliseconds of `git add -A` and `git commit`, in turn so that other load falls on both."""
        ways = {DURABLE: _DURABLE, "git add + commit, default": ()}
        times: dict[str, list[float]] = {name: [] for name in ways}
        used: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(repeats):
            for name, settings in ways.items():
                cpu = _children()
                times[name].append(self.commit(turn, *settings))
                used[name].append(1000 * (_children() - cpu))
        told = {name: statistics.median(each) for name, each in times.items()}
        return told | {f"{name} cpu": statistics.median(each) for name, each in used.items()}

    def commit(self, turn: int, *settings: str) -> float:
        """Milliseconds of one commit of two files."""
        for number in (turn, turn + 1):
            self._write(number % self._files, f"{settings} {turn}")
        began = time.perf_counter()
        self._git(*settings, "add", "-A")
        self._git(*settings, "commit", "-q", "-m", f"turn {turn}")
        return 1000 * (time.perf_counter() - began)

    def durable(self, turn: int) -> float:
        """The same with all that git writes on the disk before it ends."""
        return self.commit(turn, *_DURABLE)

    def _write(self, number: int, what: str) -> None:
        lines = (f"- line {line} of file {number}: {what}\n" for line in range(25))
        self._folder.joinpath(f"{number}.md").write_text("".join(lines), "utf-8")

    def _git(self, *arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "gc.auto=0")
        subprocess.run(["git", "-C", str(self._folder), *who, *arguments], check=True)


def rivals(folder: Path, repeats: int) -> Figures:
    """Milliseconds of one write, no model asked, of the rivals that are installed here; none is a need."""
    told: Figures = {}
    for name, begun in (("mem0 (vectors in local qdrant, no model)", _mem0),):
        try:
            write = begun(folder)
        except ImportError:
            continue
        times: list[float] = []
        for number in range(repeats):
            began = time.perf_counter()
            write(f"Ana Becker {number} moved to Porto, and the zebra {number} is called Zorro.")
            times.append(1000 * (time.perf_counter() - began))
        told[name] = statistics.median(times)
    return told


def _mem0(folder: Path) -> Callable[[str], object]:
    """Its own way to store words as they are, with vectors that cost nothing to make."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(MEM0_TELEMETRY="False", MEM0_DIR=str(folder / "mem0"), OPENAI_API_KEY="none")  # noqa: TID251
    mem0: Any = importlib.import_module("mem0")
    config: dict[str, Any] = {
        "vector_store": {
            "provider": "qdrant",
            "config": {"path": str(folder / "qdrant"), "embedding_model_dims": 8, "on_disk": True},
        },
        "history_db_path": str(folder / "history.db"),
    }
    memory = mem0.Memory.from_config(config)

    def vector(*_: object, **__: object) -> list[float]:
        return [0.1] * 8

    def vectors(texts: list[str], *_: object, **__: object) -> list[list[float]]:
        return [vector() for _ in texts]

    def write(text: str) -> object:
        return memory.add(text, user_id="alex", infer=False)

    memory.embedding_model.embed, memory.embedding_model.embed_batch = vector, vectors
    return write


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.stdout.write(f"{rivals(Path(sys.argv[1]), 11)}\n")
