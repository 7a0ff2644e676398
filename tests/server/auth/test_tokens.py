import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from diffmem.errors import BadInput, BadName, NotFound, StoreError
from diffmem.server.auth.api_key import ApiKey
from diffmem.server.auth.expiry import expiry
from diffmem.server.auth.principal import scopes_of
from diffmem.server.auth.refusals import Unauthenticated
from diffmem.server.auth.tokens import Tokens

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
READ = scopes_of(["read"])


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Tokens:
    return Tokens(tmp_path / "tokens", clock)


def test_a_token_names_its_user_and_what_it_may(tokens: Tokens) -> None:
    shown, made = tokens.create("alex", READ, None, "laptop")

    principal = tokens.principal(shown)

    assert (principal.user, principal.scopes, principal.name) == ("alex", READ, f"token:{made.id}")
    assert not principal.may("write")


def test_two_tokens_of_one_user_are_two(tokens: Tokens) -> None:
    first, second = tokens.create("alex", READ, None), tokens.create("alex", READ, None)

    assert first[0] != second[0]
    assert tokens.principal(first[0]).name != tokens.principal(second[0]).name


def test_no_file_holds_a_token_and_nobody_else_may_read_them(tokens: Tokens, tmp_path: Path) -> None:
    shown, made = tokens.create("alex", READ, None)

    kept = list((tmp_path / "tokens").iterdir())
    assert [file.name for file in kept] == [f"{made.id}.json"]
    assert shown not in kept[0].read_text("utf-8")
    assert shown[-43:][:20] not in kept[0].read_text("utf-8")
    assert made.last4 == shown[-4:]
    if sys.platform != "win32":
        assert kept[0].stat().st_mode & 0o777 == 0o600
        assert kept[0].parent.stat().st_mode & 0o777 == 0o700


def test_a_token_has_256_random_bits(tokens: Tokens) -> None:
    shown, made = tokens.create("alex", READ, None)

    assert shown.startswith(f"dm_{made.id}_")
    assert len(shown.removeprefix(f"dm_{made.id}_")) == 43


def spoilt(shown: str) -> list[str]:
    """What is nearly a token, and what is none."""
    other = "a" if shown[-1] != "a" else "b"
    near = [shown[:-1] + other, shown + "a", shown[:-1], shown.upper(), f" {shown}", f"{shown}\n"]
    return [*near, "dm_aaaaaaaaaaaa_" + "a" * 43, "dm_../../secret_" + "a" * 43, "dm_", "", "\ud800"]


def test_anything_else_than_the_token_is_not_known(tokens: Tokens) -> None:
    shown, _ = tokens.create("alex", READ, None)

    for other in spoilt(shown):
        with pytest.raises(Unauthenticated, match="not known"):
            tokens.principal(other)


def test_a_token_ends_when_it_was_told_to(tokens: Tokens, clock: Clock) -> None:
    shown, made = tokens.create("alex", READ, NOW + timedelta(hours=1))
    assert tokens.principal(shown)
    assert tokens.usable()

    clock.now = NOW + timedelta(hours=1)

    with pytest.raises(Unauthenticated, match="expired"):
        tokens.principal(shown)
    assert made.state(clock.now) == "expired"
    assert not tokens.usable()


def test_a_revocation_by_another_process_is_seen_at_once(tokens: Tokens, tmp_path: Path) -> None:
    shown, made = tokens.create("alex", READ, None)
    assert tokens.principal(shown)

    code = (
        "import sys; from pathlib import Path; from diffmem.server.auth.tokens import Tokens;"
        "Tokens(Path(sys.argv[1])).revoke(sys.argv[2])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "tokens"), made.id], check=True)

    with pytest.raises(Unauthenticated, match="revoked"):
        tokens.principal(shown)
    assert [one.state(NOW) for one in tokens.list()] == ["revoked"]


def test_a_second_revocation_changes_nothing(tokens: Tokens, clock: Clock) -> None:
    _, made = tokens.create("alex", READ, None)
    first = tokens.revoke(made.id)
    clock.now += timedelta(days=1)

    assert tokens.revoke(made.id) == first


@pytest.mark.parametrize("identity", ["aaaaaaaaaaaa", "", "..", "../x", "a" * 300])
def test_a_token_that_is_not_there_cannot_be_revoked(tokens: Tokens, identity: str) -> None:
    with pytest.raises(NotFound, match="diffmem token list"):
        tokens.revoke(identity)


def test_the_list_is_in_the_order_of_making_and_what_a_crash_left_is_no_token(
    tokens: Tokens, clock: Clock, tmp_path: Path
) -> None:
    made: list[str] = []
    for hours in range(5):
        clock.now = NOW + timedelta(hours=hours)
        made.append(tokens.create("alex", READ, None)[1].id)
    (tmp_path / "tokens" / "aaaaaaaaaaaa.00ff.tmp").write_text("{", "utf-8")

    assert [one.id for one in tokens.list()] == made


def test_before_the_first_token_there_is_none(tokens: Tokens) -> None:
    assert tokens.list() == []
    assert not tokens.usable()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 1}'])
