"""The verbs that write, each as a deed that can be cut off, done again, and looked through afterwards."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from diffmem import Memory
from diffmem.errors import DiffMemError, NotFound
from diffmem.server.auth.principal import scopes_of
from diffmem.server.auth.tokens import Tokens
from diffmem.storage.durability import Durability
from diffmem.storage.mirror import Mirror
from diffmem.storage.mirror_point import here, seen
from diffmem.storage.names import user_id
from diffmem.storage.store import Store

USER = "alex"
CANARY = "zanzibar"
FACTS = [{"entity": "Mel", "type": "person", "statement": "Mel plays the cello", "when": "2023-05-08"}]
Ack = Callable[[str], None]


@dataclass
class Case:
    """A home in which a deed is done; `ack` is told each session whose words were acknowledged."""

    home: Path
    ack: Ack = print
    memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        self.memory = Memory(Store(self.home, Durability.FULL))

    @property
    def mirror(self) -> Mirror:
        """A mirror on this machine, beside the home."""
        return Mirror(self.home.with_name("mirror.git").as_uri())

    @property
    def tokens(self) -> Tokens:
        """The tokens of this home."""
        return Tokens(self.home / "tokens")

    async def remember(self, session: str, text: str, *, wait: bool = True) -> None:
        """Remember something and tell of the acknowledgement."""
        await self.memory.remember(USER, text, session, "2023-05-08", wait=wait)
        self.ack(session)

    async def has(self, session: str) -> bool:
        """Whether the words of a session are in the present."""
        listing = await self.memory.list(USER)
        return any(session in file.path for file in listing.files)


Step = Callable[[Case], Awaitable[object]]
Done = Callable[[Case], Awaitable[bool]]


async def _never(case: Case) -> bool:
    return False


@dataclass(frozen=True)
class Deed:
    """What is there before, what is done, and whether it is done already; else it is simply done again.

    `rewrites` tells that earlier commits do not lead to later ones afterwards.
    """

    before: Step
    act: Step
    done: Done = _never
    rewrites: bool = False

    @property
    def begins(self) -> bool:
        """Whether it is about somebody of whom nothing is there."""
        return self.before is _first


async def lived(case: Case, seed: int) -> None:
    """What was there before all else: another number of other sessions with each seed, packed with some."""
    dice = random.Random(seed)
    people, things = ("Ann", "Bob", "Mel", "Tom"), ("tea", "Lyon", "chess", "a red bicycle", "the choir")
    for number in range(dice.randint(1, 8)):
        said = (
            f"{dice.choice(people)}: {dice.choice(people)} likes {dice.choice(things)}." for _ in range(4)
        )
        await case.remember(f"e-{number}", "\n".join(said))
    if dice.random() < 0.5:
        await case.memory.maintain(USER)


async def _two_sessions(case: Case) -> None:
    await case.remember("s-1", "Ann: I moved to Paris with Mel.\nBob: Mel plays the cello there.")
    await case.remember("s-2", f"Ann: Bob likes {CANARY} tea.\nBob: Ann works at Acme Corporation.")


async def _remembers(case: Case) -> None:
    await case.remember("s-3", "Ann: Mel went to Rome on Friday.")
    await case.remember("s-4", "Ann: Mel sings in a choir.", wait=False)


async def _shown(case: Case) -> None:
    await _two_sessions(case)
    await case.memory.view(USER)


async def _with_third(case: Case) -> None:
    await _two_sessions(case)
    await case.remember("s-3", "Ann: Mel went to Rome on Friday.")


async def _grows(case: Case) -> None:
    await case.remember("s-3", "Ann: Mel went to Rome on Friday.\nBob: Mel is back.")


async def _files_facts(case: Case) -> None:
    await case.memory.remember(USER, "Ann: Mel plays well.", "s-3", "2023-05-09", facts=FACTS)
    case.ack("s-3")


async def _first(case: Case) -> None:
    """Nothing is there."""


async def _waiting(case: Case) -> None:
    await _two_sessions(case)
    await case.remember("s-3", "Ann: Mel went to Rome on Friday.", wait=False)


async def _digested(case: Case) -> None:
    await case.memory.digest(USER)


async def _stages(case: Case) -> None:
    await case.memory.stage(USER, "Ann: Mel went to Rome on Friday.", "s-3", "2023-05-08")
    case.ack("s-3")
    await case.memory.commit_staged(USER, "s-3")


async def _consolidates(case: Case) -> None:
    await case.memory.consolidate(USER, ["link", "dedupe"])


def _forgets(how: str, *, session: str = "", words: str = "") -> Step:
    async def act(case: Case) -> None:
        await case.memory.forget(USER, how=how, session=session, words=words)

    return act


async def _without_second(case: Case) -> bool:
    return not await case.has("s-2")


async def _without_canary(case: Case) -> bool:
    found = await case.memory.forget(USER, how="erase", words=CANARY, dry_run=True)
    return not found.losses


async def _without_guide(case: Case) -> None:
    await _two_sessions(case)
    await case.memory.forget(USER, how="retract", path="repo_guide.md")


async def _restores(case: Case) -> None:
    await case.memory.restore(USER, "repo_guide.md")


async def _has_guide(case: Case) -> bool:
    return any(file.path == "repo_guide.md" for file in (await case.memory.list(USER)).files)


async def _undoes(case: Case) -> None:
    await case.memory.undo(USER, session="s-2")


async def _onboards(case: Case) -> None:
    await case.memory.onboard(USER, "I am Alex. I live in Berlin and play chess.")


async def _shows(case: Case) -> None:
    await case.memory.view(USER)
    folder = case.memory.desk.store.view_folder(user_id(USER))
    folder.joinpath("note.md").write_text("mine\n", "utf-8")
    await case.remember("s-3", "Ann: Mel went to Rome on Friday.")
    await case.memory.sync_view(USER)


async def _is_shown(case: Case) -> bool:
    branch = case.memory.desk.store.branch(user_id(USER))
    folder = case.memory.desk.store.view_folder(user_id(USER))
    if not await case.has("s-3") or not folder.joinpath("note.md").exists():
        return False
    await case.memory.sync_view(USER)
    view = case.memory.desk.view(branch)
    return view.base() == branch.tip() and not view.edits()


async def _mirrored(case: Case) -> None:
    import pygit2

    pygit2.init_repository(str(case.home.with_name("mirror.git")), bare=True)
    await _two_sessions(case)
    branch = case.memory.desk.store.branch(user_id(USER))
    case.mirror.push(branch)
    await case.remember("s-3", "Ann: Mel went to Rome on Friday.")


async def _pushes(case: Case) -> None:
    case.mirror.push(case.memory.desk.store.branch(user_id(USER)))


async def _is_pushed(case: Case) -> bool:
    branch = case.memory.desk.store.branch(user_id(USER))
    return here(branch) == seen(branch)


async def _maintains(case: Case) -> None:
    await case.memory.maintain(USER)


async def _leaves(case: Case) -> None:
    await case.memory.forget(USER, how="erase", everything=True)


async def _is_gone(case: Case) -> bool:
    return USER not in await case.memory.users()


async def _has_token(case: Case) -> None:
    case.tokens.create(USER, scopes_of(["read"]), None, "first")


async def _makes_and_revokes(case: Case) -> None:
    first = next(one for one in case.tokens.list() if one.label == "first")
    told, made = case.tokens.create(USER, scopes_of(["read"]), None, "second")
    assert case.tokens.principal(told).name == made.principal().name
    case.tokens.revoke(first.id)


async def _is_revoked(case: Case) -> bool:
    states = {one.label: one.state(one.created + timedelta(seconds=1)) for one in case.tokens.list()}
    return states.get("first") == "revoked"


DEEDS = {
    "remember": Deed(_two_sessions, _remembers),
    "grow": Deed(_with_third, _grows),
    "facts": Deed(_two_sessions, _files_facts),
    "begin": Deed(_first, _remembers),
    "digest": Deed(_waiting, _digested),
    "stage": Deed(_two_sessions, _stages),
    "consolidate": Deed(_two_sessions, _consolidates),
    "archive": Deed(_two_sessions, _forgets("archive", session="s-2"), _without_second),
    "retract": Deed(_two_sessions, _forgets("retract", session="s-2"), _without_second),
    "erase": Deed(_shown, _forgets("erase", words=CANARY), _without_canary, rewrites=True),
    "leave": Deed(_shown, _leaves, _is_gone, rewrites=True),
    "restore": Deed(_without_guide, _restores, _has_guide),
    "undo": Deed(_two_sessions, _undoes, _without_second),
    "onboard": Deed(_first, _onboards),
    "view": Deed(_two_sessions, _shows, _is_shown),
    "mirror": Deed(_mirrored, _pushes, _is_pushed),
    "maintain": Deed(_two_sessions, _maintains),
    "token": Deed(_has_token, _makes_and_revokes, _is_revoked),
}

__all__ = ["CANARY", "DEEDS", "USER", "Case", "Deed", "DiffMemError", "NotFound"]
