"""One git remote: what it holds, what is fetched of it, what is pushed to it."""

import contextlib
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BadInput, GitFailed, MirrorFailed
from .askpass import answering
from .git import git
from .lock import locked
from .remote_address import Address
from .remote_words import NO_REPOSITORY, in_our_words

_SECONDS = 120.0
_ALL_SECONDS = 3600.0
_LOCK_SECONDS = 60.0
_LOCK = "diffmem.lock"
_LISTED = re.compile(r"([0-9a-f]{40})\t(refs/\S+)")
_SETTINGS = (
    "credential.helper=",
    "http.followRedirects=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "core.sshCommand=ssh -o BatchMode=yes -o ConnectTimeout=20",
    "fetch.fsckObjects=true",
    "fetch.unpackLimit=1",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "submodule.recurse=false",
)
# What git runs at the other end where that is this machine: it may belong to somebody else, and its
# hooks are no business of ours.
_OTHER_END = (
    "git -c 'safe.directory=*' -c core.hooksPath=/dev/null -c core.fsync=all -c receive.autogc=false "
)
_QUIET = {
    "GIT_TRACE": "0",
    "GIT_TRACE_CURL": "0",
    "GIT_TRACE_PACKET": "0",
    "GIT_TRACE2": "0",
    "GIT_TRACE2_EVENT": "0",
    "GIT_TRACE2_PERF": "0",
}


@dataclass(frozen=True, slots=True)
class Lease:
    """A reference of the remote, the id it must have, and the one it gets; "" where there is none."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote repository and the token that opens it."""

    address: Address
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.token.isprintable() or " " in self.token:
            raise BadInput("the mirror's token cannot be used: it holds blanks or characters nobody can see")

    @property
    def repository(self) -> Path | None:
        """The remote repository itself, where it lies on this machine."""
        folder = self.address.folder
        if folder is None:
            return None
        return folder / ".git" if folder.joinpath(".git").is_dir() else folder

    def listed(self, repository: Path, *patterns: str) -> dict[str, str]:
        """The references of the remote that match, and what they point at.

        Raises:
            MirrorFailed: it does not answer.
        """
        told = self._run(
            repository, "ls-remote", "--refs", *self._end("upload"), "--", self.address.url, *patterns
        )
        return {found[2]: found[1] for found in map(_LISTED.fullmatch, told.splitlines()) if found}

    def fetched(self, into: Path, *refspecs: str, everything: bool = False) -> None:
        """Bring references of the remote, with all that leads to them, into a repository.

        Raises:
            MirrorFailed: it does not answer, a reference is not there, or what came is damaged.
        """
        options = ("--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--atomic", "--quiet")
        seconds = _ALL_SECONDS if everything else _SECONDS
        ends = self._end("upload")
        self._run(into, "fetch", *options, *ends, "--", self.address.url, *refspecs, seconds=seconds)

    def pushed(self, repository: Path, leases: Sequence[Lease]) -> None:
        """Move references of the remote, all or none, each only from where the lease says it is.

        Only for who has the remote `alone`.

        Whether the old id leads to the new one is the caller's to see to.

        Raises:
            MirrorFailed: it does not answer, it refused, or a reference is elsewhere.
        """
        options = ["--no-verify", "--quiet", *(["--atomic"] if len(leases) > 1 else [])]
        conditions = [f"--force-with-lease={lease.name}:{lease.old}" for lease in leases]
        moves = [f"{lease.new}:{lease.name}" for lease in leases]
        self._unlocked(leases)
        ends = self._end("receive")
        self._run(repository, "push", *options, *conditions, *ends, "--", self.address.url, *moves)

    @contextlib.contextmanager
    def alone(self) -> Generator[None]:
        """Be the only one who writes to a remote on this machine; of others, their host takes care."""
        if self.repository is None:
            yield
            return
        if not self.repository.joinpath("objects").is_dir():
            raise MirrorFailed("open", NO_REPOSITORY)
        try:
            with locked(self.repository / _LOCK, _LOCK_SECONDS):
                yield
        except OSError as failed:
            raise MirrorFailed("lock", failed.strerror or "no lock") from None

    def _unlocked(self, leases: Sequence[Lease]) -> None:
        # Whoever holds the lock is the only one here: other locks were left by the dead.
        if self.repository is not None:
            for lease in leases:
                self.repository.joinpath(f"{lease.name}.lock").unlink(missing_ok=True)

    def _end(self, service: str) -> list[str]:
        return [f"--{service}-pack={_OTHER_END}{service}-pack"] if self.address.folder else []

    def _run(self, repository: Path, verb: str, *arguments: str, seconds: float = _SECONDS) -> str:
        asks = self.address.transport in ("https", "http")
        with answering(self.token if asks else "") as environment:
            environment = {**_QUIET, **environment, "GIT_ALLOW_PROTOCOL": self.address.protocol}
            try:
                return git(
                    repository, verb, *arguments, seconds=seconds, settings=_SETTINGS, environment=environment
                )
            except GitFailed as failed:
                why = str(failed)
        # Outside the handler, so that what git printed is not kept as the cause.
        raise MirrorFailed(verb, in_our_words(self._without_secrets(why)))

    def _without_secrets(self, told: str) -> str:
        url = self.address.url
        host = "/".join(url.split("/", 3)[:3]) if "://" in url else ""
        for secret, name in ((self.token, "<token>"), (url, "<mirror>"), (host, "<mirror>")):
            told = told.replace(secret, name) if secret else told
        return told.partition(": ")[2] or told
