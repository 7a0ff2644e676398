import pytest
from support import put
from tidying import OWNER, PEOPLE, files_of, filled, person, task, tidied

from diffmem.agents.consolidator import tools
from diffmem.errors import BadInput
from diffmem.storage.branch import Branch

MAYA = f"{PEOPLE}/maya.md"


@pytest.mark.parametrize("folder", ["entities/commitments", "memories/commitments"])
def test_a_commitment_goes_to_the_open_items_of_its_owner(branch: Branch, folder: str) -> None:
    path = f"{folder}/send_report.md"
    filled(
        branch, {MAYA: person("Maya Lind", aliases=("Maya",)), OWNER: person("alex", f"See [[{path}|it]].")}
    )
    front = "type: commitment\nname: Send the report\nowner: Maya\nstatus: open\ndue: '2024-05-01'"
    text = f"---\n{front}\n---\n# Send the report\n\n"
    put(
        branch,
        {path: text + "### Statements\n- 2024-04-01 | Promised it. ^aaaaaaaa-1\n/END Statements\nBy mail.\n"},
    )

    _, subjects = tidied(branch, "reabsorb")

    assert subjects == ["consolidate(reabsorb): maya <- send_report"]
    assert branch.snapshot().blob(path) is None
    told = branch.snapshot().read(MAYA)
    items = told[told.index("### Open items") : told.index("/END Open items")]
    assert "- Send the report (status: open; due: 2024-05-01)" in items
    assert "- 2024-04-01 | Promised it. ^aaaaaaaa-1" in items
    assert "By mail." in told
    assert f"[[{MAYA}|it]]" in branch.snapshot().read(OWNER)
    assert tidied(branch, "reabsorb")[1] == []


def test_a_commitment_of_nobody_known_stays_and_is_told(branch: Branch) -> None:
    filled(branch, {MAYA: person("Maya")})
    put(branch, {"entities/commitments/x.md": "---\nname: X\nowner: Rob\n---\n"})
    survey, subjects = tidied(branch, "reabsorb")
    assert subjects == []
    assert survey.passed == ("entities/commitments/x.md: nobody it names has a file",)


def test_what_is_weak_and_old_is_proposed_and_nothing_is_done(branch: Branch) -> None:
    stems = ("old", "busy", "new", "pinned")
    files = {f"{PEOPLE}/{stem}.md": person(stem.capitalize()) for stem in stems}
    files[f"{PEOPLE}/pinned.md"] += "\n### Must [ALWAYS_LOAD]\nx\n/END Must\n"
    edits = {
        "old": (1, "2021-01-01"),
        "busy": (9, "2021-01-01"),
        "new": (1, "2024-05-01"),
        "pinned": (1, "2021-01-01"),
    }
    filled(branch, files, {f"{PEOPLE}/{stem}.md": each for stem, each in edits.items()})
    survey, subjects = tidied(branch, "prune")
    assert (survey.proposed, subjects) == ((f"{PEOPLE}/old.md",), [])
    assert "always loaded" in survey.passed[0]
    assert len(files_of(branch)) == len(stems)


def test_the_tools_run_in_their_order_and_some_only_when_asked() -> None:
    assert tools.chosen([]) == ("dedupe", "redistribute", "link")
    assert tools.chosen(["link", "reabsorb", "dedupe"]) == ("dedupe", "reabsorb", "link")
    with pytest.raises(BadInput, match="no tool 'polish'"):
        tools.chosen(["polish"])


def test_a_report_tells_what_was_done_and_what_was_left(branch: Branch) -> None:
    filled(
        branch,
        {MAYA: person("Ana Ruiz"), f"{PEOPLE}/b.md": person("ANA RUIZ"), f"{PEOPLE}/c.md": person("Ana")},
    )
    report = tools.survey("dedupe", branch.snapshot(), task()).report(("f" * 40,))
    assert report.commit == "f" * 40
    assert report.files == (f"{PEOPLE}/b.md", MAYA)
    assert report.done == (f"{PEOPLE}/b.md <- {MAYA}",)
    assert report.considered == 3
    assert report.compared >= 2
    assert any(f"{PEOPLE}/c.md" in told for told in report.passed)
