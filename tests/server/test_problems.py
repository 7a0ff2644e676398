import pkgutil
from importlib import import_module

import pytest

import diffmem
from diffmem import errors
from diffmem.agents.provenance import UnknownQuote
from diffmem.errors import DiffMemError
from diffmem.server.problems import STATUS, status, tool_error


def every(kind: type[DiffMemError]) -> set[type[DiffMemError]]:
    """An error and all that descend from it."""
    return {kind, *(child for direct in kind.__subclasses__() for child in every(direct))}


def test_the_table_knows_every_error_there_is() -> None:
    for part in ("agents", "ontologies", "server", "storage"):
        package = import_module(f"{diffmem.__name__}.{part}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)

    ours = {kind for kind in every(DiffMemError) if kind.__module__.startswith(f"{diffmem.__name__}.")}
    assert STATUS.keys() == ours
    assert len(ours) > len({kind for kind in ours if kind.__module__ == errors.__name__})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.BadDate("soon", "a date"), 400),
        (errors.UnknownUser("maya"), 404),
        (UnknownQuote("never said"), 404),
        (errors.SessionDiffers("s1"), 409),
        (errors.Busy(3), 503),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_the_status_of_its_kind(error: DiffMemError, expected: int) -> None:
    assert status(error) == expected


def test_a_model_reads_the_way_out_of_an_error() -> None:
    assert "`remember` something first" in str(tool_error(errors.UnknownUser("maya")))


def test_an_error_without_words_still_says_what_it_is() -> None:
    assert str(tool_error(DiffMemError())) == "The root of all errors a caller may catch."
