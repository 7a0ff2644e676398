"""What an attack runner plugs into: the sandbox, an arena in this product's own layout, the checks of names.

runner.py --target attack_target.py:run --arena-builder attack_target.py:build
runner.py --names attack_target.py:user_id --surface user_id      (and so on, one function a surface)
"""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path

import pygit2

from diffmem.agents.explore.explore import explore
from diffmem.ontologies import slug
from diffmem.storage import moment, names
from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.durability import Durability
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store

ALICE, BOB = "alice", "bob-kq7z"
SECRETS = "OUTSIDE HOME CONFIG HOOK BOBFILE BOBMSG BOBREFLOG BOBSTASH BOBBLOB ENV EXEC STDIN FORGOT".split()
_WHO = {
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t",
    "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t", "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
}  # fmt: skip
_START = 1_700_000_000


def run(command: str, worktree: str) -> str:
    """Carry out a command for the user whose folder this is, in either layout of the store."""
    return str(explore(snapshot_of(Path(worktree)), command))


def snapshot_of(folder: Path) -> Snapshot:
    """The newest state of the user of a folder: a worktree of a shared repository, or a view of one's own."""
    if (folder / ".git").exists():
        worktree = pygit2.Repository(str(folder))
        shared = pygit2.Repository(os.path.realpath(Path(worktree.path) / ".." / ".."))
        return Snapshot(shared, str(worktree.head.target))
    store = Store(folder.parent.parent / "storage", Durability.RELAXED)
    return store.branch(names.user_id(folder.name)).snapshot()


def canary(kind: str) -> str:
    """The text that must never be seen, one a secret."""
    return f"CANARY-{kind}-{hashlib.sha1(kind.encode()).hexdigest()[:10].upper()}"


def build(arena: Path, *, large: bool = True) -> dict[str, str]:
    """Two users in this product's layout, with a secret in every place that could leak; the placeholders."""
    shutil.rmtree(arena, ignore_errors=True)
    outside = arena / "outside"
    for folder in (outside / "bin", arena / "pwned", arena / "home", arena / "views" / ALICE):
        folder.mkdir(parents=True)
    payload = _traps(arena, outside)
    store = Store(arena / "storage", Durability.RELAXED)
    bob, alice = store.created(names.user_id(BOB)), store.created(names.user_id(ALICE))
    bobs = _bob(_Line(bob))
    alices = _alice(_Line(alice), payload, bobs["BOB_SHA"], outside, 1 if large else 100)
    for branch in (alice, bob):
        hook = branch.repository / "hooks" / "post-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n# Authorization: Bearer {canary('HOOK')}\nexit 0\n")
        remote = f"https://x:{canary('CONFIG')}@example.invalid/r.git"
        pygit2.Repository(str(branch.repository)).config["remote.origin.url"] = remote
    (outside / "list.txt").write_text(f"{bobs['BOB_SHA']}\n")
    placeholders = {
        "ARENA": arena, "OUT": outside / "secret.txt", "OUTSIDE": outside, "REL": "../../outside/secret.txt",
        "PAYLOAD": payload, "PIN": outside / "pin.txt", "OUTLIST": outside / "list.txt",
        "OUTNAME_REL": "notes.md",
        "MARK": arena / "pwned" / "mark", "MARKREDIR": f">{arena}/pwned/cat", "GITDIR": bob.repository,
        "BOBID": BOB, "BOB": f"user/{BOB}", "ALICE_SHA": alices, "WORKTREE": arena / "views" / ALICE,
        "PPID": "{PPID}", **bobs,
    }  # fmt: skip
    filled = {name: str(value) for name, value in placeholders.items()}
    (arena / "map.json").write_text(json.dumps(filled))
    return filled


def user_id(value: str) -> str:
    """The folder and branch of a user."""
    return names.key_of(names.user_id(value))


def session_id(value: str) -> str:
    """What a session's file is named by."""
    session = names.session_id(value)
    return f"{names.session_key(session)}_{slug.stem(session)}"


def session_date(value: str) -> str:
    """The day in a session's file name."""
    return moment.moment(value, UTC).date().isoformat()


def entity_name(value: str) -> str:
    """The stem of an entity's file; a clash gets a number."""
    stem = slug.free(slug.stem(value), _taken().__contains__)
    _taken().add(stem)
    return stem


def path_param(value: str) -> str:
    """A path that is there; whatever is not, is refused."""
    found = _small().snapshot()
    found.read(value)
    return value


def rev_param(value: str) -> str:
    """A commit that a moment means; whatever means none is refused."""
    return moment.as_of(_small(), value, UTC).commit


SURFACES: Mapping[str, Callable[[str], str]] = {
    "user_id": user_id,
    "session_id": session_id,
    "session_date": session_date,
    "entity_name": entity_name,
    "path_param": path_param,
    "rev_param": rev_param,
}


def validate(value: str, surface: str = "user_id") -> str:
    """What a name from outside becomes; it raises where it is refused."""
    return SURFACES[surface](value)


