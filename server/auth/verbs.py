"""`diffmem token`: make, list and revoke the tokens that let programs in over HTTP."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..settings import Settings
    from .tokens import Token


def arguments(
    verb: Callable[[str, str], argparse.ArgumentParser], common: Callable[[argparse.ArgumentParser], None]
) -> None:
    """Tell the command line what `token` takes."""
    into = verb("token", "make, list or revoke tokens for programs that come in over HTTP")
    actions = into.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a token and print it, this once")
    create.add_argument("--scopes", default="read,write", help="of read, write, admin (read,write)")
    create.add_argument("--expires", default="90d", help="12h, 90d, 4w, a date, or never (90d)")
    create.add_argument("--label", default="", help="what it is for")
    revoke = actions.add_parser("revoke", help="make a token useless at once, for good")
    revoke.add_argument("id", help="its id, as the list shows it")
    for action in (create, actions.add_parser("list", help="list the tokens; never shows them"), revoke):
        common(action)


def token(asked: argparse.Namespace, settings: "Settings") -> int:
    """Do what was asked with the tokens."""
    return {"create": _create, "list": _list, "revoke": _revoke}[asked.action](asked, settings)


def _create(asked: argparse.Namespace, settings: "Settings") -> int:
    from .access import tokens
    from .expiry import expiry
    from .principal import scopes_of

    now = datetime.now(UTC)
    scopes, ends = scopes_of(asked.scopes.split(",")), expiry(asked.expires, now, settings.zone)
    shown, made = tokens(settings).create(settings.user, scopes, ends, asked.label)
    _answer(asked, settings, {"token": shown} | _told(made, now), [shown])
    if not _as_json(asked):
        # Beside the token, so that a script that reads standard output gets the token alone.
        until = f"until {made.expires:%Y-%m-%d %H:%M} UTC" if made.expires else "until it is revoked"
        sys.stderr.write(
            f"diffmem: token {made.id} of {made.user} ({', '.join(sorted(made.scopes))}), good {until}. "
            "It is not shown again.\n"
        )
    return 0


def _list(asked: argparse.Namespace, settings: "Settings") -> int:
    from ...storage.names import user_id
    from .access import tokens

    now = datetime.now(UTC)
    only = getattr(asked, "user", None)
    found = [one for one in tokens(settings).list() if only is None or one.user == user_id(only)]
    _answer(asked, settings, [_told(one, now) for one in found], [_line(one, now) for one in found])
    return 0


def _revoke(asked: argparse.Namespace, settings: "Settings") -> int:
    from .access import tokens

    gone = tokens(settings).revoke(asked.id)
    now = datetime.now(UTC)
    _answer(asked, settings, _told(gone, now), [_line(gone, now)])
    return 0


def _told(one: "Token", now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "user": one.user,
        "scopes": sorted(one.scopes),
        "state": one.state(now),
        "label": one.label,
        "last4": one.last4,
        "created": one.created.isoformat(timespec="seconds"),
        "expires": one.expires.isoformat(timespec="seconds") if one.expires else None,
        "revoked": one.revoked.isoformat(timespec="seconds") if one.revoked else None,
    }


def _line(one: "Token", now: datetime) -> str:
    from ..console import visible

    ends = f"{one.expires:%Y-%m-%d}" if one.expires else "never"
    scopes = ",".join(sorted(one.scopes))
    told = f"{one.id}  ...{one.last4}  {one.state(now):7}  expires {ends:10}  {scopes:16}"
    return visible(f"{told}  {one.user}  {one.label}".rstrip())


def _answer(asked: argparse.Namespace, settings: "Settings", told: Any, lines: list[str]) -> None:
    from ..console import Console

    Console.here(settings.no_color).answer(told, lines, as_json=_as_json(asked))


def _as_json(asked: argparse.Namespace) -> bool:
    return getattr(asked, "json", False)
