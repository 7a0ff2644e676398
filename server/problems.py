"""The one table that says what an error means at a door."""

from typing import TYPE_CHECKING

from ..agents.consolidator.merging import CannotMerge
from ..agents.consolidator.unmerge import NoSuchMerge
from ..agents.provenance import UnknownQuote
from ..agents.writer.editing import LinesLost
from ..errors import (
    BadContent,
    BadDate,
    BadInput,
    BadName,
    BadOntology,
    Busy,
    Conflict,
    DiffMemError,
    GitFailed,
    MirrorDiverged,
    MirrorFailed,
    ModelDeclined,
    ModelError,
    ModelNonsense,
    ModelRefused,
    ModelUnavailable,
    NotFound,
    Quarantined,
    Refused,
    SessionDiffers,
    StoreError,
    UnknownCommit,
    UnknownEntity,
    UnknownPath,
    UnknownSession,
    UnknownUser,
)
from ..ontologies.entity import UnknownMark
from ..ontologies.frontmatter import FrontMatterError
from ..storage.branch import Moved

if TYPE_CHECKING:
    from mcp.server.mcpserver.exceptions import ToolError

STATUS: dict[type[DiffMemError], int] = {
    DiffMemError: 500,
    BadInput: 400,
    BadName: 400,
    BadDate: 400,
    BadContent: 422,
    BadOntology: 400,
    FrontMatterError: 400,
    NotFound: 404,
    UnknownUser: 404,
    UnknownPath: 404,
    UnknownEntity: 404,
    UnknownSession: 404,
    UnknownCommit: 404,
    UnknownMark: 404,
    UnknownQuote: 404,
    Refused: 409,
    SessionDiffers: 409,
    Conflict: 409,
    MirrorDiverged: 409,
    StoreError: 503,
    Busy: 503,
    GitFailed: 503,
    Quarantined: 503,
    MirrorFailed: 503,
    Moved: 503,
    NoSuchMerge: 404,
    CannotMerge: 409,
    LinesLost: 502,
    ModelError: 502,
    ModelUnavailable: 503,
    ModelRefused: 502,
    ModelDeclined: 502,
    ModelNonsense: 502,
}


def status(error: DiffMemError) -> int:
    """The HTTP status of an error."""
    return STATUS[type(error)]


def named(kind: str) -> int:
    """The HTTP status of an error by the name of its kind, as jobs keep it."""
    return next((code for known, code in STATUS.items() if known.__name__ == kind), 500)


def told(error: DiffMemError) -> str:
    """What a model or a person reads of an error: what is wrong, and the way out."""
    return str(error) or type(error).__doc__ or type(error).__name__


def tool_error(error: DiffMemError) -> "ToolError":
    """An error as the protocol shows it to the model; the text of any other kind is kept from it."""
    from mcp.server.mcpserver.exceptions import ToolError

    return ToolError(told(error))
