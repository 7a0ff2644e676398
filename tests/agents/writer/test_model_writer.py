"""What a writer with a model files, in how many calls, and where."""

import json
from collections.abc import Sequence

import pytest
from model_memories import (
    ALEX,
    DATE,
    MAYA,
    OWNER,
    PERSONAL,
    answer,
    begun,
    drafted,
    fact,
    remembered,
    with_entities,
)
from support import put

from diffmem.agents.provenance import why
from diffmem.agents.providers.provider import Reply, Scripted, Usage
from diffmem.agents.reversal import undone_session
from diffmem.agents.writer import writer
from diffmem.errors import ModelNonsense, ModelUnavailable
from diffmem.ontologies import entity, timeline
from diffmem.storage.branch import Branch
from diffmem.storage.changes import Actor, ChangeSet, Stage

TALK = [
    ("user", "Maya started at Globex last week, she left Acme. I'm off to Porto with her in June."),
    ("assistant", "How lovely! Porto is famous for its wine."),
]
MAYA_HEARD = {"ref": "e1", "name": "Maya", "path": MAYA, "type": "person"}
GLOBEX = fact("e1", "Maya started at Globex and left Acme", when="2023-05-01/2023-05-07")


def planned(branch: Branch, talk: Sequence[tuple[str, str]], *replies: str | Reply) -> ChangeSet:
    snapshot, path = remembered(branch, talk)
    return writer.plan(snapshot, path, OWNER, PERSONAL, Scripted(*replies))


def text_of(changes: ChangeSet, path: str) -> str:
    content = changes.write[path]
    assert isinstance(content, str)
    return content


def said(changes: ChangeSet, path: str) -> list[str]:
    return [line.text for _, line in entity.parse(text_of(changes, path)).statements()]


def test_a_session_is_filed_in_two_calls_under_whom_it_is_about(branch: Branch) -> None:
    changes = planned(
        begun(branch),
        TALK,
        answer([MAYA_HEARD], [GLOBEX, fact("owner", "Alex is off to Porto with Maya", when="2023-06")]),
        drafted(
            {"file": "e1", "edits": [{"fact": 1, "do": "replace", "section": "Work", "line": "^p5wc2xhd-9"}]},
            {"file": "owner", "edits": [{"fact": 2, "section": "Travel"}]},
            event="Maya started at Globex.",
            topics=["work"],
        ),
    )

    assert "### Work\n- 2023-05-01/2023-05-07 | Maya started at Globex and left Acme ^" in text_of(
        changes, MAYA
    )
    assert "\n  - 2021-03-01/2023-05-01 | Maya works at Acme as a welder ^p5wc2xhd-9\n" in text_of(
        changes, MAYA
    )
    assert "### Travel\n- 2023-06 | Alex is off to Porto with Maya ^" in text_of(changes, "alex.md")
    assert "related: [Maya]" in text_of(changes, "alex.md")
    entry = timeline.parse(text_of(changes, "timeline/2023-05.md"))[0]
    assert (entry.event, entry.topics) == ("Maya started at Globex.", ("work",))
    assert {link.path for link in entry.entities} == {MAYA, "alex.md"}
    assert (changes.subject, changes.stage, changes.actor) == (
        "digest: s-1 (2 files)",
        Stage.DIGEST,
        Actor.WRITER,
    )
    assert changes.waiting == -1
    assert changes.trailers["Calls"] == "2"
    assert changes.trailers["Model"] == "scripted"
    assert changes.trailers["Prompt"] == "identify-1 draft-1"
    assert changes.trailers["Session-Date"][:10] == DATE


def test_what_was_spent_is_told_with_its_price_where_the_server_tells(branch: Branch) -> None:
    reply = Reply(answer(), Usage(1, 700, 30, 0.0021))
    changes = planned(begun(branch), TALK, reply)
    assert {key: changes.trailers[key] for key in ("Tokens", "Calls", "Cost")} == {
        "Tokens": "700/30",
        "Calls": "1",
        "Cost": "0.002100",
    }


