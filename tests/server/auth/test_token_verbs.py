import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from diffmem.server.auth.tokens import Tokens

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_a_script_gets_the_token_alone_and_a_person_reads_the_rest(run: Run, home: Path) -> None:
    done = run("token", "create", "--user", "alex", "--scopes", "read,write", "--expires", "90d")

    shown = done.stdout.removesuffix("\n")
    principal = Tokens(home / "tokens").principal(shown)
    assert (principal.user, sorted(principal.scopes)) == ("alex", ["read", "write"])
    assert "not shown again" in done.stderr
    assert shown not in done.stderr


def test_tokens_are_listed_and_revoked_by_their_id_and_never_shown_again(run: Run) -> None:
    shown = json.loads(run("token", "create", "--user", "alex", "--label", "laptop", "--json").stdout)
    run("token", "create", "--user", "kim", "--expires", "never")

    listed = json.loads(run("token", "list", "--json").stdout)
    assert [(one["user"], one["state"], one["label"]) for one in listed] == [
        ("alex", "active", "laptop"),
        ("kim", "active", ""),
    ]
    assert shown["token"] not in json.dumps(listed)
    assert run("token", "list", "--user", "kim").stdout.count("\n") == 1

    revoked = run("token", "revoke", shown["id"])
    assert (revoked.returncode, "revoked" in revoked.stdout) == (0, True)
    assert "expires never" in run("token", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("create", "--expires", "soon"), 1, "90d"),
        (("create", "--scopes", "root"), 1, "read, write, admin"),
        (("create", "--user", "a\u200bb"), 1, "user id"),
        (("revoke", "nobody"), 1, "no token 'nobody'"),
        ((), 2, "ACTION"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_told_in_one_line(
    run: Run, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = run("token", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
