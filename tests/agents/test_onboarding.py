"""How a memory begins: from nothing, from a template, from what somebody tells of themselves."""

from datetime import UTC, datetime

import pytest
from model_memories import ALEX, OWNER, PERSONAL, answer, begun, drafted, fact
from support import put

from diffmem.agents import intake, onboarding
from diffmem.agents.catalogue import Catalogue
from diffmem.agents.onboarding import called, ontology_of, told
from diffmem.agents.providers.provider import Scripted
from diffmem.agents.rules import writer as by_rules
from diffmem.agents.rules.writer import Owner
from diffmem.agents.writer import writer as by_model
from diffmem.errors import BadContent, BadInput
from diffmem.ontologies import entity, loader, timeline
from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.names import UserId
from diffmem.storage.snapshot import Snapshot

NOW = datetime(2023, 5, 8, 10, tzinfo=UTC)
ABOUT = "Alex Kim is a software engineer from Seattle.\n\nHer sister Maya lives in Porto. Job: engineer"
GUIDE = loader.guide(PERSONAL)


def planned(user: UserId = ALEX, **more: str) -> ChangeSet:
    return onboarding.plan(user, PERSONAL, GUIDE, NOW, **more)


def waiting(branch: Branch, user: UserId = ALEX) -> tuple[Snapshot, str]:
    """A memory begun with an about-text that waits for its digest."""
    with branch.writing() as writer:
        writer.commit(planned(user, about=ABOUT))
        taken = intake.plan(branch.snapshot(), told(ABOUT, NOW), waiting=False)
        assert taken.changes
        writer.commit(taken.changes)
    return branch.snapshot(), taken.path


def test_a_memory_begins_with_profile_guide_and_index() -> None:
    changes = planned()
    assert sorted(changes.write) == ["alex.md", "diffmem.yaml", "index.md", "repo_guide.md"]
    assert (changes.stage, changes.actor, changes.subject) == (Stage.ONBOARD, Actor.WRITER, "onboard: alex")
    assert 'ontology: "personal"' in str(changes.write["diffmem.yaml"])
    assert "format: 1" in str(changes.write["diffmem.yaml"])


def test_an_about_text_gives_the_profile_its_name() -> None:
    profile = entity.parse(str(planned(about=ABOUT).write["alex.md"]))
    assert (profile.name, profile.aliases) == ("Alex Kim", ("alex",))


def test_an_about_text_is_filed_by_the_rules(branch: Branch) -> None:
    snapshot, path = waiting(branch)
    changes = by_rules.plan(snapshot, path, OWNER, PERSONAL)
    lines = [line.text for _, line in entity.parse(str(changes.write["alex.md"])).statements()]
    assert "Alex Kim is a software engineer from Seattle." in lines
    assert any("maya" in path for path in changes.write)
    assert not any("alex" in path for path in changes.write if path.startswith("memories/"))
    assert len(timeline.parse(str(changes.write["timeline/2023-05.md"]))) == 1


def test_an_about_text_is_filed_by_a_model(branch: Branch) -> None:
    snapshot, path = waiting(branch)
    maya = {"ref": "e1", "name": "Maya", "type": "person", "role": "sister"}
    facts = [
        fact("owner", "Alex Kim is a software engineer from Seattle", 1),
        fact("e1", "Maya lives in Porto", 2),
    ]
    model = Scripted(answer([maya], facts), drafted(event="Alex Kim told of herself."))
    changes = by_model.plan(snapshot, path, OWNER, PERSONAL, model)
    assert "software engineer" in str(changes.write["alex.md"])
    assert "role: sister" in str(changes.write["memories/people/maya.md"])
    assert len(timeline.parse(str(changes.write["timeline/2023-05.md"]))) == 1


