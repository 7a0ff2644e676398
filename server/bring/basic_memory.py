"""basic-memory's notes: Markdown whose observations and relations are facts."""

import re
from collections.abc import Iterator, Sequence

from ...errors import BadInput
from .conversation import Conversation, Found, Skipped, Told, session_name
from .documents import Document
from .notes import Note, documents_of, note
from .values import text
from .wishes import Wishes

NAME = "basic-memory"
_OBSERVATION = re.compile(r"^\s*[-*] \[([^\[\]()\n]{2,60})\] (\S.*)$", re.MULTILINE)
_RELATION = re.compile(r"^\s*[-*] ([^\[\]\n]{1,80}?) ?\[\[([^\]\n]+)\]\](.*)$", re.MULTILINE)
_TAGS = re.compile(r"(?:\s+#[\w/-]+)+(?=\s*(?:\(|$))")
_PERMALINK = re.compile(r"^permalink:", re.MULTILINE)


def is_one(beginning: str) -> bool:
    """Whether a note is of this kind: its front matter has a permalink."""
    front, end, _ = beginning.removeprefix("---\n").partition("\n---")
    return beginning.startswith("---\n") and bool(end) and bool(_PERMALINK.search(front))


def read(documents: Sequence[Document], wishes: Wishes) -> Iterator[Found]:
    """Every note, a session each, with its observations and relations as facts of its title."""
    for document in documents_of(documents):
        try:
            found = note(document, wishes.zone)
        except BadInput as wrong:
            yield Skipped(document.place, str(wrong))
            continue
        permalink = text(found.fields.get("permalink")) or document.name.with_suffix("").as_posix()
        name = session_name(NAME, permalink)
        if found.body.strip():
            told = tuple(_facts(found))
            yield Conversation(
                name, NAME, found.title, found.when, document.place, text=found.words, facts=told
            )
        else:
            yield Skipped(document.place, "the note is empty", name)


def _facts(found: Note) -> Iterator[Told]:
    kind = text(found.fields.get("type"))
    for _, said in _OBSERVATION.findall(found.body):
        yield Told(found.title, kind, _TAGS.sub("", said).strip())
    for relation, target, more in _RELATION.findall(found.body):
        other = target.partition("|")[0].rpartition("/")[2].strip()
        how = relation.strip(" \"'").replace("_", " ")
        yield Told(found.title, kind, " ".join(f"{how} {other} {more}".split()))