@pytest.mark.parametrize("count", [1, 5, 20])
def test_two_calls_whatever_the_number_of_entities(branch: Branch, count: int) -> None:
    names = [f"Person{number} Surname{number}" for number in range(count)]
    talk = [("user", f"{name} won the chess match number {at}.") for at, name in enumerate(names)]
    entities = [
        {"ref": f"e{at}", "name": name, "path": f"memories/people/person_{at}.md", "type": "person"}
        for at, name in enumerate(names)
    ]
    facts = [
        fact(f"e{at}", f"{name} won the chess match number {at}", at + 1) for at, name in enumerate(names)
    ]
    snapshot, path = remembered(with_entities(branch, 30), talk)
    model = Scripted(answer(entities, facts), drafted())

    changes = writer.plan(snapshot, path, OWNER, PERSONAL, model)

    assert len(model.asked) == 2
    assert sum(path.startswith("memories/") for path in changes.write) == count


def test_a_prompt_is_bounded_at_a_thousand_entities(branch: Branch) -> None:
    words = "the weather in the mountains was fine and we walked along the river for hours " * 25
    talk = [("user", f"{words} Person7 Surname7 came along."), *[("user", words)] * 3]
    assert 1_800 < sum(len(text) for _, text in talk) // 4 < 2_200
    names = [f"Person{at} Surname{at}" for at in range(20)]
    talk += [("user", f"{name} came along.") for name in names]
    entities = [{"ref": f"e{at}", "name": name, "type": "person"} for at, name in enumerate(names)]
    facts = [fact(f"e{at}", f"{name} came along", at + 5) for at, name in enumerate(names)]
    snapshot, path = remembered(with_entities(branch, 1_000), talk)
    model = Scripted(answer(entities, facts), drafted())

    changes = writer.plan(snapshot, path, OWNER, PERSONAL, model)

    sizes = [sum(len(message.content) for message in asked.messages) // 4 for asked in model.asked]
    assert max(sizes) < 12_000, sizes
    first = model.asked[0].messages[1].content
    assert first.index("Person7 Surname7") < first.index("Person900 ") if "Person900 " in first else True
    assert all(name in first for name in names)
    assert len(changes.write) > 20


def test_an_edit_that_misses_gets_one_repair_call(branch: Branch) -> None:
    changes = planned(
        begun(branch),
        TALK,
        answer([MAYA_HEARD], [GLOBEX]),
        drafted({"file": "e1", "edits": [{"fact": 1, "do": "replace", "line": "Maya is a welder"}]}),
        json.dumps({"edits": [{"number": 1, "line": "Maya works at Acme as a welder"}]}),
    )
    assert changes.trailers["Calls"] == "3"
    assert changes.trailers["Prompt"] == "identify-1 draft-1 repair-1"
    assert "  - 2021-03-01/2023-05-01 | Maya works at Acme as a welder ^p5wc2xhd-9\n" in text_of(
        changes, MAYA
    )


def test_a_fact_whose_line_is_nowhere_is_added(branch: Branch) -> None:
    changes = planned(
        begun(branch),
        TALK,
        answer([MAYA_HEARD], [GLOBEX]),
        drafted({"file": "e1", "edits": [{"fact": 1, "do": "replace", "line": "no such line"}]}),
        json.dumps({"edits": [{"number": 1, "line": "nor this"}]}),
    )
    assert GLOBEX["statement"] in said(changes, MAYA)
    assert "- 2021-03-01 | Maya works at Acme as a welder ^p5wc2xhd-9\n" in text_of(changes, MAYA)


def test_a_fact_that_the_draft_forgets_is_added(branch: Branch) -> None:
    changes = planned(begun(branch), TALK, answer([MAYA_HEARD], [GLOBEX]), drafted())
    assert GLOBEX["statement"] in said(changes, MAYA)


def test_a_fact_is_skipped_only_where_the_file_says_it(branch: Branch) -> None:
    skip = {"file": "e1", "edits": [{"fact": 1, "do": "skip"}]}
    changes = planned(begun(branch), TALK, answer([MAYA_HEARD], [GLOBEX]), drafted(skip))
    assert GLOBEX["statement"] in said(changes, MAYA)


def test_prose_that_no_longer_holds_stays_below_what_replaced_it(branch: Branch) -> None:
    talk = [("user", "Maya sings in an opera on Fridays now.")]
    edit = {"fact": 1, "do": "replace", "line": "Maya sings in a choir on Tuesdays."}
    changes = planned(
        begun(branch),
        talk,
        answer([MAYA_HEARD], [fact("e1", "Maya sings in an opera on Fridays")]),
        drafted({"file": "e1", "edits": [edit]}),
    )
    assert "\n  - - | Maya sings in a choir on Tuesdays.\n/END Notes" in text_of(changes, MAYA)


def test_a_guide_that_asks_for_it_gets_an_evolution_note(branch: Branch) -> None:
    begun(branch)
    put(branch, {"repo_guide.md": "Keep what was replaced below, led by ↳.\n"})
    snapshot, path = remembered(branch, [("user", "Maya sings in an opera now.")])
    ontology = PERSONAL.model_copy(update={"guide": ""})
    edit = {"fact": 1, "do": "replace", "line": "Maya sings in a choir on Tuesdays."}
    model = Scripted(
        answer([MAYA_HEARD], [fact("e1", "Maya sings in an opera")]),
        drafted({"file": "e1", "edits": [edit]}),
    )
    changes = writer.plan(snapshot, path, OWNER, ontology, model)
    assert "\n  - - | ↳ Maya sings in a choir on Tuesdays.\n" in text_of(changes, MAYA)


def test_a_statement_is_inserted_after_the_line_it_belongs_to(branch: Branch) -> None:
    talk = [("user", "Maya sings alto in the choir.")]
    edit = {"fact": 1, "do": "insert", "line": "Maya sings in a choir on Tuesdays."}
    changes = planned(
        begun(branch),
        talk,
        answer([MAYA_HEARD], [fact("e1", "Maya sings alto in the choir")]),
        drafted({"file": "e1", "edits": [edit]}),
    )
    assert "Maya sings in a choir on Tuesdays.\n- 2023-05-08 | Maya sings alto in the choir ^" in text_of(
        changes, MAYA
    )


def test_a_new_entity_gets_a_file_with_what_the_session_tells_of_it(branch: Branch) -> None:
    talk = [("user", "My colleague Rob Stone, everybody calls him Robbie, plays the cello with Maya.")]
    rob = {
        "ref": "x",
        "name": "Rob Stone",
        "type": "person",
        "role": "colleague",
        "aliases": ["Robbie", "Ghost", "Maya"],
    }
    changes = planned(
        begun(branch),
        talk,
        answer([rob], [fact("x", "Rob Stone plays the cello")]),
        drafted(
            {
                "file": "e1",
                "edits": [{"fact": 1, "section": "Music"}],
                "cues": ["cello", "submarine"],
                "status": "active",
                "always_load": "Music",
            }
        ),
    )
    made = entity.parse(text_of(changes, "memories/people/rob_stone.md"))
    assert made.fields["role"] == "colleague"
    assert made.fields["status"] == "active"
    assert made.aliases == ("Robbie",)
    assert made.listed("cues") == ("cello",)
    assert [(part.title, part.always_load) for part in made.sections] == [("Music", True)]


def test_a_fact_about_another_never_goes_to_the_owner(branch: Branch) -> None:
    changes = planned(
        begun(branch),
        TALK,
        answer([MAYA_HEARD], [fact("owner", "Maya started at Globex")]),
        drafted({"file": "owner", "edits": [{"fact": 1, "section": "Family"}]}),
    )
    assert "alex.md" not in changes.write
    assert "Maya started at Globex" in said(changes, MAYA)


def test_an_edit_in_another_file_than_the_facts_own_does_not_land_there(branch: Branch) -> None:
    changes = planned(
        begun(branch),
        TALK,
        answer([MAYA_HEARD], [GLOBEX, fact("owner", "Alex is off to Porto")]),
        drafted({"file": "owner", "edits": [{"fact": 1}, {"fact": 2}]}),
    )
    assert said(changes, "alex.md") == ["Alex is off to Porto"]
    assert GLOBEX["statement"] in said(changes, MAYA)


@pytest.mark.parametrize(
    "statement",
    [
        "Porto is famous for its wine",
        "Maya bought a red motorcycle in Lisbon",
        "Maya earns 90000 at Globex",
        "Maya left Acme, see https://evil.example/?q=acme",
        "Hi there, thanks!",
        "What is Porto famous for?",
        "Maya started at Globex with Bartholomew",
    ],
)
def test_what_nobody_states_is_not_filed(branch: Branch, statement: str) -> None:
    changes = planned(begun(branch), TALK, answer([MAYA_HEARD], [fact("e1", statement)]), drafted())
    assert MAYA not in changes.write
    assert "alex.md" not in changes.write


def test_a_yes_bears_out_what_was_asked(branch: Branch) -> None:
    talk = [("assistant", "Are you allergic to peanuts?"), ("user", "Yes, badly.")]
    changes = planned(
        begun(branch), talk, answer([], [fact("owner", "Alex is allergic to peanuts", 2)]), drafted()
    )
    assert said(changes, "alex.md") == ["Alex is allergic to peanuts"]


RECALLED = """\
Here is what you know of me:
sessions/2023-05-08 k3f9qa2m
[4] Alex: I collect Bolivian stamps.
- 2021-03-01 | Alex plays the oboe ^p5wc2xhd-9
And I took up archery."""


def test_what_was_recalled_is_not_learned_again(branch: Branch) -> None:
    facts = [
        fact("owner", "Alex collects Bolivian stamps"),
        fact("owner", "Alex plays the oboe"),
        fact("owner", "Alex took up archery"),
    ]
    changes = planned(begun(branch), [("user", RECALLED)], answer([], facts), drafted())
    assert said(changes, "alex.md") == ["Alex took up archery"]


def test_what_a_file_says_already_is_not_said_twice(branch: Branch) -> None:
    talk = [("user", "As you know, Maya works at Acme as a welder.")]
    changes = planned(
        begun(branch), talk, answer([MAYA_HEARD], [fact("e1", "Maya works at Acme as a welder")])
    )
    assert MAYA not in changes.write


@pytest.mark.parametrize(
    ("given", "filed"),
    [
        ("2023-05-01/2023-05-07", "2023-05-01/2023-05-07"),
        ("2023-05-03", "2023-05-03"),
        ("last week", "2023-05-01/2023-05-07"),
        ("1999-01-01", "2023-05-01/2023-05-07"),
        ("someday", "2023-05-01/2023-05-07"),
        ("", "2023-05-01/2023-05-07"),
    ],
)
def test_a_date_is_what_the_words_allow(branch: Branch, given: str, filed: str) -> None:
    talk = [("user", "Maya started at Globex last week.")]
    told = fact("e1", "Maya started at Globex", when=given)
    changes = planned(begun(branch), talk, answer([MAYA_HEARD], [told]), drafted())
    assert f"- {filed} | Maya started at Globex ^" in text_of(changes, MAYA)


def test_the_user_gets_their_name_and_who_says_i_is_told(branch: Branch) -> None:
    talk = [("user", "I took up archery. I sold my harp.")]
    facts = [fact("owner", "The user took up archery"), fact("owner", "I sold my harp")]
    changes = planned(begun(branch), talk, answer([], facts), drafted())
    assert said(changes, "alex.md") == ["alex took up archery", "alex: I sold my harp"]


def test_a_long_session_is_filed_in_parts_and_one_commit(branch: Branch) -> None:
    talk = [
        ("user", f"Rob{at} Stone{at} bought boat number {at}. " + "It is a long story. " * 40)
        for at in range(6)
    ]

    def told(at: int) -> str:
        rob = {"ref": "e1", "name": f"Rob{at} Stone{at}", "type": "person"}
        return answer([rob], [fact("e1", f"Rob{at} Stone{at} bought boat number {at}", at + 1)])

    snapshot, path = remembered(begun(branch), talk)
    replies = [reply for at in range(6) for reply in (told(at), drafted(event=f"Rob{at} bought a boat."))]
    model = Scripted(*replies)
    changes = writer.plan(snapshot, path, OWNER, PERSONAL, model, room=800)
    assert len(model.asked) == 12
    assert sum(path.startswith("memories/people/rob") for path in changes.write) == 6
    entry = timeline.parse(text_of(changes, "timeline/2023-05.md"))[0]
    assert "Rob0 bought a boat." in entry.event
    assert "Rob5 bought a boat." in entry.event


def test_a_later_part_finds_who_came_up_in_an_earlier_one(branch: Branch) -> None:
    filler = "It is a long story. " * 60
    talk = [("user", f"Zoe Lind bought a boat. {filler}"), ("user", f"Zoe Lind sold the boat. {filler}")]
    zoe = {"ref": "e1", "name": "Zoe Lind", "type": "person"}
    snapshot, path = remembered(begun(branch), talk)
    model = Scripted(
        answer([zoe], [fact("e1", "Zoe Lind bought a boat", 1)]),
        drafted(),
        answer([zoe], [fact("e1", "Zoe Lind sold the boat", 2)]),
        drafted(),
    )
    changes = writer.plan(snapshot, path, OWNER, PERSONAL, model, room=1_000)
    assert said(changes, "memories/people/zoe_lind.md") == [
        "Zoe Lind bought a boat",
        "Zoe Lind sold the boat",
    ]
    assert "memories/people/zoe_lind.md" in model.asked[2].messages[1].content


def test_of_a_session_that_grew_only_the_new_turns_are_asked(branch: Branch) -> None:
    snapshot, path = remembered(begun(branch), [("user", "I took up archery."), ("user", "I sold my harp.")])
    model = Scripted(
        answer([], [fact("owner", "Alex sold the harp", 2)]), drafted(event="Alex sold the harp.")
    )
    changes = writer.plan(snapshot, path, OWNER, PERSONAL, model, after_turn=1)
    shown = model.asked[0].messages[1].content
    assert "harp" in shown
    assert "archery" not in shown
    assert said(changes, "alex.md") == ["Alex sold the harp"]


def test_a_session_of_nothing_but_recall_and_assistants_asks_no_model(branch: Branch) -> None:
    talk = [("assistant", "Welcome back!"), ("user", "- 2021-03-01 | Alex plays the oboe ^p5wc2xhd-9")]
    changes = planned(begun(branch), talk)
    assert changes.subject == "digest: s-1 (0 files)"
    assert "Model" not in changes.trailers
    assert "timeline/2023-05.md" in changes.write


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_failed_call_is_an_error_and_no_half_plan(branch: Branch, failing: int) -> None:
    missing = {"file": "e1", "edits": [{"fact": 1, "do": "replace", "line": "no such line"}]}
    replies: list[str | Exception] = [answer([MAYA_HEARD], [GLOBEX]), drafted(missing), '{"edits": []}']
    replies[failing] = ModelUnavailable("scripted", "it is down")
    snapshot, path = remembered(begun(branch), TALK)
    with pytest.raises(ModelUnavailable):
        writer.plan(snapshot, path, OWNER, PERSONAL, Scripted(*replies))


def test_nonsense_twice_is_an_error(branch: Branch) -> None:
    snapshot, path = remembered(begun(branch), TALK)
    with pytest.raises(ModelNonsense):
        writer.plan(snapshot, path, OWNER, PERSONAL, Scripted("no", "still no"))


def test_another_speaker_is_filed_under_their_own_name(branch: Branch) -> None:
    snapshot, path = remembered(begun(branch), "Maya: I sold my harp.\nAlex: Good for you, Maya!\n")
    model = Scripted(answer([], [fact("", "I sold my harp", 1)]), drafted())
    changes = writer.plan(snapshot, path, OWNER, PERSONAL, model)
    assert "Maya: I sold my harp" in said(changes, MAYA)
    assert ALEX + ".md" not in changes.write


def test_what_a_model_filed_is_traced_to_its_words_and_can_be_taken_back(branch: Branch) -> None:
    edit = {"fact": 1, "do": "replace", "section": "Work", "line": "^p5wc2xhd-9"}
    changes = planned(
        begun(branch), TALK, answer([MAYA_HEARD], [GLOBEX]), drafted({"file": "e1", "edits": [edit]})
    )
    with branch.writing() as writing:
        writing.commit(changes)

    traced = why(branch.snapshot(), "Maya started at Globex and left Acme")
    assert traced.path == MAYA
    assert (traced.turn, traced.session_id) == (1, "s-1")
    assert traced.quote == "Maya started at Globex last week, she left Acme."

    undone = undone_session(branch.snapshot(), "s-1", OWNER.path, DATE)
    back = str(undone.write[MAYA])
    assert "### Work\n- 2021-03-01 | Maya works at Acme as a welder ^p5wc2xhd-9\n/END Work" in back
    assert "Globex" not in back


def test_what_somebody_said_of_themselves_is_not_credited_to_another(branch: Branch) -> None:
    talk = [("Caroline", "Hey Mel!"), ("Caroline", "I went to a support group yesterday."), ("Mel", "Wow!")]
    heard = {"ref": "e1", "name": "Mel", "type": "person"}
    wrong, right = "Mel went to a support group yesterday", "Caroline went to a support group yesterday"
    her = {"ref": "e2", "name": "Caroline", "type": "person"}
    changes = planned(
        begun(branch), talk, answer([heard, her], [fact("e1", wrong, 2), fact("e2", right, 2)]), drafted()
    )
    assert said(changes, "memories/people/caroline.md") == [right]
    assert "memories/people/mel.md" not in changes.write
