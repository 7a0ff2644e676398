"""A history written anew without what must go: commits, tags and where each reference then points."""

import codecs
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import pygit2

from . import message
from .history import Commit
from .journal import Move
from .redaction import Redaction, Sieve, holds

_KIND = pygit2.enums.ObjectType
_ERASED = b"erased <erased@diffmem>"
# Signatures vouch for words that are gone, and a merged tag would bring its own text along.
_VOID = frozenset({b"gpgsig", b"gpgsig-sha256", b"mergetag"})
_SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
_KEPT_TRAILERS = ("Stage", "Actor", "Pending")
_IDENT = re.compile(rb".*>")

_Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Words:
    """What is sought in every byte, and the subject of a commit that may keep nothing of its own."""

    sought: tuple[bytes, ...]
    subject: str


class Rewriter:
    """Writes the new commits of a repository; the old ones and all references stay as they are.

    `commits` tells what became of each commit that changed: its new id, or "" if it was left out.
    """

    def __init__(self, handle: pygit2.Repository, redaction: Redaction, words: Words) -> None:
        self._handle = handle
        self._redaction = redaction
        self._words = words
        self._sieve = Sieve(handle, redaction, words.sought)
        self._landed: dict[str, str] = {}
        self._trees: dict[str, str] = {}
        self.commits: dict[str, str] = {}

    def rewrite(self, tips: Sequence[str]) -> None:
        """Go through every commit that leads to one of the tips, parents first."""
        order = pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.REVERSE
        walker = self._handle.walk(None, order)
        for tip in tips:
            walker.push(pygit2.Oid(hex=tip))
        for found in walker:
            self._rewrite(str(found.id))

    def landed(self, target: str) -> str:
        """The id that stands in the place of a commit, tag, tree or file; "" if nothing does."""
        kind = self._handle.odb.read_header(pygit2.Oid(hex=target))[0]
        if kind == _KIND.COMMIT:
            return self._landed[target]
        if kind == _KIND.TAG:
            return self._tag(target)
        if kind == _KIND.TREE:
            return self._sieve.tree(target)
        return "" if holds(self._read(target), self._words.sought) else target

    def _rewrite(self, old: str) -> None:
        raw = self._read(old)
        head, _, body = raw.partition(b"\n\n")
        headers = _headers(head)
        tree = self._sieve.tree(headers[0][1].decode())
        before = [value.decode() for name, value in headers if name == b"parent"]
        parents = list(dict.fromkeys(self._landed[one] for one in before if self._landed[one]))
        text, codec = _decoded(body, headers)
        told = self._redaction.message(_described(old, headers, text), text)
        changes_nothing = tree == (self._trees[parents[0]] if parents else self._no_tree())
        if told is None and changes_nothing and len(parents) <= 1:
            self._landed[old] = parents[0] if parents else ""
            self.commits[old] = ""
            return
        kept = self._people(headers)
        wanted = self._neutral(text) if told is None else told
        if tree == headers[0][1].decode() and parents == before and wanted == text and kept == headers:
            new = old
        else:
            new = self._write(tree, parents, kept, *_encoded(wanted, body if wanted == text else None, codec))
            self.commits[old] = new
        self._landed[old] = new
        self._trees[new] = tree

    def _write(self, tree: str, parents: list[str], kept: list[_Header], body: bytes, as_utf8: bool) -> str:
        lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
        for name, value in kept:
            if name in (b"tree", b"parent") or name in _VOID or (as_utf8 and name == b"encoding"):
                continue
            lines.append(name + b" " + value)
        return str(self._handle.odb.write(_KIND.COMMIT, b"\n".join(lines) + b"\n\n" + body))

    def _people(self, headers: list[_Header]) -> list[_Header]:
        """The headers without what is sought in a name or in anything another program added."""
        kept: list[_Header] = []
        for name, value in headers:
            if name in (b"tree", b"parent", b"encoding") or not holds(value, self._words.sought):
                kept.append((name, value))
            elif name in (b"author", b"committer", b"tagger"):
                kept.append((name, _IDENT.sub(_ERASED, value, count=1)))
        return kept

    def _neutral(self, text: str) -> str:
        told = message.trailers_of(text)
        trailers = {name: told[name] for name in _KEPT_TRAILERS if name in told}
        harmless = {n: v for n, v in trailers.items() if not holds(v.encode(), self._words.sought)}
        return message.render(self._words.subject, harmless)

    def _tag(self, old: str) -> str:
        head, _, body = self._read(old).partition(b"\n\n")
        headers = _headers(head)
        target = headers[0][1].decode()
        new = self.landed(target)
        if not new:
            return ""
        told = holds(body, self._words.sought)
        kept = [(b"object", new.encode()), *self._people(headers)[1:]]
        if not told and kept == headers:
            return old
        if (b"tag", dict(headers)[b"tag"]) not in kept:
            kept.insert(2, (b"tag", b"erased"))
        words = self._words.subject.encode() + b"\n" if told else body.partition(_SIGNATURE)[0]
        lines = b"".join(name + b" " + value + b"\n" for name, value in kept)
        return str(self._handle.odb.write(_KIND.TAG, lines + b"\n" + words))

    def _read(self, identity: str) -> bytes:
        return self._handle.odb.read(pygit2.Oid(hex=identity))[1]

    def _no_tree(self) -> str:
        return str(self._handle.TreeBuilder().write())


