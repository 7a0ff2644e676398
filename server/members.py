"""What a server keeps for each user it serves: their filing, their folder for people, their news."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from mcp.server.subscriptions import ListenHandler

from ..memory import Memory
from .filing import Filing
from .live_view import LiveView
from .news import News
from .works import Works

MOST_KEPT = 1000
"""How many users are kept who have not come for the longest time and do not listen."""

Whose = Callable[[], str]
"""The user a message is about."""


@dataclass(frozen=True, slots=True)
class Member:
    """One user, as a server serves them."""

    user: str
    filing: Filing
    view: LiveView
    news: News
    listeners: ListenHandler

    def committed(self, commit: str) -> None:
        """Have a commit seen by those who look on."""
        self.view.ask()
        self.news.tell(commit)


class Members:
    """The users who have come of late, and all who listen.

    `lay_out_view` keeps a folder for people, made if there is none; otherwise only one that exists
    is kept up to date.
    """

    def __init__(
        self,
        memory: Memory,
        works: Works,
        *,
        lay_out_view: bool = False,
    ) -> None:
        self.background = works.background
        self.works = works
        self._memory = memory
        self._lay_out = memory.view if lay_out_view else memory.sync_view
        self._known: OrderedDict[str, Member] = OrderedDict()

    def of(self, user: str) -> Member:
        """The member of that name, who may come for the first time."""
        if user not in self._known:
            news = News(self._memory, user, self.background)
            self._known[user] = Member(
                user,
                Filing(self._memory, user, self.works),
                LiveView(self._lay_out, user, self.background),
                news,
                ListenHandler(news.bus),
            )
            self._make_room()
        self._known.move_to_end(user)
        return self._known[user]

    def committed(self, user: str, commit: str) -> None:
        """Tell a member of a commit, if they have come."""
        if self.background.running and user in self._known:
            self._known[user].committed(commit)

    def _make_room(self) -> None:
        """Let go of those who came longest ago; what goes on for them behind the answers comes to its end."""
        excess = len(self._known) - MOST_KEPT
        quiet = (user for user, member in self._known.items() if not member.news.bus.listeners)
        for user in list(islice(quiet, max(0, excess))):
            del self._known[user]

    def close(self) -> None:
        """End the streams of everybody who listens; they would keep a server from stopping."""
        for member in self._known.values():
            with suppress(RuntimeError):
                member.listeners.close()
