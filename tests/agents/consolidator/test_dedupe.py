import pytest
from tidying import DAY, PEOPLE, files_of, filled, person, statements, tidied

from diffmem.agents.consolidator.candidates import candidates
from diffmem.agents.providers.provider import Scripted
from diffmem.errors import ModelUnavailable
from diffmem.ontologies import entity
from diffmem.ontologies.index import IndexLine
from diffmem.storage.branch import Branch
from diffmem.storage.history import History

MAYA = f"{PEOPLE}/maya.md"
SECOND = f"{PEOPLE}/maya_lind.md"


def two(branch: Branch, one: str, other: str, **edits: tuple[int, str]) -> None:
    counts = {f"{PEOPLE}/{stem}.md": count for stem, count in edits.items()}
    filled(branch, {MAYA: one, SECOND: other}, counts)


def test_the_stronger_file_takes_in_the_other_and_goes_by_its_names_too(branch: Branch) -> None:
    two(
        branch,
        person("MAYA LIND", "- 2023-01-01 | Sings. ^aaaaaaaa-1", aliases=("May",)),
        person("Maya Lind", "- 2023-02-01 | Paints. ^bbbbbbbb-1", cues=("art",)),
        maya=(2, DAY),
        maya_lind=(5, DAY),
    )
    before = statements(branch)

    _, subjects = tidied(branch, "dedupe")

    assert subjects == ["consolidate(dedupe): maya_lind <- maya"]
    assert files_of(branch) == [SECOND]
    merged = entity.parse(branch.snapshot().read(SECOND))
    assert merged.aliases == ("May", "maya")
    assert statements(branch) == before
    assert "7 edits" in branch.snapshot().read("index/people-m.md")
    assert tidied(branch, "dedupe")[1] == []


def test_links_follow_the_file_wherever_they_stand(branch: Branch) -> None:
    filled(
        branch,
        {
            MAYA: person("Maya Lind", "- 2023-01-01 | Sings. ^aaaaaaaa-1"),
            SECOND: person("maya lind"),
            "alex.md": person("alex", f"- 2023-01-01 | Met [[{SECOND}|May]], `[[{SECOND}]]`. ^aaaaaaaa-2"),
            "timeline/2023-01.md": f"#### 2023-01-01 (Session: s)\n**Links**: [[{SECOND}|maya lind]]\n",
            "sessions/2023/01/2023-01-01_aaaaaaaa_s.md": f"said [[{SECOND}]]\n",
        },
        {MAYA: (3, DAY)},
    )
    tidied(branch, "dedupe")
    now = branch.snapshot()
    assert f"Met [[{MAYA}|May]], `[[{SECOND}]]`." in now.read("alex.md")
    assert f"[[{MAYA}|maya lind]]" in now.read("timeline/2023-01.md")
    assert f"said [[{SECOND}]]" in now.read("sessions/2023/01/2023-01-01_aaaaaaaa_s.md")


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (
            "---\ntype: person\nname: Maya\nborn: '1990'\n---\n",
            "---\ntype: person\nname: Maya\nborn: '1991'\n---\n",
            "born differs",
        ),
        (person("Maya", role="sister"), person("Maya", role="colleague"), "one is a sister"),
        ("---\ntype: person\nname: Maya\n---\n", "---\ntype: event\nname: Maya\n---\n", "one is a person"),
        (
            person("Maya Lind", "- 2023-01-01 | Maya Lind met Maya E. Lind. ^aaaaaaaa-1"),
            person("Maya E. Lind"),
            "both are named in one line",
        ),
        ("---\nname: [Maya\n---\n# Maya\n", "---\nname: Maya\n---\n", "cannot be read"),
    ],
)
def test_what_the_files_say_against_it_is_heard_and_told(
    branch: Branch, one: str, other: str, why: str
) -> None:
    two(branch, one, other)
    survey, subjects = tidied(branch, "dedupe")
    assert subjects == []
    assert any(why in told for told in survey.passed), survey.passed
    assert files_of(branch) == [MAYA, SECOND]


def test_a_recorded_alias_is_enough_unless_two_files_claim_it(branch: Branch) -> None:
    mel = f"{PEOPLE}/mel.md"
    files = {
        MAYA: person("Melanie Ruiz", aliases=("Mel",)),
        mel: person("Mel", "- 2023-01-01 | Runs. ^aaaaaaaa-1"),
    }
    filled(branch, {**files, SECOND: person("Carmel Vidal", aliases=("Mel",))})
    survey, subjects = tidied(branch, "dedupe")
    assert subjects == []
    assert any("all claim the alias mel" in told for told in survey.passed)

    filled(branch, {**files, SECOND: person("Carmel Vidal")})
    assert tidied(branch, "dedupe")[1] == ["consolidate(dedupe): maya <- mel"]


def test_a_short_name_that_could_be_two_people_stays(branch: Branch) -> None:
    filled(
        branch,
        {MAYA: person("Oriol Ruiz"), SECOND: person("Oriol Vidal"), f"{PEOPLE}/oriol.md": person("Oriol")},
    )
    survey, subjects = tidied(branch, "dedupe")
    assert subjects == []
    assert sum("it could be another, too" in told for told in survey.passed) == 2


