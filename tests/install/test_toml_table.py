import tomllib

import pytest

from diffmem.server.install.toml import BadToml, with_table, without_table

PATH = ("mcp_servers", "diffmem")
ENTRY = {"command": "/opt/é/diffmem", "args": ["mcp"], "env": {"DIFFMEM_USER": 'al"ex'}, "on": True}
CONFIG = """\
# my settings
model = "gpt" # the good one

[mcp_servers.other]
command = "x"

# about projects
[projects."/home/me"]
trust_level = "trusted"
"""


def test_all_other_lines_stay_as_they_are() -> None:
    changed = with_table(CONFIG, PATH, ENTRY)

    assert changed.startswith(CONFIG)
    assert tomllib.loads(changed)["mcp_servers"]["diffmem"] == ENTRY
    assert with_table(changed, PATH, ENTRY) == changed
    assert without_table(changed, PATH) == CONFIG


def test_a_table_is_brought_up_to_date_in_its_place() -> None:
    old = CONFIG.replace(
        "# about projects",
        '[mcp_servers.diffmem]\ncommand = "old"\n\n[mcp_servers.diffmem.env]\nA = "1"\n\n# about projects',
    )

    changed = with_table(old, PATH, ENTRY)

    assert changed.index("[mcp_servers.diffmem]") < changed.index("# about projects")
    assert tomllib.loads(changed)["mcp_servers"] == {"other": {"command": "x"}, "diffmem": ENTRY}


def test_an_empty_file_takes_the_table_alone() -> None:
    assert with_table("", PATH, {"command": "d"}) == '[mcp_servers.diffmem]\ncommand = "d"\n'


@pytest.mark.parametrize(
    "text",
    ['mcp_servers = { diffmem = { command = "x" } }\n', 'mcp_servers.diffmem.command = "x"\n', "a = \n"],
    ids=["inline", "dotted", "broken"],
)
def test_what_cannot_be_changed_line_by_line_is_refused(text: str) -> None:
    with pytest.raises(BadToml):
        with_table(text, PATH, ENTRY)


def test_a_header_inside_a_text_is_no_header() -> None:
    text = 'notes = """\n[mcp_servers.diffmem]\n"""\n'

    changed = with_table(text, PATH, {"command": "d"})

    assert tomllib.loads(changed) == {
        "notes": "[mcp_servers.diffmem]\n",
        "mcp_servers": {"diffmem": {"command": "d"}},
    }
