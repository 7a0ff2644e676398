"""User and session ids, checked once at the door, and the keys made of them."""

import base64
import hashlib
import re
import unicodedata
from typing import NewType

from ..errors import BadName

UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Shown with no width although Unicode does not file them under "format".
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
_LONGEST_ID = 128
_LONGEST_KEY = 100


def user_id(raw: str) -> UserId:
    """Accept any visible text of 1 to 128 characters as a user.

    Raises:
        BadName: it is empty, too long, or holds characters nobody can see.
    """
    return UserId(_identifier(raw, "user id"))


def session_id(raw: str) -> SessionId:
    """Accept any visible text of 1 to 128 characters as a session.

    Raises:
        BadName: it is empty, too long, or holds characters nobody can see.
    """
    return SessionId(_identifier(raw, "session id"))


def default_session_id(date: str, content: str) -> SessionId:
    """The id of a session that came without one: the same words on the same date, the same id."""
    digest = hashlib.sha256(f"{date}{content}".encode()).hexdigest()
    return SessionId(f"s-{digest[:12]}")


def key_of(user: UserId) -> str:
    """The name of a user's branch and folder: ASCII, lower case, at most 100 characters, one a user."""
    if _PLAIN.fullmatch(user):
        return user
    key = "".join(_spelt(byte) for byte in user.encode())
    if key.startswith("-"):
        key = f"_2d{key[1:]}"
    if key.endswith("-"):
        key = f"{key[:-1]}_2d"
    return key if len(key) <= _LONGEST_KEY else f"{key[:70]}_{_base32(user)[:26]}"


def user_of(key: str) -> UserId | None:
    """The user a key was made of, or None where the key holds only a part of it."""
    spelt = re.sub(r"_([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), key)
    try:
        user = UserId(spelt.encode("latin-1").decode())
        return user if key_of(user) == key else None
    except UnicodeError:
        return None


def session_key(session: SessionId) -> str:
    """The 8 characters that stand for a session in file names and marks."""
    return _base32(session)[:8]


def _identifier(raw: str, kind: str) -> str:
    text = unicodedata.normalize("NFC", raw)
    if not text.strip():
        raise BadName(kind, "it is empty")
    if len(text) > _LONGEST_ID:
        raise BadName(kind, f"it has {len(text)} characters")
    if _INVISIBLE.search(text) or any(unicodedata.category(c) in _INVISIBLE_CATEGORIES for c in text):
        raise BadName(kind, "it holds characters nobody can see")
    return text


def _spelt(byte: int) -> str:
    char = chr(byte)
    return char if char in "abcdefghijklmnopqrstuvwxyz0123456789-" else f"_{byte:02x}"


def _base32(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()