def test_the_profile_is_never_the_one_that_goes(branch: Branch) -> None:
    filled(
        branch,
        {"alex.md": person("alex"), MAYA: person("Alex", "- 2023-01-01 | x ^aaaaaaaa-1")},
        {MAYA: (9, DAY)},
    )
    tidied(branch, "dedupe")
    assert files_of(branch) == []
    assert "x ^aaaaaaaa-1" in branch.snapshot().read("alex.md")


def test_places_and_themes_are_merged_under_equal_names_only(branch: Branch) -> None:
    names = {
        "mexico": "Mexico",
        "new_mexico": "New Mexico",
        "acropolis": "Acropolis",
        "museum": "Acropolis Museum",
    }
    folder = "memories/contexts"
    files = {
        f"{folder}/{stem}.md": f"---\ntype: context\nname: {name}\n---\n" for stem, name in names.items()
    }
    filled(branch, files)
    assert tidied(branch, "dedupe")[1] == []
    filled(branch, {f"{folder}/mexico_2.md": "---\ntype: context\nname: MEXICO\n---\n", **files})
    assert tidied(branch, "dedupe")[1] == ["consolidate(dedupe): mexico <- mexico_2"]


def test_three_spellings_become_one_file_in_two_commits(branch: Branch) -> None:
    third = f"{PEOPLE}/z.md"
    filled(branch, {MAYA: person("Maya Lind"), SECOND: person("Maya E. Lind"), third: person("mlind")})
    assert len(tidied(branch, "dedupe")[1]) == 2
    assert len(files_of(branch)) == 1


def test_a_model_is_asked_what_names_leave_open(branch: Branch) -> None:
    two(branch, person("Ana Ruiz", role="sister"), person("Ana"))
    model = Scripted('{"pairs": [{"pair": 0, "same": true, "confidence": "high", "reason": "both sing"}]}')
    survey, subjects = tidied(branch, "dedupe", provider=model)
    assert subjects == ["consolidate(dedupe): maya <- maya_lind"]
    told = next(History(branch.snapshot()).commits()).trailers
    assert (told["Model"], told["Prompt"]) == ("scripted", "dedupe-1")
    assert "Tokens" in told
    assert "1 pairs shown to scripted, 1 of them the same" in survey.note
    assert "<data-" in model.asked[0].messages[1].content


@pytest.mark.parametrize(
    "answer",
    [
        '{"pairs": [{"pair": 0, "same": true, "confidence": "medium", "reason": ""}]}',
        '{"pairs": [{"pair": 0, "same": false, "confidence": "high", "reason": ""}]}',
        '{"pairs": [{"pair": 7, "same": true, "confidence": "high", "reason": ""}]}',
        '{"pairs": []}',
    ],
)
def test_less_than_a_sure_yes_merges_nothing(branch: Branch, answer: str) -> None:
    two(branch, person("Ana Ruiz"), person("Ana"))
    assert tidied(branch, "dedupe", provider=Scripted(answer))[1] == []


def test_a_model_that_fails_leaves_what_rules_found(branch: Branch) -> None:
    filled(
        branch,
        {
            MAYA: person("Ana Ruiz"),
            SECOND: person("Ana"),
            f"{PEOPLE}/b.md": person("Eva Vidal"),
            f"{PEOPLE}/c.md": person("EVA VIDAL"),
        },
    )
    survey, subjects = tidied(branch, "dedupe", provider=Scripted(ModelUnavailable("scripted", "no answer")))
    assert subjects == ["consolidate(dedupe): b <- c"]
    assert "the model could not be asked" in survey.note


def test_a_model_that_sees_one_person_in_two_others_merges_neither(branch: Branch) -> None:
    filled(branch, {MAYA: person("Ana Ruiz"), SECOND: person("Ana Vidal"), f"{PEOPLE}/ana.md": person("Ana")})
    yes = ", ".join(f'{{"pair": {at}, "same": true, "confidence": "high", "reason": ""}}' for at in (0, 1))
    _, subjects = tidied(branch, "dedupe", provider=Scripted(f'{{"pairs": [{yes}]}}'))
    assert len(subjects) <= 1


def test_case_alone_makes_no_two_people(branch: Branch) -> None:
    filled(
        branch,
        {f"{PEOPLE}/Maya.md": person("Maya"), MAYA: person("maya"), f"{PEOPLE}/people.md": person("people")},
    )
    assert len(tidied(branch, "dedupe")[1]) == 1
    assert f"{PEOPLE}/people.md" in files_of(branch)


def test_few_pairs_are_compared_however_many_share_a_given_name() -> None:
    lines = [IndexLine(f"{PEOPLE}/{at}.md", f"Ana Surname{at:04d}x", "person") for at in range(2000)]
    found = candidates([*lines, IndexLine(f"{PEOPLE}/ana.md", "Ana", "person")])
    assert found.compared < 2000
    assert found.crowded
