from pathlib import Path

import pytest

from diffmem.server.auth.access import access, tokens
from diffmem.server.auth.first_token import first_token, tell
from diffmem.server.settings import Settings


def settings(home: Path, **more: object) -> Settings:
    return Settings.load(_env_file=(), home=home, user="alex", first_token=True, **more)


def test_a_server_without_tokens_makes_one_for_everything_once(tmp_path: Path) -> None:
    given = settings(tmp_path / "home")

    token = first_token(given)
    again = first_token(given)

    assert tokens(given).principal(token).may("admin")
    assert again == ""
    assert access(given).closed
    kept = b"".join(file.read_bytes() for file in given.home.rglob("*") if file.is_file())
    assert token.encode() not in kept


def test_where_all_tokens_were_revoked_none_comes_back(tmp_path: Path) -> None:
    given = settings(tmp_path)
    first_token(given)
    (one,) = tokens(given).list()
    tokens(given).revoke(one.id)

    assert first_token(given) == ""


@pytest.mark.parametrize("more", [{"api_key": "k" * 20}, {"first_token": False}], ids=["a key", "not wanted"])
def test_none_is_made_where_it_is_not_needed(more: dict[str, object], tmp_path: Path) -> None:
    given = settings(tmp_path).model_copy(update=more)

    assert first_token(given) == ""
    assert tokens(given).list() == []


def test_standard_output_gets_the_token_alone(capsys: pytest.CaptureFixture[str]) -> None:
    tell("dm_x")

    told = capsys.readouterr()
    assert told.out == "dm_x\n"
    assert "not shown again" in told.err
