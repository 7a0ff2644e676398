"""Small memories to look things up in."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

from diffmem.agents.scout.corpus import Corpus
from diffmem.agents.scout.recall import Found, scout
from diffmem.agents.scout.units import Unit

TODAY = date(2024, 1, 1)
Files = Mapping[str, Sequence[Unit]]


def session(day: str, *said: str, name: str = "", learned: str = "") -> tuple[str, list[Unit]]:
    """A session file of `Speaker: text` turns, as path and units."""
    key = sha256(repr((day, said, name)).encode()).hexdigest()[:8]
    path = f"sessions/{day[:4]}/{day[5:7]}/{day[:10]}_{key}_{name or 'x'}.md"
    turns: list[Unit] = []
    for number, line in enumerate(said, 1):
        speaker, _, text = line.partition(": ")
        turns.append(
            Unit(
                kind="turn",
                path=path,
                first_line=number + 8,
                last_line=number + 8,
                text=text,
                speaker=speaker,
                date=day,
                session_key=key,
                session_id=name,
                turns=(number,),
                learned=learned,
            )
        )
    return path, turns


def filed(path: str, subject: str, *lines: tuple[str, str, Unit | None, bool]) -> tuple[str, list[Unit]]:
    """An entity file of statements: when, text, the turn it was made from, whether it is former."""
    return path, [
        Unit(
            kind="statement",
            path=path,
            first_line=number,
            last_line=number,
            text=text,
            date=when,
            session_key=turn.session_key if turn else "",
            turns=turn.turns if turn else (),
            subject=subject,
            former=former,
        )
        for number, (when, text, turn, former) in enumerate(lines, 10)
    ]


def corpus_of(*files: tuple[str, Sequence[Unit]], on: Corpus | None = None) -> Corpus:
    """A corpus of files; a file's content is its blob id."""
    held = dict(files)
    return (on or Corpus()).with_blobs(
        {path: str(units) for path, units in held.items()}, lambda _, path: held[path]
    )


def ask(corpus: Corpus, question: str, today: date = TODAY, names: Mapping[str, str] | None = None) -> Found:
    """Ask a corpus."""
    return scout(corpus, question, today, names or {})


def shown(found: Found, max_tokens: int = 1000) -> str:
    """All the text of an answer."""
    return "\n".join(block.get("text", "") for block in found.answer(max_tokens)["blocks"])