def tips_of(handle: pygit2.Repository, targets: Sequence[str]) -> list[str]:
    """The commits that ids of commits and tags lead to; what leads to none is left out."""
    found: list[str] = []
    for target in targets:
        peeled = cast("object", handle[target])
        while isinstance(peeled, pygit2.Tag):
            peeled = cast("object", handle[peeled.target])
        if isinstance(peeled, pygit2.Commit):
            found.append(str(peeled.id))
    return found


def moves_of(
    rewriter: Rewriter, references: Mapping[str, str], fixed: Collection[str], sought: Sequence[bytes]
) -> Iterator[Move]:
    """Where each reference goes; one whose own name holds what is sought gets another name."""
    for name, old in references.items():
        new = rewriter.landed(old)
        if name not in fixed and new and holds(_told_by(name), sought):
            yield Move(name, old, "")
            yield Move(f"{_namespace(name)}/erased-{old[:16]}", "", new)
        elif new != old:
            yield Move(name, old, new)


def _told_by(reference: str) -> bytes:
    return reference.removeprefix(_namespace(reference)).encode()


def _namespace(reference: str) -> str:
    parts = reference.split("/")
    kept = 3 if len(parts) > 3 else 2
    return "/".join(parts[:kept])


def _headers(head: bytes) -> list[_Header]:
    """Name and value of each header, the lines that go on from one before joined to it."""
    lines = re.split(rb"\n(?! )", head)
    return [(name, value) for name, _, value in (line.partition(b" ") for line in lines)]


def _decoded(body: bytes, headers: list[_Header]) -> tuple[str, str]:
    named = dict(headers).get(b"encoding", b"utf-8").decode("ascii", "replace")
    try:
        return body.decode(codecs.lookup(named).name, "surrogateescape"), named
    except (LookupError, UnicodeError):
        # Every byte has a character there, so what nobody can read comes out as it went in.
        return body.decode("latin-1"), "latin-1"


def _encoded(text: str, unchanged: bytes | None, codec: str) -> tuple[bytes, bool]:
    if unchanged is not None:
        return unchanged, False
    try:
        return text.encode(codec, "surrogateescape"), False
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape"), True


def _described(identity: str, headers: list[_Header], text: str) -> Commit:
    told = dict(headers)
    trailers = message.trailers_of(text)
    seconds = re.search(rb"> (\d+)", told.get(b"committer", b""))
    return Commit(
        id=identity,
        learned=datetime.fromtimestamp(int(seconds[1]) if seconds else 0, UTC),
        happened=trailers.get("Session-Date", ""),
        stage=trailers.get("Stage", ""),
        actor=trailers.get("Actor", ""),
        session=trailers.get("Session-Id", ""),
        subject=message.subject_of(text),
        trailers=trailers,
        parents=tuple(value.decode() for name, value in headers if name == b"parent"),
    )