def test_the_name_in_an_about_text_is_the_owner_whatever_their_id(branch: Branch) -> None:
    user = UserId("u-117")
    snapshot, path = waiting(branch, user)
    changes = by_rules.plan(snapshot, path, Owner("u-117.md", (user,)), PERSONAL)
    assert "software engineer" in str(changes.write["u-117.md"])
    assert not any("alex" in path for path in changes.write)


def test_an_about_text_is_the_same_session_each_time() -> None:
    assert told(ABOUT, NOW) == told(ABOUT.replace("\n", "\r\n"), NOW)
    assert told(ABOUT, NOW).session == "onboard"


@pytest.mark.parametrize(
    ("about", "name"),
    [
        ("Alex is a nurse.", "Alex"),
        ("Alex Kim, 34, is a nurse.", "Alex Kim"),
        ("Hello! My name is Zoë Müller and I like tea.", "Zoë Müller"),
        ("I'm Rob. I live in Ulm.", "Rob"),
        ("Name: Ana María\nJob: nurse", "Ana María"),
        ("My name is Żaneta Kowalska. I am a nurse.", "Żaneta Kowalska"),
        ("My name is Anna B. I live in Ulm.", "Anna B"),
        ("My name is J. R. Tolkien. I write.", "J. R. Tolkien"),
        ("Dr. Maya Chen is a surgeon.", "Dr. Maya Chen"),
        ("My name is Maya Chen. Dr. Smith knows me.", "Maya Chen"),
        ("The user is a nurse.", ""),
        ("She is a nurse.", ""),
        ("likes tea", ""),
        ("", ""),
    ],
)
def test_a_name_is_taken_only_where_one_is_told(about: str, name: str) -> None:
    assert called(about) == name


TEMPLATE = (
    "---\nname: Alex Kim\nrole: nurse\nmine: kept\n---\n\n# Alex Kim\n\n### Likes\n- 2020 | tea\n/END Likes"
)


def test_a_template_is_the_profile_and_the_first_entry(branch: Branch) -> None:
    changes = planned(template=TEMPLATE)
    profile = entity.parse(str(changes.write["alex.md"]))
    assert profile.fields["mine"] == "kept"
    assert (profile.type, profile.aliases) == ("person", ("alex",))
    assert "### Likes\n- 2020 | tea\n/END Likes\n" in profile.render()
    assert changes.actor == Actor.PERSON
    assert "Alex Kim" in timeline.parse(str(changes.write["timeline/2023-05.md"]))[0].event
    with branch.writing() as writer:
        writer.commit(changes)
    line = Catalogue.of(branch.snapshot()).find("alex")
    assert line is not None
    assert (line.path, line.role) == ("alex.md", "nurse")


def test_a_template_without_front_matter_gets_one() -> None:
    profile = entity.parse(str(planned(template="# Zoe\n\nLikes tea.").write["alex.md"]))
    assert (profile.name, profile.type, profile.aliases) == ("Zoe", "person", ("alex",))
    assert profile.render().endswith("# Zoe\n\nLikes tea.\n")


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("x\0", BadContent),
        ("\ud800", BadContent),
        ("   ", BadContent),
        ("---\na: &x 1\n---\n", BadInput),
        ("x" * 200_001, BadInput),
    ],
)
def test_a_template_that_cannot_be_a_profile_is_refused(template: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        planned(template=template)


def test_a_memory_tells_its_ontology(branch: Branch) -> None:
    begun(branch)
    assert ontology_of(branch.snapshot()) == "personal"
    put(branch, {"diffmem.yaml": str(planned(ontology_name="/srv/own").write["diffmem.yaml"])})
    assert ontology_of(branch.snapshot()) == "/srv/own"
    put(branch, {"diffmem.yaml": "ontology: [a, b]\n"})
    assert ontology_of(branch.snapshot()) == "personal"
    put(branch, {"diffmem.yaml": ": : :\n- x"})
    assert ontology_of(branch.snapshot()) == "personal"
    put(branch, {}, ["diffmem.yaml"])
    assert ontology_of(branch.snapshot()) == "personal"
