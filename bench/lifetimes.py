"""Memories as they are after years, made fast: the product's own files and commits, written as one stream."""

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from diffmem.ontologies import session, slug
from diffmem.ontologies.index import IndexLine, page, shard_path
from diffmem.ontologies.timeline import Entry, with_entry
from diffmem.storage import message, packs
from diffmem.storage.names import SessionId, session_key
from diffmem.storage.store import Store

_BEGAN = date(2016, 1, 1)
_DAYS = 3650
_LONGEST = 300
_SHOWN = 500
_PACKED = 500
_CLOSE = 60
_TYPES = (("people", "person", 5), ("contexts", "context", 2), ("events", "event", 3))
_FIRST = (
    "Ana Bruno Carla Dario Elena Felix Greta Hugo Irene Jonas Klara Luis Marta Nuno Olga Pavel Rosa".split()
)
_LAST = "Becker Costa Dahl Evans Faro Grimm Hansen Ito Jansen Keller Lund Moreau Novak Orsini Petit".split()
_DID = (
    "moved to {place} and likes it there; bought a {thing} from a shop in {place}; plays chess on {day}s; "
    "started a new job in {place}; is allergic to {thing}s; met an old friend in {place} last {day}; "
    "sold the {thing} and wants another one; runs along the river in {place} every {day}"
).split("; ")
_PLACES = "Porto Berlin Lyon Turin Graz Bergen Cadiz Ghent Lund Split York Leeds Basel Ulm Bari".split()
_THINGS = "bicycle cello camera lamp kettle carpet violin boat tent mirror drill piano walnut radio".split()
_SMALL_TALK = (
    "and but so then maybe really quite nice good idea think know want need tell sure right fine later today "
    "tomorrow often never always still just about with from into over after before because while though "
    "question answer story weather morning evening weekend plan time way thing people help look find keep "
    "remember forget wonder hope guess mean sound feel seem start finish change wait ask try again soon"
).split()
_WEEK = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


@dataclass(frozen=True, slots=True)
class Size:
    """How much somebody has told, and how often their files were changed."""

    sessions: int
    entities: int
    commits: int


@dataclass(slots=True)
class _Entity:
    path: str
    name: str
    type: str
    lines: list[str] = field(default_factory=list[str])
    edits: int = 0


