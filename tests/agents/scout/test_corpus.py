"""A corpus reads what changed, and how it came about never shows."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from diffmem.agents.scout.corpus import Corpus
from diffmem.agents.scout.units import Unit

from .memories import ask, session

WORDS = "kite river bread violin garden train winter letter candle bridge".split()
FILES = dict(
    session(
        f"2023-01-{day:02}",
        *(f"Ann: the {WORDS[day * turn % 10]} and {WORDS[day % 10]}" for turn in (1, 2, 3)),
    )
    for day in range(1, 29)
)


def load(_: str, path: str) -> Sequence[Unit]:
    return FILES[path]


def corpus(paths: Sequence[str], on: Corpus | None = None) -> Corpus:
    return (on or Corpus()).with_blobs(dict.fromkeys(paths, "1"), load)


def test_only_files_not_known_yet_are_read() -> None:
    read: list[str] = []

    def watched(blob: str, path: str) -> Sequence[Unit]:
        read.append(path)
        return FILES[path]

    paths = sorted(FILES)
    before = Corpus().with_blobs(dict.fromkeys(paths[:-1], "1"), watched)
    read.clear()
    after = before.with_blobs({**dict.fromkeys(paths, "1"), paths[0]: "2"}, watched)
    assert sorted(read) == [paths[0], paths[-1]]
    assert after.count == before.count + 3


def test_a_file_that_is_gone_is_not_found() -> None:
    paths = sorted(FILES)
    whole = corpus(paths)
    rest = corpus(paths[1:], whole)
    assert all(hit.unit.path != paths[0] for hit in ask(rest, "kite bread violin winter").hits)
    assert any(hit.unit.path == paths[0] for hit in ask(whole, "kite bread violin winter").hits)


def test_the_same_blobs_are_the_same_corpus() -> None:
    one = corpus(sorted(FILES))
    assert corpus(sorted(FILES), one) is one


@given(st.lists(st.sets(st.sampled_from(sorted(FILES))), max_size=12), st.sampled_from(WORDS))
def test_an_answer_depends_on_the_files_alone(steps: list[set[str]], word: str) -> None:
    grown = Corpus()
    for step in steps:
        grown = corpus(sorted(step), grown)
    fresh = corpus(sorted(steps[-1]) if steps else [])
    question = f"What about the {word} and the kite?"
    assert ask(grown, question).answer(700) == ask(fresh, question).answer(700)
    assert len(grown.segments) <= 7
