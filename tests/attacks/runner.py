"""Runs the corpora against a sandbox, on this machine only.

    runner.py --target FILE.py:run --arena-builder FILE.py:build [--only ID,ID] [--verbose]
    runner.py --http http://127.0.0.1:8000/memory/alice/run-command --arena DIR --no-build
    runner.py --names FILE.py:user_id --surface user_id

The target is `run(command, worktree) -> str`; the builder is `build(arena) -> placeholders`.
"""

import argparse
import importlib.util
import json
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from attacks import judge
from attacks.judge import Outcome

HERE = Path(__file__).parent
LIMIT_SECONDS = 25.0
_WARM_UP = "true"


def corpus(name: str, surface: str) -> list[dict[str, Any]]:
    """The lines of a corpus for one surface that are to be run."""
    rows = [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]
    return [row for row in rows if row["surface"] == surface and row.get("run") is not False]


def loaded(spec: str) -> Callable[..., Any]:
    """The function that `FILE.py:name` or `module:name` means."""
    module, _, name = spec.rpartition(":")
    if not module.endswith(".py"):
        return getattr(importlib.import_module(module), name)
    found = importlib.util.spec_from_file_location(f"target_{Path(module).stem}", module)
    assert found is not None
    assert found.loader is not None
    made = importlib.util.module_from_spec(found)
    sys.modules[found.name] = made
    found.loader.exec_module(made)
    return getattr(made, name)


