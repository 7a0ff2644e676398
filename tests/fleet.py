"""Real servers, clients that note whatever they were told, and a hand that kills at random."""

import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

KEY = "a-key-for-everything"
START_SECONDS = 120
_ANSWER_SECONDS = 120
_SETTLE_SECONDS = 120
_MANY = "1000000"


class Server:
    """One process of `diffmem serve`, from its start to its end."""

    def __init__(self, home: Path, **environment: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}  # noqa: TID251
        given = {
            "DIFFMEM_HOME": str(home),
            "DIFFMEM_API_KEY": KEY,
            "DIFFMEM_READS_PER_MINUTE": _MANY,
            "DIFFMEM_WRITES_PER_MINUTE": _MANY,
            "PYTHONFAULTHANDLER": "1",
        }
        home.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "diffmem.server.cli", "serve", "--port", "0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env=kept | given | environment, cwd=home,
            start_new_session=True,
        )  # fmt: skip
        self.told: list[str] = []
        self.port = 0
        self.killed = False
        self._known = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._known.wait(START_SECONDS)
        assert self.port, "".join(self.told)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def over(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def kill(self, *, whole: bool = False) -> None:
        """End it without a word; `whole` with every program that it started."""
        self.killed = True
        with suppress(ProcessLookupError):
            (os.killpg if whole else os.kill)(self._process.pid, signal.SIGKILL)
        self.ended()

    def terminate(self) -> None:
        """Tell it to stop."""
        self.killed = True
        self._process.terminate()

    def ended(self, seconds: float = 60) -> int:
        """Wait for its end; the exit code."""
        code = self._process.wait(seconds)
        # A program that it started may outlive it, and keep its pipe open.
        self._reader.join(5)
        return code

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self.told.append(line)
                found = re.search(r"//127\.0\.0\.1:(\d+)/mcp", line)
                if found:
                    self.port = int(found[1])
                    self._known.set()
        self._known.set()


@dataclass(frozen=True, slots=True)
class Said:
    """A session that was sent, and acknowledged if it has a commit; times are of one clock."""

    user: str
    session: str
    sent: float
    acknowledged: float = float("inf")
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A commit that a reader was shown; `newest` if it was the tip then."""

    user: str
    commit: str
    sent: float
    newest: bool


@dataclass
class Ledger:
    """All that clients said and saw, and what should not have come to pass."""

    said: list[Said] = field(default_factory=list[Said])
    seen: list[Seen] = field(default_factory=list[Seen])
    faults: list[str] = field(default_factory=list[str])

    @property
    def acknowledged(self) -> list[Said]:
        """What was acknowledged, in that order."""
        return sorted((one for one in self.said if one.commit), key=lambda one: one.acknowledged)


class Fleet:
    """Servers that go on being replaced, and clients that ask any of them."""

    def __init__(self, starts: Iterable[Callable[[], Server]]) -> None:
        self._starts = list(starts)
        self.ledger = Ledger()
        self.over = threading.Event()
        self.kills = 0
        self.servers: list[Server] = []
        try:
            self.servers += (start() for start in self._starts)
        except AssertionError:
            self.close()
            raise

    def kill_one(self, chance: random.Random) -> None:
        """Kill a server at random, and start another in its place."""
        place = chance.choice([place for place, one in enumerate(self.servers) if not one.killed])
        self.servers[place].kill(whole=chance.random() < 0.5)
        self.kills += 1
        self.servers[place] = self._starts[place]()

    def kill_each(self, seconds: float, chance: random.Random) -> None:
        """Go on killing one at a time, whether or not the last one is replaced yet, but never the last."""
        with ThreadPoolExecutor(len(self.servers)) as pool:
            hands: list[Future[None]] = []
            while not self.over.wait(seconds):
                if sum(not one.killed for one in self.servers) > 1:
                    hands.append(pool.submit(self.kill_one, chance))
        for hand in hands:
            hand.result()

    def asked(self, server: Server, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The answer of a server; {} if it was killed meanwhile, or refused, which is noted."""
        try:
            status, told = sent(server.port, method, path, body)
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as failed:
            if not server.killed:
                self._fault(f"{method} {path}: {failed!r} of a server that lives")
            return {}
        if status not in {200, 202}:
            self._fault(f"{method} {path}: {status} {told} {''.join(server.told[-40:])}")
            return {}
        return told

    def write(self, user: str, name: str, servers: Callable[[], Server], chance: random.Random) -> None:
        """Say one session after the other until it is over; each is sent again until it is acknowledged."""
        number = 0
        while not self.over.is_set():
            number += 1
            session = f"{name}-{number}"
            body = {
                "content": f"user: I met Person{chance.randrange(9)} at place{number} of {name}.",
                "session_id": session,
                "session_date": f"2024-01-{1 + number % 28:02}",
                "wait": chance.random() < 0.5,
            }
            self.ledger.said.append(self._said(user, session, body, servers, again=chance.random() < 0.2))

    def read(self, user: str, servers: Callable[[], Server], chance: random.Random) -> None:
        """Read in every way until it is over."""
        at = f"/memory/{quote(user, safe='')}"
        while not self.over.is_set():
            began = time.monotonic()
            way = chance.randrange(4)
            if way == 0:
                query = {"query": f"Whom did I meet at place{chance.randrange(30)}?"}
                told = self.asked(servers(), "POST", f"{at}/recall", query)
            elif way == 1:
                told = self.asked(servers(), "GET", f"{at}/files/index.md")
            elif way == 2:
                told = self.asked(servers(), "GET", f"{at}/files")
            else:
                told = self.asked(servers(), "GET", f"{at}/history?limit=20")
                entries = [str(entry["commit"]) for entry in told.get("entries", ())]
                self.ledger.seen += [Seen(user, commit, began, newest=False) for commit in entries]
            if commit := told.get("commit"):
                self.ledger.seen.append(Seen(user, str(commit), began, newest=True))

    def run(self, seconds: float, works: Iterable[Callable[[], object]]) -> None:
        """Do all of it at once for a time, and wait for the end of each."""
        threads = [threading.Thread(target=self._noted, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        self.over.wait(seconds)
        self.over.set()
        for thread in threads:
            thread.join()

    def settle(self, users: Iterable[str], meanwhile: Callable[[], object] | None = None) -> None:
        """Wait until nothing waits for its digest at any server any more."""
        waiting = {(server, user) for server in self.servers for user in users}
        until = time.monotonic() + _SETTLE_SECONDS
        while waiting and not self.ledger.faults and time.monotonic() < until:
            for server, user in list(waiting):
                told = self.asked(server, "GET", f"/memory/{quote(user, safe='')}/status")
                if told and not told["repository"]["pending"]:
                    waiting.discard((server, user))
            if waiting and meanwhile:
                meanwhile()
            threading.Event().wait(0.1)
        if waiting:
            self.ledger.faults.append(f"sessions of {sorted({user for _, user in waiting})} were never filed")

    def stop(self) -> list[int]:
        """Tell every server to stop; their exit codes."""
        for server in self.servers:
            server.terminate()
        return [server.ended() for server in self.servers]

    def close(self) -> None:
        """End whatever still runs."""
        self.over.set()
        for server in self.servers:
            server.kill(whole=True)

    def _said(
        self, user: str, session: str, body: Any, servers: Callable[[], Server], *, again: bool
    ) -> Said:
        began = time.monotonic()
        commit = ""
        while not self.over.is_set() or not commit:
            told = self.asked(servers(), "POST", f"/memory/{quote(user, safe='')}/remember", body)
            commit = str(told.get("commit", ""))
            if commit and not again:
                return Said(user, session, began, time.monotonic(), commit)
            if not commit and self.over.wait(0.02):
                break
            again = False
        return Said(user, session, began, time.monotonic() if commit else float("inf"), commit)

    def _fault(self, what: str) -> None:
        """Note what is wrong, and go no further."""
        self.ledger.faults.append(what)
        self.over.set()

    def _noted(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as failed:  # noqa: BLE001
            self._fault(f"a client failed: {failed!r}")


def sent(port: int, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Ask a server once; the status and the answer.

    Raises:
        OSError, http.client.HTTPException: there was no whole answer.
    """
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    try:
        data = None if body is None else json.dumps(body).encode()
        head = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        line.request(method, path, data, head)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    finally:
        line.close()
