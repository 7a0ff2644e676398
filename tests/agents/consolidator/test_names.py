import pytest

from diffmem.agents.consolidator.names import Kind, kinds, parsed


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Maya Lind", "maya  LIND", Kind.EQUAL),
        ("José Nuñez", "Jose Nunez", Kind.EQUAL),
        ("Anne-Marie Duff", "AnneMarie Duff", Kind.EQUAL),
        ("Dr. Ana Ruiz", "dr Ana Ruiz", Kind.EQUAL),
        ("Pepys, Samuel", "Samuel Pepys", Kind.EQUAL),
        ("anaruiz", "Ana Ruiz", Kind.EQUAL),
        ("Ruiz Ana", "Ana Ruiz", Kind.SWAPPED),
        ("aruiz", "Ana Ruiz", Kind.HANDLE),
        ("ruizana", "Ana Ruiz", Kind.HANDLE),
        ("Ana M. Ruiz", "Ana Maria Ruiz", Kind.MIDDLE),
        ("Ana Ruiz", "Ana Maria Ruiz", Kind.MIDDLE),
        ("Bob Ruiz", "Robert Ruiz", Kind.NICKNAME),
        ("A. Ruiz", "Ana Ruiz", Kind.INITIAL),
        ("Ana Ruiz", "Ana Ruiz Ortega", Kind.LONGER),
        ("Dr. Ana Ruiz", "Ana Ruiz", Kind.OFFICE),
        ("Mr. Ruiz", "Ruiz", Kind.TITLE),
        ("Ruiz", "Oriol Ruiz", Kind.SURNAME),
        ("Oriol", "Oriol Ruiz", Kind.RARE_GIVEN),
        ("Ana", "Ana Ruiz", Kind.GIVEN),
        ("Ruiz (Acme)", "Ruiz", Kind.QUALIFIED),
        ("Ana Rodriges", "Ana Rodrigez", Kind.TYPO),
        ("an old man", "the old man", Kind.SOME),
        ("Young Tom Ruiz", "Tom Ruiz", None),
        ("Williams", "William Sand", None),
        ("Mr. Ruiz", "Mrs. Ruiz", None),
        ("Mrs. Ruiz", "Miss Ruiz", None),
        ("Ana Ruiz", "Eva Ruiz", None),
        ("Ana Ruiz", "Ana Vidal", None),
        ("Tom Ruiz Jr.", "Tom Ruiz Sr.", None),
        ("Ana M. Ruiz", "Ana B. Ruiz", None),
        ("Ana (Acme)", "Ana (school)", None),
        ("First Cabman", "Second Cabman", None),
        ("", "Ana", None),
        ("!!!", "???", None),
    ],
)
def test_how_two_names_may_mean_the_same(one: str, other: str, kind: Kind | None) -> None:
    assert kinds(parsed(one), parsed(other)) == kind
    assert kinds(parsed(other), parsed(one)) == kind


def test_a_name_in_another_script_is_known_by_the_spelling_beside_it() -> None:
    assert kinds(parsed("ਗਗਨਦੀਪ ਸਿੰਘ (Gagandeep Singh)"), parsed("Gagandeep Singh")) == Kind.EQUAL


def test_no_name_is_too_odd_to_be_compared() -> None:
    odd = [
        "",
        " ",
        "()",
        "(a)",
        ",",
        "a,",
        ",a",
        "@",
        "the",
        "Mr.",
        "Jr.",
        "\u200b",
        "😀",
        "a" * 500,
        "the the",
    ]
    for one in odd:
        for other in odd:
            kinds(parsed(one), parsed(other))
