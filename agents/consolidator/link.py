"""Names that stand in a text become links to their files, by rule alone."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ...ontologies import frontmatter, wikilink
from ...ontologies.index import IndexLine
from ...ontologies.sections import end_of_text, heading, in_code
from ...storage.changes import Actor, ChangeSet, Stage
from ...storage.history import History
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue
from ..indexing import is_entity
from . import links
from .survey import Step, Survey, Task
from .texts import Texts

# A word without its possessive: what is linked is the name.
_WORD = re.compile(r"\w(?:(?:-|['’](?!s\b))?\w)*")
# Where no link may begin: links, images, code, addresses.
_CLOSED = re.compile(
    r"\[\[[^\]\n]*\]\]|!?\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)"
    r"|<[^>\n]*>|\w+://\S+|\S+@\S+"
)
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)\s*")
_LISTED = re.compile(r"\s*(?:[-*+]|\d+[.)]) ")
# A line longer than this is no line that people read, and looking for its marks could cost the square.
_LONGEST_LINE = 10_000
_SHORTEST_NAME = 3
_MOST_WORDS = 5
_MOST_TOLD = 20
"""How many files a report names with what became of their links."""


@dataclass(frozen=True, slots=True)
class Names:
    """Every name a link can lead to, by its first word."""

    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], IndexLine]]]

    @classmethod
    def of(cls, lines: Iterable[IndexLine]) -> "Names":
        """The names and aliases of entities; a name that two of them bear leads nowhere."""
        bearers: dict[tuple[str, ...], dict[str, IndexLine]] = {}
        for line in lines:
            for name in (line.name, *line.aliases):
                words = tuple(_WORD.findall(name))
                if len(name) >= _SHORTEST_NAME and words and name[0].isupper():
                    bearers.setdefault(words, {})[line.path] = line
        found: dict[str, list[tuple[tuple[str, ...], IndexLine]]] = {}
        for words, by_path in bearers.items():
            if len(by_path) == 1 and len(words) <= _MOST_WORDS:
                found.setdefault(words[0], []).append((words, next(iter(by_path.values()))))
        for choices in found.values():
            choices.sort(key=lambda choice: -len(choice[0]))
        return cls(found)

    def at(self, words: Sequence[re.Match[str]], position: int) -> tuple[int, IndexLine] | None:
        """The longest name that begins with this word: how many words it has, and whose it is."""
        for name, line in self.by_first.get(words[position][0], ()):
            if tuple(word[0] for word in words[position : position + len(name)]) == name:
                return len(name), line
        return None


def survey(snapshot: Snapshot, task: Task) -> Survey:
    """What would be linked, and which links lead nowhere."""
    changes = plan(snapshot, task.window)
    loose = links.dangling(snapshot)
    return Survey(
        steps=(_step(changes, task.window),) if changes else (),
        told=tuple(_told(snapshot, changes)) if changes else (),
        considered=len(_paths(snapshot, task.window, Catalogue.of(snapshot))),
        passed=tuple(f"{link.path}:{link.line}: no file {link.target}" for link in loose),
        note=f"{len(loose)} links lead to no file" if loose else "",
    )


def plan(snapshot: Snapshot, window: int = 0) -> ChangeSet | None:
    """Link the first mention of each known name; None where every one is linked already.

    Looks at the entity files that the last `window` commits touched, at all of them with 0; links to files
    that were renamed or merged follow them there, wherever they stand.
    """
    catalogue = Catalogue.of(snapshot)
    names = Names.of(catalogue)
    write: dict[str, str | bytes] = dict(_followed(snapshot))
    texts = Texts(snapshot)
    for path in _paths(snapshot, window, catalogue):
        text = texts.text(path)
        found = str(write.get(path, text))
        linked = with_links(found, path, names)
        if linked != text:
            write[path] = linked
    if not write:
        return None
    return ChangeSet(
        subject=f"consolidate(link): {len(write)} file{'' if len(write) == 1 else 's'}",
        stage=Stage.CONSOLIDATE,
        actor=Actor.CONSOLIDATOR,
        write=write,
    )


def _told(snapshot: Snapshot, changes: ChangeSet) -> Iterator[str]:
    """What a change does to the links of each file."""
    for path in sorted(changes.write)[:_MOST_TOLD]:
        texts = (snapshot.text(path), str(changes.write[path]))
        before, after = (Counter(links.targets(text)) for text in texts)
        turned = (before - after).total()
        linked = (after - before).total() - turned
        done = [f"{linked} name{'' if linked == 1 else 's'} linked"] if linked else []
        if turned:
            done.append(f"{turned} link{'' if turned == 1 else 's'} turned to where the file is now")
        yield f"{path}: {', '.join(done)}"
    if (more := len(changes.write) - _MOST_TOLD) > 0:
        yield f"and {more} more file{'' if more == 1 else 's'}"


def _step(changes: ChangeSet, window: int) -> Step:
    files = tuple(sorted(changes.write))
    return Step(changes.subject.partition(": ")[2], files, partial(plan, window=window))


def _followed(snapshot: Snapshot) -> dict[str, str]:
    """The files whose links lead to where another file was, with the links turned."""
    loose = links.dangling(snapshot)
    moves = links.moved(snapshot, list(dict.fromkeys(link.target for link in loose)))
    paths = dict.fromkeys(link.path for link in loose) if moves else ()
    turned = ((path, snapshot.text(path), links.retargeted(snapshot.text(path), moves)) for path in paths)
    return {path: new for path, old, new in turned if new != old}


def with_links(text: str, path: str, names: Names) -> str:
    """A file's text with the first mention of each name as a link; what is linked already stays."""
    front, body = frontmatter.split(text)
    lines = body.split("\n")
    linked = {link.path for link in wikilink.links(body)} | {path}
    ended = [f"{line}\n" for line in lines]
    code = in_code(ended)
    for number, line in enumerate(lines[: end_of_text(ended)]):
        if number not in code and _takes_links(line, *lines[number + 1 : number + 2]):
            lines[number] = _linked(line, names, linked)
    return front + "\n".join(lines)


