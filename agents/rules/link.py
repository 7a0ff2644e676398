"""Names that stand in a text become links to their files, by rule alone."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...ontologies import frontmatter, wikilink
from ...ontologies.index import IndexLine
from ...ontologies.sections import end_of_text, heading, in_code
from ...storage.changes import Actor, ChangeSet, Stage
from ...storage.history import History
from ...storage.snapshot import Snapshot
from ..catalogue import ENTITIES, Catalogue

# A word without its possessive: what is linked is the name.
_WORD = re.compile(r"\w(?:(?:-|['’](?!s\b))?\w)*")
# Where no link may begin: links, images, code, addresses.
_CLOSED = re.compile(r"\[\[[^\]\n]*\]\]|!?\[[^\]\n]*\]\([^)\n]*\)|`[^`\n]*`|<[^>\n]*>|\w+://\S+|\S+@\S+")
_SHORTEST_NAME = 3
_MOST_WORDS = 5


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


def plan(snapshot: Snapshot, window: int = 0) -> ChangeSet | None:
    """Link the first mention of each known name; None where every one is linked already.

    Looks at the entity files that the last `window` commits touched, at all of them with 0.
    """
    catalogue = Catalogue.of(snapshot)
    names = Names.of(catalogue)
    write: dict[str, str | bytes] = {}
    for path in _paths(snapshot, window, catalogue):
        text = snapshot.text(path)
        linked = with_links(text, path, names)
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


def with_links(text: str, path: str, names: Names) -> str:
    """A file's text with the first mention of each name as a link; what is linked already stays."""
    front, body = frontmatter.split(text)
    lines = body.split("\n")
    linked = {link.path for link in wikilink.links(body)} | {path}
    ended = [f"{line}\n" for line in lines]
    code = in_code(ended)
    for number, line in enumerate(lines[: end_of_text(ended)]):
        if not heading(line) and number not in code and not line.startswith(("/END", "[ALWAYS_LOAD]")):
            lines[number] = _linked(line, names, linked)
    return front + "\n".join(lines)


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
    for word in _WORD.finditer(line):
        if not any(start < word.end() and word.start() < end for start, end in closed):
            yield word


def _paths(snapshot: Snapshot, window: int, catalogue: Catalogue) -> list[str]:
    if not window:
        return sorted(line.path for line in catalogue)
    history = History(snapshot)
    touched: set[str] = set()
    for _, commit in zip(range(window), history.commits(), strict=False):
        touched |= history.touched(commit).keys()
    return sorted(path for path in touched if path.startswith(f"{ENTITIES}/") or catalogue.at(path))
