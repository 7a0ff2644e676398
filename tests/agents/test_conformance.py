"""What is not as the ontology has it is told, and nothing is touched."""

import pytest
from support import put

from diffmem.agents.catalogue import Catalogue
from diffmem.agents.conformance import HUGE_BYTES, Kind, findings
from diffmem.ontologies import entity
from diffmem.ontologies.loader import load
from diffmem.storage.branch import Branch

MEL = "memories/people/mel.md"
GOOD = entity.new("Mel", "person", created="2023-05-08").render()


def told(
    branch: Branch, files: dict[str, str | bytes], ontology: str = "personal"
) -> dict[tuple[str, Kind], str]:
    put(branch, files)
    return {(each.path, each.kind): each.what for each in findings(branch.snapshot(), load(ontology))}


def test_nothing_is_the_matter_with_what_the_product_writes(branch: Branch) -> None:
    link = f"- 2023 | with [[{MEL}|Mel]] and [[mel]] and [[{MEL[:-3]}#Work]] and `[[x]]`\n"
    files: dict[str, str | bytes] = {
        MEL: GOOD,
        "alex.md": GOOD.replace("Mel", "Alex")
        + "\n```\n[[nowhere]]\n```\n"
        + link.replace(" and `[[x]]`", ""),
        "sessions/2023/05/x.md": "[[nowhere]]",
    }
    assert told(branch, files) == {}


def changed(key: str, value: str) -> str:
    return entity.parse(GOOD).with_fields({key: value}).render()


@pytest.mark.parametrize(
    ("path", "text", "kind", "what"),
    [
        ("memories/events/mel.md", GOOD, Kind.FOLDER, "belongs in memories/people"),
        ("memories/odd/mel.md", GOOD, Kind.FOLDER, "belongs in memories/people"),
        ("memories/odd/mel.md", "---\nname: Mel\n---\n# Mel\n", Kind.FOLDER, "no type has"),
        (MEL, changed("type", "ghost"), Kind.TYPE, "person, context, event"),
        (MEL, "---\ntype: person\n---\n# Mel\n", Kind.MISSING, "no name"),
        (MEL, changed("mood", "good"), Kind.UNKNOWN, "'mood' is no field of person"),
        (MEL, changed("status", "lovely"), Kind.STATUS, "give one of active, past, archived"),
        (MEL, changed("status", "In Progress"), Kind.STATUS, "it stands for active"),
        (MEL, "---\ntype: [\n---\n# Mel\n", Kind.FRONT_MATTER, "cannot be read"),
        (MEL, GOOD.replace("# Mel", "Mel"), Kind.HEADING, "# Name"),
        (MEL, GOOD.replace("# Mel", "```\n# Mel\n```"), Kind.HEADING, "# Name"),
        (MEL, GOOD + "see [[memories/people/max.md|Max]]\n", Kind.LINK, "leads to no file"),
        ("memories/people.md", GOOD, Kind.LIKE_FOLDER, "memories/people/"),
        (MEL, GOOD + "x" * HUGE_BYTES, Kind.HUGE, "bytes"),
        (MEL, GOOD.encode() + b"\xff", Kind.BYTES, "UTF-8"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_is_the_matter_is_told(
    branch: Branch, path: str, text: str | bytes, kind: Kind, what: str
) -> None:
    found = told(branch, {path: text, "memories/people/ann.md": GOOD.replace("Mel", "Ann")})
    assert what in found[path, kind]
    assert {name for name, _ in found} == {path}
    assert branch.snapshot().read_bytes(path) == (text if isinstance(text, bytes) else text.encode())
    assert Catalogue.of(branch.snapshot()).at(path) is not None


def test_two_files_that_claim_one_name_are_both_told(branch: Branch) -> None:
    other = entity.new("Melanie", "person", created="2023", aliases=["MÉL"]).render()
    found = told(branch, {MEL: GOOD, "memories/people/melanie.md": other})
    assert {name for name, kind in found if kind is Kind.NAME} == {MEL, "memories/people/melanie.md"}
    assert "'MÉL' is a name in memories/people/mel.md" in found["memories/people/melanie.md", Kind.NAME]


def test_paths_that_differ_in_case_only_are_told(branch: Branch) -> None:
    found = told(branch, {MEL: GOOD, "memories/people/Mel.md": GOOD.replace("Mel", "Ann")})
    assert {name for name, kind in found if kind is Kind.CASE} == {MEL, "memories/people/Mel.md"}


def test_a_status_is_judged_by_the_list_of_its_type(branch: Branch) -> None:
    text = entity.new("Stripe", "decision", created="2023", status="done").render()
    found = told(branch, {"memories/decisions/stripe.md": text}, "corporate")
    assert "proposed, accepted" in found["memories/decisions/stripe.md", Kind.STATUS]
