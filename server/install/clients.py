"""The clients we know: where their settings lie and how they write a server down."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ...errors import BadInput
from .entry import TOKEN_VARIABLE, Called, Entry, Started
from .place import Place

Scope = Literal["user", "project"]
Written = dict[str, Any]

OURS = frozenset(
    {"type", "command", "args", "env", "url", "httpUrl", "headers", "http_headers", "bearer_token_env_var"}
)
"""The keys of an entry that we write; all others in it are somebody else's and stay."""


@dataclass(frozen=True, slots=True)
class Client:
    """A program that speaks MCP.

    `config` and `project` give the file of a scope, `key` is where servers stand in it, `log` tells where
    to look when a server does not show up, `reload` what makes the client read its settings again, and
    `sign` by what one sees that the server is there.
    """

    name: str
    title: str
    key: str
    config: Callable[[Place], Path]
    project: str
    signs: Callable[[Place], tuple[Path, ...]]
    written: Callable[[Entry], Written]
    log: Callable[[Place], str]
    reload: str
    sign: str = ""

    @property
    def put(self) -> str:
        """What to do once our entry is in its settings."""
        return f"{self.reload}; {self.sign}" if self.sign else self.reload

    @property
    def taken_out(self) -> str:
        """What to do once our entry is out of them."""
        return f"{self.reload}; until then it may go on with the server"

    def file(self, place: Place, scope: Scope) -> Path:
        """The file of settings.

        Raises:
            BadInput: this client has none for a project.
        """
        if scope == "user":
            return self.config(place)
        if not self.project:
            raise BadInput(f"{self.title} has no settings of a project; leave --scope out")
        return place.project / self.project

    def is_there(self, place: Place) -> bool:
        """Whether the client leaves traces on this machine."""
        return any(sign.exists() for sign in self.signs(place))


def client(name: str) -> Client:
    """A client by its name.

    Raises:
        BadInput: it is none we know.
    """
    for one in CLIENTS:
        if one.name == name:
            return one
    raise BadInput(f"{name[:40]!r} is no client we know; give one of {', '.join(c.name for c in CLIENTS)}")


def _claude_desktop(place: Place) -> Path:
    if place.system == "win32":
        # As an app of the store it sees this folder in the place of the usual one.
        for package in sorted(place.packages.glob("Claude_*")):
            return package / "LocalCache" / "Roaming" / "Claude" / "claude_desktop_config.json"
    return place.config / "Claude" / "claude_desktop_config.json"


def _claude_desktop_log(place: Place) -> str:
    below = _claude_desktop(place).parent / "logs"
    folder = place.home / "Library" / "Logs" / "Claude" if place.system == "darwin" else below
    return str(folder / "mcp-server-diffmem.log")


def _started(entry: Started) -> Written:
    told: Written = {"command": entry.command, "args": list(entry.arguments)}
    return told | ({"env": dict(entry.environment)} if entry.environment else {})


def _headers(entry: Called, looked_up: str) -> Written:
    if entry.token is None:
        return {}
    return {"headers": {"Authorization": f"Bearer {entry.token or looked_up}"}}


def _desktop(entry: Entry) -> Written:
    if isinstance(entry, Called):
        raise BadInput(
            "Claude Desktop starts programs and calls no addresses from this file; add the server under "
            "Settings > Connectors there, or leave --http out"
        )
    return _started(entry)


def _claude_code(entry: Entry) -> Written:
    if isinstance(entry, Called):
        return {"type": "http", "url": entry.url} | _headers(entry, f"${{{TOKEN_VARIABLE}}}")
    return {"type": "stdio"} | _started(entry)


def _cursor(entry: Entry) -> Written:
    if isinstance(entry, Called):
        return {"url": entry.url} | _headers(entry, f"${{env:{TOKEN_VARIABLE}}}")
    return _started(entry)


def _vscode(entry: Entry) -> Written:
    if isinstance(entry, Called):
        return {"type": "http", "url": entry.url} | _headers(entry, f"${{env:{TOKEN_VARIABLE}}}")
    return {"type": "stdio"} | _started(entry)


def _gemini(entry: Entry) -> Written:
    if isinstance(entry, Called):
        return {"httpUrl": entry.url} | _headers(entry, f"${TOKEN_VARIABLE}")
    return _started(entry)


def _codex(entry: Entry) -> Written:
    if isinstance(entry, Started):
        # Codex waits ten seconds; a program that is fetched first may need more.
        return _started(entry) | ({"startup_timeout_sec": 120} if entry.slow else {})
    if entry.token:
        return {"url": entry.url, "http_headers": {"Authorization": f"Bearer {entry.token}"}}
    looked_up = {} if entry.token is None else {"bearer_token_env_var": TOKEN_VARIABLE}
    return {"url": entry.url} | looked_up


CLIENTS: tuple[Client, ...] = (
    Client(
        "claude-desktop", "Claude Desktop", "mcpServers",
        _claude_desktop, "",
        lambda place: (_claude_desktop(place).parent,),
        _desktop, _claude_desktop_log,
        "quit Claude Desktop wholly (not just its window) and open it again",
    ),
    Client(
        "claude-code", "Claude Code", "mcpServers",
        lambda place: place.home / ".claude.json", ".mcp.json",
        lambda place: (place.home / ".claude.json", place.home / ".claude"),
        _claude_code, lambda _: "what `/mcp` shows in a session, or `claude --debug`",
        "start a new session of Claude Code", "`/mcp` shows the server",
    ),
    Client(
        "cursor", "Cursor", "mcpServers",
        lambda place: place.home / ".cursor" / "mcp.json", ".cursor/mcp.json",
        lambda place: (place.home / ".cursor",),
        _cursor, lambda _: "the panel Output, `MCP Logs`",
        "restart Cursor", "its settings of MCP show the server; see that it is switched on",
    ),
    Client(
        "vscode", "VS Code", "servers",
        lambda place: place.config / "Code" / "User" / "mcp.json", ".vscode/mcp.json",
        lambda place: (place.config / "Code" / "User",),
        _vscode, lambda _: "`MCP: List Servers`, diffmem, `Show Output`",
        "reload the window of VS Code", "it asks whether you trust the server; `MCP: List Servers` shows it",
    ),
    Client(
        "codex", "Codex", "mcp_servers",
        lambda place: place.home / ".codex" / "config.toml", ".codex/config.toml",
        lambda place: (place.home / ".codex",),
        _codex, lambda place: str(place.home / ".codex" / "log" / "codex-tui.log"),
        "start a new session of Codex", "`/mcp` shows the server",
    ),
    Client(
        "gemini", "Gemini CLI", "mcpServers",
        lambda place: place.home / ".gemini" / "settings.json", ".gemini/settings.json",
        lambda place: (place.home / ".gemini",),
        _gemini, lambda _: "what `/mcp` shows in a session, or `gemini --debug`",
        "start Gemini CLI again", "`/mcp` shows the server",
    ),
)  # fmt: skip
"""Each checked against its own program or its maker's pages; see docs/clients.md."""
