import pytest

from diffmem.errors import BadName, UnknownUser
from diffmem.server.auth.principal import Principal, local, scopes_of

ALEX = Principal("token:a", "alex", scopes_of(["read", "write"]))
ADMIN = Principal("token:b", "root", scopes_of(["admin"]))


def test_somebody_acts_on_their_own_memory() -> None:
    assert ALEX.acting_on("alex") == "alex"
    assert Principal("t", "Zoe\u0308", scopes_of(["read"])).acting_on("Zo\u00eb") == "Zo\u00eb"


@pytest.mark.parametrize("named", ["kim", "Alex", "alex ", "..", "alex/..", "al\uff45x"])
def test_anothers_memory_is_as_if_it_were_not_there(named: str) -> None:
    with pytest.raises(UnknownUser) as refused:
        ALEX.acting_on(named)

    assert str(refused.value) == str(UnknownUser(named))


@pytest.mark.parametrize("named", ["", "a\x00b", "a\nb", "x" * 129, "\ud800"])
def test_what_is_no_user_is_refused_before_it_is_compared(named: str) -> None:
    for principal in (ALEX, ADMIN):
        with pytest.raises(BadName):
            principal.acting_on(named)


def test_an_administrator_may_name_anybody_and_do_anything() -> None:
    assert ADMIN.acting_on("kim") == "kim"
    assert [ADMIN.may(scope) for scope in ("read", "write", "admin")] == [True, True, True]
    assert [ALEX.may(scope) for scope in ("read", "write", "admin")] == [True, True, False]


def test_writing_does_not_hold_reading() -> None:
    assert not Principal("t", "alex", scopes_of(["write"])).may("read")


def test_the_owner_of_the_machine_may_do_anything() -> None:
    assert local("maya").acting_on("kim") == "kim"
