import pytest
from support import put
from tidying import OWNER, PEOPLE, filled, person, tidied

from diffmem.agents import conformance
from diffmem.agents.consolidator import links
from diffmem.agents.consolidator.links import Dangling
from diffmem.storage.branch import Branch

MAYA = f"{PEOPLE}/maya.md"
OLD = f"{PEOPLE}/may.md"


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        (f"[[{OLD}|May]]", f"[[{MAYA}|May]]"),
        (f"[[{OLD}]]", f"[[{MAYA}]]"),
        (f"[[{PEOPLE}/may|May]]", f"[[{PEOPLE}/maya|May]]"),
        (f"[[{OLD}#^aaaaaaaa-1|May]]", f"[[{MAYA}#^aaaaaaaa-1|May]]"),
        (f"| [[{OLD}\\|May]] |", f"| [[{MAYA}\\|May]] |"),
        (f"`[[{OLD}]]` [[{OLD}]]", f"`[[{OLD}]]` [[{MAYA}]]"),
        (f"```\n[[{OLD}]]\n```\n", f"```\n[[{OLD}]]\n```\n"),
        (f"---\nrelated: ['[[{OLD}|May]]']\n---\n", f"---\nrelated: ['[[{MAYA}|May]]']\n---\n"),
        ("[[memories/people/mayor.md|May]] [[", "[[memories/people/mayor.md|May]] [["),
    ],
)
def test_links_are_turned_and_nothing_else(text: str, turned: str) -> None:
    assert links.retargeted(text, {OLD: MAYA}) == turned


def test_a_link_that_leads_nowhere_is_found_where_it_stands(branch: Branch) -> None:
    told = f"- 2023-01-01 | [[maya]], [[{MAYA}]], [[people/maya|M]], [[gone/x.md|X]] and `[[y]]`. ^aaaaaaaa-1"
    filled(branch, {MAYA: person("Maya"), OWNER: person("alex", told)})
    found = links.dangling(branch.snapshot())
    assert [each.target for each in found] == ["gone/x.md"]
    assert found[0] == Dangling(OWNER, found[0].line, "gone/x.md")
    assert "[[gone/x.md|X]]" in branch.snapshot().read(OWNER).split("\n")[found[0].line - 1]


@pytest.mark.parametrize(
    "link",
    ["[[Maya]]", "[[MAYA.md]]", "[[People/Maya]]", "[[Maya#Work|her]]", "[[Zoe\u0308]]", "``[[Nobody]]``"],
)
def test_a_link_is_looked_for_by_name_and_by_the_end_of_its_path_large_letters_or_small(
    branch: Branch, link: str
) -> None:
    told = person("alex", f"- 2023-01-01 | Met {link}. ^aaaaaaaa-1")
    filled(branch, {MAYA: person("Maya"), f"{PEOPLE}/zo\u00eb.md": person("Zoë"), OWNER: told})
    assert links.dangling(branch.snapshot()) == []


def test_what_leads_nowhere_for_the_consolidator_does_so_for_the_doctor(branch: Branch) -> None:
    told = "- 2023-01-01 | Met [[Maya]], [[Tom]] and [[gone/x.md|X]], and `[[y]]`. ^aaaaaaaa-1"
    filled(branch, {MAYA: person("Maya"), OWNER: person("alex", told, told)})
    put(branch, {"timeline/2023-01.md": "# Timeline\n\n[[maya]] and [[Nobody]]\n"})
    loose = {(each.path, each.target) for each in links.dangling(branch.snapshot())}
    assert loose == {(OWNER, "Tom"), (OWNER, "gone/x.md"), ("timeline/2023-01.md", "Nobody")}
    assert sorted(
        (each.path, each.what)
        for each in conformance.of(branch.snapshot())
        if each.kind is conformance.Kind.LINK
    ) == sorted((path, f"[[{target}]] leads to no file") for path, target in loose)


def test_the_report_tells_how_many_links_came_into_which_file(branch: Branch) -> None:
    told = person("alex", "- 2023 | Maya met Rob. ^aaaaaaaa-1", f"- 2023 | Met [[{OLD}|her]]. ^aaaaaaaa-2")
    filled(branch, {OLD: person("Maya"), f"{PEOPLE}/rob.md": person("Rob"), OWNER: told})
    filled(branch, {MAYA: person("Maya"), f"{PEOPLE}/rob.md": person("Rob"), OWNER: told})
    put(branch, {}, [OLD])
    assert tidied(branch, "link")[0].report().done == (f"{OWNER}: 2 names linked",)