class Worker:
    """A process that runs commands of the target; a new one after a crash or a hang.

    Its environment, its standard input and its home hold canaries.
    """

    def __init__(
        self, target: Callable[[str, str], str], placeholders: Mapping[str, str], canaries: Mapping[str, str]
    ):
        self._target = target
        self._placeholders = placeholders
        self._canaries = canaries
        self._process: BaseProcess | None = None
        self._line: Connection | None = None
        self._own: set[int] = set()

    def run(self, command: str) -> Outcome:
        """Run one command."""
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._line is not None
        assert self._process is not None
        start = time.monotonic()
        self._line.send(command.replace("{PPID}", str(self._process.pid)))
        try:
            answered = self._line.poll(LIMIT_SECONDS)
            status, output, seconds, megabytes, size = (
                self._line.recv() if answered else ("hang", "", 0.0, 0, 0)
            )
        except EOFError:
            status, output, seconds, megabytes, size = "crash", "the process died", 0.0, 0, 0
        outcome = Outcome(status, output, seconds or time.monotonic() - start, megabytes, size, self._left())
        if status != "ok":
            self.close()
        return outcome

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None

    def _start(self) -> None:
        fork = multiprocessing.get_context("fork")
        ours, theirs = fork.Pipe()
        arguments = (self._target, self._placeholders, self._canaries, theirs)
        process = fork.Process(target=_work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        # What the target starts once and keeps, it starts now.
        ours.send(_WARM_UP)
        ours.recv()
        self._line, self._process = cast("Connection", ours), process
        self._own = set(_below(process.pid or 0))

    def _left(self) -> list[int]:
        left: set[int] = set()
        for _ in range(20):
            left = set(_below(self._process.pid or 0)) - self._own if self._process else set()
            if not left:
                break
            time.sleep(0.02)
        return sorted(left)


def _work(
    target: Callable[[str, str], str],
    placeholders: Mapping[str, str],
    canaries: Mapping[str, str],
    line: Connection,
) -> None:
    os.setsid()
    os.environ.update(  # noqa: TID251  # the canary a target must not show
        CANARY_ENV_KEY=canaries["ENV"], HOME=f"{placeholders['ARENA']}/home"
    )
    reader, writer = os.pipe()
    os.write(writer, canaries["STDIN"].encode() + b"\n")
    os.dup2(reader, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        command = line.recv()
        before = _used()
        start = time.monotonic()
        try:
            status, output = "ok", target(command, placeholders["WORKTREE"])
        except Exception as failed:  # noqa: BLE001  # whatever a target raises is a finding
            status, output = "crash", f"{type(failed).__name__}: {failed}"
        seconds = time.monotonic() - start
        line.send((status, output[:4_000_000], seconds, (_used() - before) // 1024, len(output)))


def _used() -> int:
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _below(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            told = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            if told[0] != "Z":
                parents[int(entry.name)] = int(told[1])
    found, waiting = list[int](), [root]
    while waiting:
        parent = waiting.pop()
        children = [child for child, above in parents.items() if above == parent]
        found += children
        waiting += children
    return found


@dataclass(frozen=True)
class Finding:
    """One line of a corpus that did not go as it should."""

    identity: str
    command: str
    what: str
    output: str

    def __str__(self) -> str:
        return f"{self.identity} {self.what}: {self.command[:100]!r} -> {self.output[:200]!r}"


def attacked(
    ask: Callable[[str], Outcome],
    attacks: Iterable[Mapping[str, Any]],
    placeholders: Mapping[str, str],
    canaries: Mapping[str, str],
) -> list[Finding]:
    """The attacks that got anywhere."""
    arena = Path(placeholders["ARENA"])
    before = judge.files_of(arena)
    found: list[Finding] = []
    for attack in attacks:
        command = judge.filled(attack["input"], placeholders)
        outcome = ask(command)
        after = judge.files_of(arena)
        reached = judge.hits(attack, outcome, placeholders, canaries, judge.differences(before, after))
        before = after
        if reached:
            found.append(Finding(attack["id"], command, ", ".join(sorted(reached)), outcome.output))
    return found


def benign(
    ask: Callable[[str], Outcome], commands: Iterable[Mapping[str, Any]], placeholders: Mapping[str, str]
) -> list[Finding]:
    """The harmless commands that do not work."""
    found: list[Finding] = []
    for one in commands:
        command = judge.filled(one["input"], placeholders)
        outcome = ask(command)
        if not judge.works(outcome):
            found.append(Finding(one["id"], command, "does not work", outcome.output))
    return found


def named(check: Callable[[str], str], values: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """The names that are accepted and must not be, or that two of them share."""
    found: list[Finding] = []
    seen: dict[str, str] = {}
    for value in values:
        try:
            name = check(value["input"])
        except Exception:  # noqa: BLE001  # refused, in whatever way
            continue
        why = judge.unsafe(name) or (f"the same as {seen[name]}" if name in seen else "")
        seen.setdefault(name, value["id"])
        if why:
            found.append(Finding(value["id"], value["input"], why, name))
    return found


def over_http(url: str, headers: Mapping[str, str]) -> Callable[[str], Outcome]:
    """A way to ask a server on this machine."""
    if urllib.parse.urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        sys.exit("only servers on this machine")

    def ask(command: str) -> Outcome:
        start = time.monotonic()
        body = json.dumps({"command": command}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as answer:
                status, output = "ok", answer.read(8_000_000).decode("utf-8", "replace")
            with suppress(ValueError, TypeError):
                told: Any = json.loads(output)
                output = str(told["output"]) if "output" in told else output
        except urllib.error.HTTPError as refused:
            status, output = (
                "ok" if refused.code < 500 else "crash",
                refused.read(100_000).decode("utf-8", "replace"),
            )
        except OSError as failed:
            status, output = "hang", repr(failed)
        return Outcome(status, output, time.monotonic() - start, size=len(output))

    return ask


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> None:
    """Run what the command line asks and tell what was found."""
    asked = _arguments()
    if asked.names:
        _tell(named(loaded(asked.names), corpus("attacks.jsonl", asked.surface)), asked.surface)
    attack_target = loaded(asked.arena_builder)
    arena = Path(asked.arena or tempfile.mkdtemp(prefix="arena-")).resolve()
    placeholders = json.loads((arena / "map.json").read_text()) if asked.no_build else attack_target(arena)
    if asked.build_only:
        _say(json.dumps(placeholders, indent=1))
        return
    canaries = {kind: loaded(asked.canary)(kind) for kind in judge.KINDS}
    headers = dict(header.split(": ", 1) for header in asked.header)
    worker = None if asked.http else Worker(loaded(asked.target), placeholders, canaries)
    ask = over_http(asked.http, headers) if worker is None else worker.run
    attacks = [one for one in corpus("attacks.jsonl", "command") if not asked.only or one["id"] in asked.only]
    found = attacked(ask, attacks, placeholders, canaries)
    harmless = corpus("benign.jsonl", "benign") if not asked.only else []
    broken = benign(ask, harmless, placeholders)
    categories = Counter(re.sub(r"-\d+$", "", one.identity) for one in found)
    _say(f"{len(attacks)} attacks, {len(found)} succeed {dict(categories) or ''}")
    _say(f"{len(harmless) - len(broken)}/{len(harmless)} harmless commands work")
    if worker is not None:
        worker.close()
    _tell(found + broken, "command")


def _tell(found: list[Finding], surface: str) -> None:
    for one in found:
        _say(one)
    _say(f"{surface}: {len(found)} findings")
    sys.exit(1 if found else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = str(HERE.parent / "attack_target.py")
    parser.add_argument("--target", default=f"{here}:run")
    parser.add_argument("--arena-builder", default=f"{here}:build")
    parser.add_argument("--canary", default=f"{here}:canary")
    parser.add_argument("--http", default="")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--names", default="")
    parser.add_argument("--surface", default="user_id")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    parser.add_argument("--arena", default="")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--build-only", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    main()