class _Line:
    """Commits onto a branch by git itself, so that links and modes of all kinds get in."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.count = 0
        self.tip = ""

    def git(self, *arguments: str, given: str = "") -> str:
        date = f"{_START + self.count * 1000} +0000"
        environment = {**_WHO, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        command = ["git", f"--git-dir={self.branch.repository}", *arguments]
        done = subprocess.run(
            command, env=environment, input=given, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, bytes | str | Path], message: str, *, amend: bool = False) -> str:
        """Write files on top of the tip, or in its place; a `Path` becomes a symbolic link."""
        parent = self.git("rev-parse", f"{self.tip}^") if amend else self.tip
        with tempfile.TemporaryDirectory() as folder:
            index = f"--work-tree={folder}"
            if self.tip:
                self.git(index, "read-tree", self.tip)
                self.git(index, "checkout-index", "--all", "--force")
            for name, content in files.items():
                _laid(Path(folder) / name, content)
            self.git(index, "add", "-A", "-f", ".")
            tree = self.git("write-tree")
        self.count += 1
        parents = ["-p", parent] if parent else []
        self.tip = self.git("commit-tree", tree, *parents, "-m", message)
        self.git("update-ref", self.branch.ref, self.tip)
        (self.branch.repository / "index").unlink(missing_ok=True)
        return self.tip


def _laid(path: Path, content: bytes | str | Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        path.symlink_to(content)
        return
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if path.parent.name == "bin":
        path.chmod(0o755)


def _traps(arena: Path, outside: Path) -> str:
    (outside / "secret.txt").write_text(f"{canary('OUTSIDE')}\n")
    (outside / "pin.txt").write_text("4711\n")
    (arena / "home" / ".netrc").write_text(f"{canary('HOME')}\n")
    mark = canary("EXEC").split("-")[2]
    script = (
        f'#!/bin/sh\nm=EXEC\necho "CANARY-$m-{mark}"\necho x > {arena}/pwned/exec-$$\n'
        "cat >/dev/null 2>&1 </dev/null\nexit 0\n"
    )
    for place in (outside / "payload.sh", outside / "bin" / "cat", outside / "bin" / "git"):
        _laid(place, script)
        place.chmod(0o755)
    return str(outside / "payload.sh")


def _bob(line: _Line) -> dict[str, str]:
    line.commit({"bob.md": f"# Bob\n{canary('BOBFILE')}\n"}, f"Session s1 | {canary('BOBMSG')}")
    second = f"# Bob\n{canary('BOBFILE')}\nline2 {canary('BOBREFLOG')}\n"
    forgotten = line.commit({"bob.md": second}, "Session s2 | bob")
    third = {"bob.md": f"# Bob\n{canary('BOBFILE')}\nline two\n"}
    tip = line.commit(third, f"Session s2 | {canary('BOBMSG')}", amend=True)
    stash = line.commit({"bob.md": f"# Bob\n{canary('BOBSTASH')}\n"}, "stash")
    line.git("update-ref", line.branch.ref, tip)
    line.git("update-ref", "refs/stash", stash)
    line.git("update-ref", "ORIG_HEAD", forgotten)
    dangling = line.git("hash-object", "-w", "--stdin", given=f"{canary('BOBBLOB')}\n")
    return {
        "BOB_SHA": tip, "BOB_SHA7": tip[:7], "BOB_SHA4": tip[:4], "BOB_STASH_SHA": stash,
        "BOB_DANGLING": dangling, "BOB_BLOB": line.git("rev-parse", f"{tip}:bob.md"),
        "BOB_TREE": line.git("rev-parse", f"{tip}^{{tree}}"),
    }  # fmt: skip


def _alice(line: _Line, payload: str, bobs: str, outside: Path, smaller: int) -> str:
    notes = "hello world\nsecond line\nthird a|b line\nit's four\nfive\nsix\nhello again\n"
    script = Path(payload).read_bytes()
    line.commit({}, "init alice")
    line.commit(
        {
            "alice.md": "# Alice\n\n[ALWAYS_LOAD]\nlikes coffee\n[/ALWAYS_LOAD]\n"
            + "".join(f"line {number}\n" for number in range(60)),
            "index.md": "ann: memories/people/ann.md\nnotes: notes.md\n",
            "notes.md": notes,
            "memories/people/ann.md": "# Ann\nlikes coffee\nand tea\n",
            "timeline/2026-11.md": "- 2026-11-01 coffee with Ann\n",
            "pins.md": "".join(f"{number}\n" for number in range(4690, 4731)),
            "redos.md": "a" * 60 + "!\n" + ("a" * 2000 + "\n") * 5,
            "big.md": "".join(
                f"{number * 7919 % 1000003:07d} filler filler filler filler\n"
                for number in range(60000 // smaller)
            ),
            "oneline.md": "z" * (2_000_000 // smaller),
            "binary.bin": bytes(range(256)) * 200,
            "ansi.md": "\x1b]0;pwned\x07\x1b[2J\n",
            "evil.sed": f"1e {payload}\n",
            "evil.awk": f'BEGIN{{system("{payload}")}}\n',
            "evil.sh": f"{payload}\n",
            "ids.md": f"{bobs}\n",
            "link.md": Path("../../outside/secret.txt"),
            "abs": outside,
            "updir": Path(".."),
            "bin/cat": script,
            "bin/git": script,
            ".gitattributes": "*.md diff=evil\n",
            "trap/HEAD": "ref: refs/heads/main\n",
            "trap/config": f"[core]\n\tbare = false\n\tworktree = ..\n\tfsmonitor = {payload}\n",
            "trap/objects/info/x": "",
            "trap/refs/heads/x": "",
        },
        "Session a1 | alice",
    )
    line.commit({"notes.md": f"{notes}{canary('FORGOT')}\n"}, "Session a2 | notes")
    return line.commit({"notes.md": f"{notes}coffee eight\n"}, "Session a2 | notes", amend=True)


@functools.cache
def _taken() -> set[str]:
    return set()


@functools.cache
def _small() -> Branch:
    store = Store(Path(tempfile.mkdtemp(prefix="names-")), Durability.RELAXED)
    branch = store.created(names.user_id(ALICE))
    with branch.writing() as writer:
        writer.commit(ChangeSet("a change", Stage.EDIT, Actor.PERSON, {"alice.md": "# Alice\n"}))
    return branch
