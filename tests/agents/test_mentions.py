import pytest

from diffmem.agents.rules.mentions import mentions


def nobody(name: str) -> bool:
    return name in {"Maya"}


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("My sister Anna moved to Berlin.", [("Anna", "person", "sister"), ("Berlin", "thing", "")]),
        ("I met Rob and his brother Tim.", [("Rob", "person", ""), ("Tim", "person", "brother")]),
        ("Anna Maria Lopez said no.", [("Anna Maria Lopez", "person", "")]),
        ("I saw Dr. Lee today.", [("Lee", "person", "")]),
        ("Maya's car is green.", [("Maya", "thing", "")]),
        ("We ate at the Museum of Modern Art.", [("Museum of Modern Art", "thing", "")]),
        ("Thankfully it was Monday in March.", []),
        ("I'm not sure I can.", []),
        ("Painting is fun.", []),
        ("NASA called.", []),
        ("Zoë, my old friend, is here.", [("Zoë", "person", "friend")]),
        ("my daughter named Ines sings", [("Ines", "person", "daughter")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names_are_found_by_how_they_are_written(sentence: str, found: list[tuple[str, str, str]]) -> None:
    assert [(one.name, one.kind, one.role) for one in mentions(sentence, nobody)] == found


def test_a_sentence_without_letters_names_nobody() -> None:
    assert not list(mentions("123 !!! 🙂", nobody))