def test_the_report_tells_which_links_follow_a_file_that_went_elsewhere(branch: Branch) -> None:
    text = person("Maya", "- 2023-01-01 | Sings in the choir on Sundays. ^aaaaaaaa-1")
    filled(branch, {OLD: text, OWNER: person("alex", f"- 2023-01-01 | Met [[{OLD}|her]]. ^aaaaaaaa-2")})
    put(branch, {MAYA: text}, [OLD])
    done = tidied(branch, "link")[0].report().done
    assert done == (f"{OWNER}: 1 link turned to where the file is now",)


def test_of_many_files_with_new_links_the_report_names_some_and_counts_the_rest(branch: Branch) -> None:
    knows = {f"{PEOPLE}/p{n}.md": person(f"P{n}", f"- 2023 | Knows Maya. ^aaaaaaaa-{n}") for n in range(30)}
    filled(branch, {MAYA: person("Maya")} | knows)
    report = tidied(branch, "link")[0].report()
    assert (len(report.files), len(report.done), report.done[-1]) == (30, 21, "and 10 more files")


def test_links_that_go_round_in_circles_do_no_harm(branch: Branch) -> None:
    one, other = (
        person(name, f"- 2023 | [[{PEOPLE}/{to}.md|{to}]] ^aaaaaaaa-1")
        for name, to in (("A1", "b1"), ("B1", "a1"))
    )
    filled(branch, {f"{PEOPLE}/a1.md": one, f"{PEOPLE}/b1.md": other})
    for tool in ("dedupe", "redistribute", "link", "reabsorb", "prune"):
        assert tidied(branch, tool)[1] == []


def test_links_follow_a_file_that_was_renamed(branch: Branch) -> None:
    text = person("Maya", "- 2023-01-01 | Sings in the choir on Sundays. ^aaaaaaaa-1")
    filled(branch, {OLD: text, OWNER: person("alex", f"- 2023-01-01 | Met [[{OLD}|her]]. ^aaaaaaaa-2")})
    put(branch, {MAYA: text}, [OLD])
    assert tidied(branch, "link")[1] == ["consolidate(link): 1 file"]
    assert f"[[{MAYA}|her]]" in branch.snapshot().read(OWNER)
    assert links.dangling(branch.snapshot()) == []


def test_only_the_files_of_the_last_commits_are_linked(branch: Branch) -> None:
    filled(
        branch, {MAYA: person("Maya"), f"{PEOPLE}/rob.md": person("Rob", "- 2023 | Knows Maya. ^aaaaaaaa-1")}
    )
    put(branch, {OWNER: person("alex", "- 2023 | Knows Maya. ^aaaaaaaa-2")})
    survey, _ = tidied(branch, "link", window=1)
    assert survey.steps[0].files == (OWNER,)
    assert tidied(branch, "link")[0].steps[0].files == (f"{PEOPLE}/rob.md",)
    assert tidied(branch, "link")[1] == []


def test_what_cannot_be_read_is_left_as_it_is(branch: Branch) -> None:
    odd = {
        f"{PEOPLE}/yaml.md": "---\nname: [broken\n---\n# Broken\n",
        f"{PEOPLE}/bare.md": "Just words, no heading.\n",
        f"{PEOPLE}/people.md": person("people"),
        f"{PEOPLE}/empty.md": "",
        f"{PEOPLE}/big.md": person("Big") + "- 2023 | word ^aaaaaaaa-1\n" * 70_000,
        f"{PEOPLE}/line.md": "[[" * 200_000 + "`" * 200_001,
    }
    filled(branch, odd)
    put(branch, {f"{PEOPLE}/bytes.md": b"\xff\xfe\x00words"})
    for tool in ("dedupe", "link", "reabsorb", "prune"):
        tidied(branch, tool)
    now = branch.snapshot()
    assert {path: now.read(path) for path in odd} == odd
    assert now.read_bytes(f"{PEOPLE}/bytes.md") == b"\xff\xfe\x00words"
