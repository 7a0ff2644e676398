"""One line of the route table: what is asked where, by whom, and what is answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel
from starlette.responses import Response

from ..auth.principal import Principal, Scope
from .requests import NoQuery
from .service import Service

Body = TypeVar("Body", bound=BaseModel)
Query = TypeVar("Query", bound=BaseModel)
Method = Literal["GET", "POST", "DELETE"]

SMALL = 1024 * 1024
"""Bytes of a body that holds no session."""
LARGE = 32 * 1024 * 1024
"""Bytes of a body that holds one; more than the largest session, so that its own limit is the one told."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Body, Query]):
    """A request that was read and checked; `user` and `rest` come from its path."""

    service: Service
    principal: Principal
    user: str
    rest: str
    body: Body
    query: Query


Handler = Callable[[Call[Any, Any]], Awaitable[BaseModel | Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What one method of one path does; `scope` None is open to everybody.

    `statuses` are those of its refusals beyond what every endpoint may answer; `media` is set where the
    answer is no JSON, `lean` where what was not set is not sent. A handler that answers `Queued` answers 202.
    """

    method: Method
    path: str
    scope: Scope | None
    summary: str
    handler: Handler
    answer: type[BaseModel]
    body: type[BaseModel] | None = None
    query: type[BaseModel] = NoQuery
    statuses: tuple[int, ...] = ()
    queued: bool = False
    largest: int = SMALL
    media: tuple[str, ...] = ()
    lean: bool = False
    group: str = "memory"

    @property
    def of_user(self) -> bool:
        """Whether its path names a user."""
        return "{user_id}" in self.path

    @property
    def needs_body(self) -> bool:
        """Whether a body must be sent."""
        return self.body is not None and any(field.is_required() for field in self.body.model_fields.values())

    @property
    def verb(self) -> str:
        """What the audit log calls it."""
        if self.method == "DELETE":
            return "erase"
        return self.path.removeprefix("/memory/{user_id}/").strip("/")