def _takes_links(line: str, below: str = "") -> bool:
    """Whether a line is neither a heading nor code nor a mark of ours."""
    if len(line) > _LONGEST_LINE or heading(line) or line.startswith(("/END", "[ALWAYS_LOAD]")):
        return False
    if line.startswith(("    ", "\t")) and not _LISTED.match(line):
        return False
    return not (_UNDERLINE.fullmatch(below) and line.strip() and not _LISTED.match(line))


def _linked(line: str, names: Names, linked: set[str]) -> str:
    words = list(_words(line))
    pieces: list[str] = []
    done = position = 0
    while position < len(words):
        found = names.at(words, position)
        if not found or found[1].path in linked:
            position += 1
            continue
        count, target = found
        start, end = words[position].start(), words[position + count - 1].end()
        if "[" not in line[start:end] and "|" not in line[start:end]:
            pieces += [line[done:start], wikilink.link(target.path, line[start:end])]
            linked.add(target.path)
            done = end
        position += count
    return "".join([*pieces, line[done:]])


def _words(line: str) -> Iterator[re.Match[str]]:
    closed = [found.span() for found in _CLOSED.finditer(line)]
    at = 0
    for word in _WORD.finditer(line):
        while at < len(closed) and closed[at][1] <= word.start():
            at += 1
        if at == len(closed) or word.end() <= closed[at][0]:
            yield word


def _paths(snapshot: Snapshot, window: int, catalogue: Catalogue) -> list[str]:
    if not window:
        return sorted(line.path for line in catalogue)
    history = History(snapshot)
    touched: set[str] = set()
    for _, commit in zip(range(window), history.commits(), strict=False):
        touched |= history.touched(commit).keys()
    return sorted(path for path in touched if is_entity(path) and snapshot.blob(path) is not None)
