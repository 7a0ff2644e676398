from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from diffmem.server.auth.access import access, origins, tokens
from diffmem.server.auth.principal import scopes_of
from diffmem.server.auth.refusals import Unauthenticated
from diffmem.server.settings import BadSettings, Settings

Load = Callable[..., Settings]
JWT = {
    "DIFFMEM_JWT_ISSUER": "https://id.example.com",
    "DIFFMEM_JWT_JWKS_URL": "https://id.example.com/keys",
    "DIFFMEM_PUBLIC_URL": "https://memory.example.com",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    monkeypatch.chdir(tmp_path)
    for name in ("REQUIRE_AUTH", "API_KEY", "ALLOWED_ORIGINS"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"DIFFMEM_{name}", raising=False)

    def settings(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Settings.load(home=tmp_path / "home", user="maya")

    return settings


async def test_without_any_credential_everybody_on_this_machine_is_its_owner(load: Load) -> None:
    found = access(load())

    assert not found.closed
    assert (await found.authenticator.principal(None)).user == "maya"
    assert found.open_paths == {"/", "/health"}


def test_required_and_nobody_could_come_in_refuses_to_start(load: Load) -> None:
    with pytest.raises(BadSettings, match=r"^REQUIRE_AUTH: nobody could come in"):
        access(load(REQUIRE_AUTH="true"))


def test_required_and_the_only_token_is_over_refuses_to_start(load: Load) -> None:
    settings = load(REQUIRE_AUTH="true")
    tokens(settings).create("alex", scopes_of(["read"]), datetime.now(UTC) - timedelta(seconds=1))

    with pytest.raises(BadSettings, match="REQUIRE_AUTH"):
        access(settings)


@pytest.mark.parametrize("required", [None, "true"])
async def test_one_token_closes_the_door(load: Load, required: str | None) -> None:
    settings = load(**({"REQUIRE_AUTH": required} if required else {}))
    shown, _ = tokens(settings).create("alex", scopes_of(["read"]), None)

    found = access(settings)

    assert found.closed
    assert (await found.authenticator.principal(shown)).user == "alex"
    with pytest.raises(Unauthenticated):
        await found.authenticator.principal(None)


@pytest.mark.parametrize("name", ["API_KEY", "DIFFMEM_API_KEY"])
async def test_a_key_closes_the_door_and_opens_everything(load: Load, name: str) -> None:
    found = access(load(**{name: "k-123"}))

    assert found.closed
    assert (await found.authenticator.principal("k-123")).may("admin")
    with pytest.raises(Unauthenticated):
        await found.authenticator.principal("k-124")


def test_the_key_is_not_shown_with_the_settings(load: Load) -> None:
    assert "k-123" not in repr(load(API_KEY="k-123"))


def test_who_says_no_token_is_needed_is_believed(load: Load) -> None:
    assert not access(load(API_KEY="k-123", REQUIRE_AUTH="false")).closed


def test_an_issuer_is_told_where_clients_look(load: Load) -> None:
    found = access(load(**JWT))

    assert found.closed
    assert found.open_paths == {
        "/",
        "/health",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    }


def test_an_issuer_alone_is_enough_for_it_says_where_its_keys_are(load: Load) -> None:
    assert access(load(**JWT | {"DIFFMEM_JWT_JWKS_URL": ""})).closed


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"DIFFMEM_JWT_ISSUER": "http://id.example.com"}, "DIFFMEM_JWT_ISSUER"),
        ({"DIFFMEM_JWT_JWKS_URL": "file:///etc/passwd"}, "DIFFMEM_JWT_JWKS_URL"),
        ({"DIFFMEM_JWT_JWKS_URL": "http://127.0.0.1.evil.example/k"}, "DIFFMEM_JWT_JWKS_URL"),
        ({"DIFFMEM_PUBLIC_URL": ""}, "DIFFMEM_PUBLIC_URL"),
        ({"DIFFMEM_PUBLIC_URL": "https://[::1"}, "DIFFMEM_PUBLIC_URL"),
        ({"DIFFMEM_JWT_ISSUER": ""}, "DIFFMEM_JWT_ISSUER"),
        ({"API_KEY": "two words"}, "API_KEY"),
        ({"API_KEY": "schl\u00fcssel"}, "API_KEY"),
    ],
    ids=str,
)
def test_half_an_issuer_is_none_and_names_what_is_missing(
    load: Load, changed: dict[str, str], told: str
) -> None:
    with pytest.raises(BadSettings, match=f"^{told}:"):
        access(load(**JWT | changed))


def test_no_other_sites_page_comes_in_unless_it_is_named(load: Load) -> None:
    assert origins(load()) == frozenset()
    assert origins(load(ALLOWED_ORIGINS="https://a.example, http://localhost:3000/")) == {
        "https://a.example",
        "http://localhost:3000",
    }


@pytest.mark.parametrize(
    "given", ["*", "https://a.example,*", "a.example", "null", "https://a.example/x", "https://"]
)
def test_all_sites_cannot_be_let_in(load: Load, given: str) -> None:
    with pytest.raises(BadSettings, match=r"^ALLOWED_ORIGINS: "):
        origins(load(ALLOWED_ORIGINS=given))


@pytest.mark.parametrize(
    ("name", "value"),
    [("REQUIRE_AUTH", "perhaps"), ("DIFFMEM_READS_PER_MINUTE", "0"), ("DIFFMEM_REQUEST_SECONDS", "-1")],
)
def test_a_setting_that_cannot_be_used_is_named(load: Load, name: str, value: Any) -> None:
    with pytest.raises(BadSettings, match=name):
        load(**{name: value})


async def test_the_first_token_closes_an_open_door_at_once_and_for_good(load: Load) -> None:
    settings = load()
    found = access(settings)
    assert (await found.authenticator.principal("anything")).user == "maya"
    shown, made = tokens(settings).create("alex", scopes_of(["read"]), None)

    with pytest.raises(Unauthenticated):
        await found.authenticator.principal(None)
    assert (await found.authenticator.principal(shown)).user == "alex"
    tokens(settings).revoke(made.id)
    with pytest.raises(Unauthenticated):
        await found.authenticator.principal(None)
