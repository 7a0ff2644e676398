from pathlib import Path

import pytest
from pydantic import ValidationError

from diffmem.server.settings import BadSettings, Settings

NAMES = ("HOME", "USER", "TIMEZONE", "DURABILITY", "HOST", "PORT", "ALLOW_OPEN")


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"DIFFMEM_{name}", raising=False)
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_it_listens_on_this_machine_only() -> None:
    settings = Settings.load()

    assert (settings.host, settings.port, settings.allow_open) == ("127.0.0.1", 8000, False)
    assert settings.durability == "full"
    assert settings.home.is_absolute()
    assert settings.user


def test_the_environment_is_read_before_the_env_file_and_the_command_line_before_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("DIFFMEM_USER=file\nDIFFMEM_TIMEZONE=Asia/Tokyo\nOTHER=x\n", "utf-8")
    assert Settings.load().user == "file"

    monkeypatch.setenv("DIFFMEM_USER", "environment")
    assert Settings.load().user == "environment"
    assert Settings.load(user="flag", home=None).user == "flag"
    assert str(Settings.load().zone) == "Asia/Tokyo"


def test_the_platforms_port_is_taken_unless_we_are_given_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9001")
    assert Settings.load().port == 9001

    monkeypatch.setenv("DIFFMEM_PORT", "9002")
    assert Settings.load().port == 9002


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("DIFFMEM_TIMEZONE", "Mars/Olympus", "DIFFMEM_TIMEZONE: 'Mars/Olympus' is not a time zone"),
        ("DIFFMEM_TIMEZONE", "../../etc/passwd", "DIFFMEM_TIMEZONE"),
        ("DIFFMEM_PORT", "eighty", "DIFFMEM_PORT"),
        ("PORT", "70000", "DIFFMEM_PORT"),
        ("DIFFMEM_DURABILITY", "some", "DIFFMEM_DURABILITY"),
        ("DIFFMEM_ALLOW_OPEN", "perhaps", "DIFFMEM_ALLOW_OPEN"),
    ],
)
def test_a_bad_setting_is_one_sentence_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(BadSettings) as refused:
        Settings.load()

    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFFMEM_PORT", "")
    assert Settings.load().port == 8000


def test_a_home_below_the_tilde_is_a_whole_path() -> None:
    assert Settings.load(home="~/memories").home == Path.home() / "memories"


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValidationError):
        Settings.load().user = "somebody else"  # pyright: ignore[reportAttributeAccessIssue]
