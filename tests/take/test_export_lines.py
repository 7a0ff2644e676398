import json
from pathlib import Path
from typing import Any

import anyio
import jsonschema
from support import put

from diffmem.memory import Memory
from diffmem.server.take import records
from diffmem.server.take.edition import Edition
from diffmem.storage.branch import Branch
from diffmem.storage.names import UserId


def lines(edition: Edition) -> list[Any]:
    """What a reader of the file sees."""
    return [json.loads(json.dumps(record)) for record in records.records(edition)]


def test_every_line_is_as_the_schema_says(branch: Branch) -> None:
    put(
        branch,
        {"bin.dat": b"\xff\xfe", "My Note.md": "---\nrole: [a, b]\ntype: [x]\n---\n# Mine\n\n- me ^x\n"},
    )
    schema = records.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    told = lines(Edition.of(branch))

    assert [list(validator.iter_errors(line)) for line in told] == [[] for _ in told]
    assert {line["kind"] for line in told} == {"header", "session", "entity", "timeline", "file"}
    assert not validator.is_valid({"kind": "session", "session_id": "s1"})


def test_the_header_says_whose_memory_it_is_and_when(edition: Edition) -> None:
    header = lines(edition)[0]

    assert (header["user"], header["commit"]) == (edition.user, edition.snapshot.commit)
    assert header["committed"] == edition.snapshot.time.isoformat(timespec="seconds")
    assert header["sessions"] == 3


def test_a_statement_leads_to_its_session_and_turn(edition: Edition) -> None:
    person = next(line for line in lines(edition) if line.get("path") == "memories/people/dmitri_orlov.md")

    moscow = next(one for one in person["statements"] if "Москве" in one["text"])
    assert (moscow["session_id"], moscow["turn"], moscow["date"]) == ("s 1 | [odd]", 2, "2024-03-01")
    assert moscow["mark"].startswith(edition.sessions[0].key)


async def _told_again(told: list[Any], folder: Path) -> Memory:
    memory = Memory.open(folder, durability="relaxed")
    for line in told:
        if line["kind"] == "session":
            await memory.remember(
                "again", line["content"], line["session_id"], line["session_date"], source=line["source"]
            )
    return memory


def test_sessions_come_back_byte_for_byte_through_remember(edition: Edition, tmp_path: Path) -> None:
    memory = anyio.run(_told_again, lines(edition), tmp_path / "other")
    again = Edition.of(memory.desk.store.branch(UserId("again")))

    assert [(said.path, said.file.text, said.file.date, said.file.source) for said in again.sessions] == [
        (said.path, said.file.text, said.file.date, said.file.source) for said in edition.sessions
    ]
    assert [said.file.turns() for said in again.sessions] == [said.file.turns() for said in edition.sessions]


def test_a_grown_session_comes_back_whole(memory: Memory, branch: Branch, tmp_path: Path) -> None:
    longer = "user: I now live in Lisbon. Dmitri Orlov came along.\nuser: It is warm here.\n"
    anyio.run(lambda: memory.remember("Żaneta 东京", longer, "s3", "2025-03-01"))
    edition = Edition.of(branch)

    other = anyio.run(_told_again, lines(edition), tmp_path / "other")

    again = Edition.of(other.desk.store.branch(UserId("again")))
    assert again.sessions[-1].file.text == longer
    assert edition.sessions[-1].file.text == longer