class Life:
    """One memory, session by session; the same seed makes the same one."""

    def __init__(self, size: Size, seed: int = 7) -> None:
        self._size = size
        self._dice = random.Random(seed)
        self._entities: list[_Entity] = []
        self._shards: dict[str, dict[str, str]] = {}
        self._shown: dict[str, IndexLine] = {}
        self._counts: dict[str, int] = {}
        self._timeline: dict[str, str] = {}

    def commits(self) -> Iterator[tuple[str, str, date, dict[str, str]]]:
        """Subject, stage, day and files of each commit after the first."""
        edits = max(0, self._size.commits - 2 * self._size.sessions) / self._size.sessions
        owed = 0.0
        for number in range(self._size.sessions):
            day = _BEGAN + timedelta(days=number * _DAYS // self._size.sessions)
            identity = f"s{number}"
            about = self._company(number)
            told = [(one, self._said()) for one in about]
            text = "".join(f"user: {one.name} {said}.\n{self._chat()}" for one, said in told)
            file = session.new(
                SessionId(identity), text, date=f"{day}T09:00:00+00:00", received=f"{day}T10:00:00+00:00"
            )
            key = session_key(SessionId(identity))
            path = session.path_for(identity, key, file.date)
            yield f"remember: {identity}", "intake", day, {path: file.render()}
            yield (
                f"digest: {identity} ({len(about)} files)",
                "digest",
                day,
                self._filed(told, key, identity, day),
            )
            owed += edits
            while owed >= 1:
                owed -= 1
                one = self._dice.choice(about)
                one.lines.append(f"- {day} | A person notes that {one.name} {self._said()}.")
                yield f"a person's edit of {one.path}", "edit", day, {one.path: _rendered(one)}

    def _company(self, number: int) -> list[_Entity]:
        """Whom a session is about: somebody new as long as there are, the close ones, and anybody."""
        wanted = self._size.entities * (number + 1) // self._size.sessions
        new = [self._met() for _ in range(wanted - len(self._entities))]
        old = self._entities[: -len(new) or None]
        few = [self._dice.choice(old[:_CLOSE])] if old else []
        some = [self._dice.choice(old) for _ in range(2)] if old else []
        return list({one.path: one for one in [*new[:6], *few, *some]}.values())

    def _met(self) -> _Entity:
        folder, kind, _ = self._dice.choices(_TYPES, [weight for *_, weight in _TYPES])[0]
        number = len(self._entities)
        name = f"{self._dice.choice(_FIRST)} {self._dice.choice(_LAST)} {number}"
        one = _Entity(f"memories/{folder}/{slug.stem(name)}.md", name, kind)
        self._entities.append(one)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return one

    def _chat(self) -> str:
        """Two turns that nothing is filed of."""
        words = (" ".join(self._dice.choices(_SMALL_TALK, k=14)) for _ in range(2))
        return "".join(f"{who}: {said}.\n" for who, said in zip(("assistant", "user"), words, strict=True))

    def _said(self) -> str:
        pick = self._dice.choice
        return pick(_DID).format(place=pick(_PLACES), thing=pick(_THINGS), day=pick(_WEEK))

    def _filed(self, told: list[tuple[_Entity, str]], key: str, identity: str, day: date) -> dict[str, str]:
        write: dict[str, str] = {}
        for turn, (one, said) in enumerate(told, 1):
            one.edits += 1
            # What grows too long is parted by `consolidate`; here it just goes on elsewhere.
            del one.lines[: max(0, len(one.lines) - _LONGEST)]
            one.lines.append(f"- {day} | {one.name} {said}. ^{key}-{turn}")
            write[one.path] = _rendered(one)
            self._list(one, day, write)
        write["index.md"] = page(self._shown.values(), self._counts)
        month = f"timeline/{day:%Y-%m}.md"
        entry = Entry(str(day), identity, event=" · ".join(f"{one.name} {said}" for one, said in told))
        self._timeline = {month: with_entry(self._timeline.get(month, ""), entry)}
        return write | self._timeline

    def _list(self, one: _Entity, day: date, write: dict[str, str]) -> None:
        line = IndexLine(one.path, one.name, one.type, edits=one.edits, last=str(day))
        shard = shard_path(one.path.rpartition("/")[0], one.name)
        lines = self._shards.setdefault(shard, {})
        lines[one.path] = f"{line.render()}\n"
        write[shard] = "".join(lines[path] for path in sorted(lines))
        self._shown.pop(one.path, None)
        self._shown[one.path] = line
        if len(self._shown) > _SHOWN:
            del self._shown[next(iter(self._shown))]


def _rendered(one: _Entity) -> str:
    head = f"---\ntype: {one.type}\nname: {one.name}\n---\n\n# {one.name}\n\n"
    return "\n".join([f"{head}### Mentioned by others", *one.lines, "/END Mentioned by others", ""])


def lived(store: Store, user: str, size: Size) -> None:
    """Write such a memory for a user who has begun one; its commits follow on what is there."""
    from diffmem.storage.names import user_id

    branch = store.branch(user_id(user))
    command = ["git", "-c", "fastimport.unpackLimit=0", "-c", "pack.compression=1", "-c", "core.fsync=none"]
    feed = [*command, f"--git-dir={branch.repository}", "fast-import", "--quiet", "--date-format=raw"]
    with subprocess.Popen(feed, stdin=subprocess.PIPE) as importing:
        assert importing.stdin is not None
        before = branch.tip() or ""
        for number, (subject, stage, day, files) in enumerate(Life(size).commits(), 1):
            importing.stdin.write(_commit(branch.ref, before, subject, stage, day, files))
            before = ""
            if number % _PACKED == 0:
                importing.stdin.write(b"checkpoint\n")
        importing.stdin.close()
        if importing.wait():
            raise SystemExit("git fast-import failed")
    for pack in packs.packs(branch.repository):
        _packed_well(branch.repository, pack)


def _packed_well(repository: Path, pack: packs.Pack) -> None:
    """As care packs what was written since it last came; a stream is packed worse."""
    command = ["git", f"--git-dir={repository}", "-c", "pack.threads=1", "-c", "pack.windowMemory=64m"]
    options = ["pack-objects", "--stdin-packs", "--no-reuse-delta", "--delta-base-offset", "--quiet"]
    place = str(repository / "objects" / "pack" / "pack")
    told = f"{pack.name}\n".encode()
    done = subprocess.run([*command, *options, place], input=told, check=True, stdout=subprocess.PIPE)
    packs.replaced([pack], done.stdout.decode().split())


def _commit(ref: str, parent: str, subject: str, stage: str, day: date, files: dict[str, str]) -> bytes:
    when = (day - date(1970, 1, 1)).days * 86_400 + 36_000
    kind, _, rest = subject.partition(": ")
    trailers = {"Stage": stage, "Actor": {"intake": "user", "digest": "writer"}.get(stage, "person")}
    if kind in ("remember", "digest"):
        trailers |= {"Session-Id": rest.split(" ")[0], "Session-Date": f"{day}T09:00:00+00:00"}
    if stage == "intake":
        trailers["Pending"] = "1"
    text = message.render(subject, trailers).encode()
    head = f"commit {ref}\nauthor {trailers['Actor']} <memory@diffmem> {when} +0000\n"
    parts = [
        head.encode(),
        f"committer diffmem <memory@diffmem> {when} +0000\ndata {len(text)}\n".encode(),
        text,
        b"\n",
    ]
    if parent:
        parts.append(f"from {parent}\n".encode())
    for path, content in files.items():
        raw = content.encode()
        parts += [f"M 100644 inline {path}\ndata {len(raw)}\n".encode(), raw, b"\n"]
    return b"".join(parts)


def copied(template: Path, home: Path, users: int) -> None:
    """Fill a home with the repositories of many users, each like the template's only one."""
    import shutil

    (one,) = template.glob("users/*.git")
    packed = one.joinpath("packed-refs").read_text("utf-8")
    home.joinpath("users").mkdir(parents=True)
    for number in range(users):
        repository = home / "users" / f"user{number}.git"
        shutil.copytree(one, repository)
        repository.joinpath("packed-refs").write_text(
            packed.replace(f"user/{one.stem}", f"user/user{number}"), "utf-8"
        )
        repository.joinpath("HEAD").write_text(f"ref: refs/heads/user/user{number}\n", "utf-8")
