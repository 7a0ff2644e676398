"""Short words for tests of several machines that share one mirror."""

import base64
import contextlib
import subprocess
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pygit2
from redactions import CANARY, Lines

from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.erase import Erasure, erase
from diffmem.storage.mirror import Mirror
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

TODAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Machine:
    """A home, its one user, and the mirror as it is reached from there."""

    store: Store
    mirror: Mirror

    @property
    def branch(self) -> Branch:
        """The user's branch."""
        return self.store.created(user_id("alex"))

    def files(self) -> dict[str, str]:
        """Every file of the newest commit."""
        snapshot = self.branch.snapshot()
        return {path: snapshot.read(path) for path, _ in snapshot.files()}

    def erase(self, sought: Sequence[str] = (CANARY,), redaction: Lines | None = None) -> Erasure:
        """Erase here only."""
        with self.branch.writing() as writer:
            return erase(writer, redaction or Lines(), [one.encode() for one in sought], today=TODAY)


def bare(folder: Path) -> Path:
    """A new mirror on this machine."""
    pygit2.init_repository(str(folder), bare=True)
    return folder


def machine(folder: Path, remote: Path | str) -> Machine:
    """A machine whose home is a folder."""
    return Machine(Store(folder), Mirror(str(remote)))


def take_in(branch: Branch, session: str, path: str, text: str) -> str:
    """Commit the words of a session."""
    trailers = {"Session-Id": session}
    changes = ChangeSet(
        f"remember: {session}", Stage.INTAKE, Actor.USER, {path: text}, trailers=trailers, waiting=1
    )
    with branch.writing() as writer:
        return writer.commit(changes)


def digest(branch: Branch, session: str, path: str, text: str) -> str:
    """Commit what a session means."""
    trailers = {"Session-Id": session}
    changes = ChangeSet(
        f"digest: {session}", Stage.DIGEST, Actor.WRITER, {path: text}, trailers=trailers, waiting=-1
    )
    with branch.writing() as writer:
        return writer.commit(changes)


def tip_of(remote: Path, key: str = "alex") -> str:
    """The newest commit a mirror has of a user, "" if none."""
    found = pygit2.Repository(str(remote)).references.get(f"refs/heads/user/{key}")
    return str(found.target) if found else ""


def is_sound(repository: Path) -> bool:
    """Whether git finds nothing wrong with a repository."""
    told = subprocess.run(
        ["git", "-c", "safe.directory=*", "fsck", "--strict", "--full"],
        cwd=repository, capture_output=True, check=False,
    )  # fmt: skip
    return told.returncode == 0


def holds_anywhere(folder: Path, word: str) -> bool:
    """Whether a word stands in any file below a folder, or in any object of any repository there."""
    for file in (path for path in folder.rglob("*") if path.is_file()):
        if word.encode() in file.read_bytes():
            return True
    for head in folder.rglob("HEAD"):
        if head.parent.joinpath("objects").is_dir():
            handle = pygit2.Repository(str(head.parent))
            if any(word.encode() in handle.odb.read(one)[1] for one in handle.odb):
                return True
    return False


@contextlib.contextmanager
def served(remote: Path, token: str = "", elsewhere: str = "") -> Generator[str]:
    """A mirror over HTTP on loopback, as git's own server has it; answers its address.

    With a token it opens to nothing else; with `elsewhere` every request is sent there.
    """

    class Handler(_Git):
        root = remote.parent
        expected = token
        moved = elsewhere

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        git_config = pygit2.Repository(str(remote)).config
        git_config["http.receivepack"] = True
        yield f"http://127.0.0.1:{server.server_port}/{remote.name}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Git(BaseHTTPRequestHandler):
    """One request, handed to `git http-backend`."""

    root: Path
    expected: str
    moved: str

    def do_GET(self) -> None:
        """Answer what git asks."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer what git sends."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            self._answer(b"".join(iter(self._chunk, b"")))
        else:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def _chunk(self) -> bytes:
        chunk = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return chunk

    def _answer(self, body: bytes) -> None:
        told = self.headers.get("Authorization", "").removeprefix("Basic ")
        if self.moved:
            self.send_response(302)
            self.send_header("Location", self.moved)
            self.end_headers()
        elif self.expected and base64.b64decode(told) != f"x-access-token:{self.expected}".encode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
        else:
            self._git(body)

    def _git(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": "/usr/bin:/bin",
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "x",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
