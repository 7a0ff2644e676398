import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffmem.errors import BadName
from diffmem.storage.names import default_session_id, key_of, session_id, session_key, user_id, user_of

KEY_CHARACTERS = set(string.ascii_lowercase + string.digits + "-_")


@pytest.mark.parametrize(
    ("user", "key"),
    [
        ("alex", "alex"),
        ("a-1", "a-1"),
        ("a@b.example", "a_40b_2eexample"),
        ("+49 151", "_2b49_20151"),
        ("..", "_2e_2e"),
        ("Bob", "_42ob"),
        ("bob", "bob"),
        ("CON", "_43_4f_4e"),
        ("a_b", "a_5fb"),
        ("-x", "_2dx"),
        ("x-", "x_2d"),
        ("../../etc", "_2e_2e_2f_2e_2e_2fetc"),
        ("é", "_c3_a9"),
        ("e\u0301", "_c3_a9"),
    ],
)
def test_ids_become_the_keys_of_the_contract(user: str, key: str) -> None:
    assert key_of(user_id(user)) == key


@pytest.mark.parametrize(
    "raw",
    ["", " ", "\t", "a\nb", "a\0b", "a\u202eb", "a\u200bb", "a\ufeffb", "\ud800", "a" * 129, "tag\U000e0041"],
    ids=repr,
)
def test_ids_nobody_can_see_are_refused(raw: str) -> None:
    with pytest.raises(BadName, match="1 to 128 characters"):
        user_id(raw)
    with pytest.raises(BadName):
        session_id(raw)


def test_128_characters_of_japanese_are_a_user_of_their_own() -> None:
    one, other = user_id("日" * 128), user_id("日" * 127)
    assert key_of(one) != key_of(other)
    assert len(key_of(one)) == 97


@given(st.text(min_size=1, max_size=128))
def test_every_key_is_a_plain_file_name_and_leads_back_to_its_user(raw: str) -> None:
    try:
        user = user_id(raw)
    except BadName:
        return
    key = key_of(user)
    assert set(key) <= KEY_CHARACTERS
    assert len(key) <= 100
    assert not key.startswith("-")
    assert not key.endswith("-")
    assert user_of(key) == user or len(key) >= 97


@given(st.sets(st.text(alphabet="aAéE\u0301_-.@ /2", min_size=1, max_size=6), min_size=2))
def test_two_users_never_share_a_key(raws: set[str]) -> None:
    users = {user_id(raw) for raw in raws if raw.strip()}
    assert len({key_of(user) for user in users}) == len(users)


def test_the_same_words_on_the_same_date_have_the_same_session_id() -> None:
    assert default_session_id("2023-05-08", "hi") == default_session_id("2023-05-08", "hi")
    assert default_session_id("2023-05-08", "hi") != default_session_id("2023-05-09", "hi")
    assert len(session_key(session_id("s"))) == 8