def test_a_damaged_file_lets_nobody_in_and_says_which_it_is(
    tokens: Tokens, tmp_path: Path, text: str
) -> None:
    shown, made = tokens.create("alex", READ, None)
    (tmp_path / "tokens" / f"{made.id}.json").write_text(text, "utf-8")

    with pytest.raises(StoreError, match=f"{made.id}.json"):
        tokens.principal(shown)


def test_a_write_that_fails_leaves_the_token_as_it_was(
    tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, made = tokens.create("alex", READ, None)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        with pytest.raises(StoreError, match="the token was not kept"):
            tokens.revoke(made.id)

    assert tokens.principal(shown)
    assert [file.name for file in (tmp_path / "tokens").iterdir()] == [f"{made.id}.json"]


def test_nobody_can_be_called_like_that(tokens: Tokens) -> None:
    with pytest.raises(BadName):
        tokens.create("al\u200bex", READ, None)


def test_secrets_are_compared_in_constant_time() -> None:
    folder = Path(sys.modules[Tokens.__module__].__file__ or "").parent

    for module in ("tokens.py", "api_key.py"):
        text = folder.joinpath(module).read_text("utf-8")
        assert "hmac.compare_digest(" in text
        assert ".hash ==" not in text
        assert "key ==" not in text


@pytest.mark.parametrize(
    ("shown", "known"), [("k-123", True), ("k-124", False), ("", False), ("\ud800", False)]
)
def test_the_one_key_is_an_administrators(shown: str, known: bool) -> None:
    found = ApiKey("k-123", "maya").principal(shown)

    assert (found is not None) is known
    if found:
        assert (found.name, found.user, found.may("admin"), found.may("read")) == (
            "api-key",
            "maya",
            True,
            True,
        )


@pytest.mark.parametrize(
    ("raw", "end"),
    [
        ("12h", NOW + timedelta(hours=12)),
        ("90d", NOW + timedelta(days=90)),
        ("4w", NOW + timedelta(weeks=4)),
        ("2027-01-01", datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ("2027-01-01T00:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("never", None),
    ],
)
def test_an_expiry_is_written_as_people_write_it(raw: str, end: datetime | None) -> None:
    assert expiry(raw, NOW, ZoneInfo("Europe/Berlin")) == end


@pytest.mark.parametrize(
    "raw",
    ["", "0d", "-1d", "90", "d", "90 d", "9" * 9 + "d", "999999w", "soon", "2020-01-01", "2026-11-22T12:00Z"],
)
def test_an_expiry_that_is_none_is_refused(raw: str) -> None:
    with pytest.raises(BadInput, match=r"90d|past"):
        expiry(raw, NOW, UTC)


@pytest.mark.parametrize("names", [[], [""], ["root"], ["read", "all"], ["READ"]])
def test_scopes_are_those_three(names: list[str]) -> None:
    with pytest.raises(BadInput, match="read, write, admin"):
        scopes_of(names)


def test_a_token_file_keeps_no_more_than_it_must(tokens: Tokens, tmp_path: Path) -> None:
    _, made = tokens.create("alex", READ, None)

    kept = json.loads((tmp_path / "tokens" / f"{made.id}.json").read_text("utf-8"))

    assert sorted(kept) == [
        "created", "expires", "hash", "id", "label", "last4", "revoked", "scopes", "user", "version",
    ]  # fmt: skip
