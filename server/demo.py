"""The demo: a real MCP client, the server as its child, a small conversation in which things change."""

import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import resources as package_files
from pathlib import Path
from typing import Any, cast

import anyio
from mcp import Client, MCPError, StdioServerParameters
from mcp.types import TextContent

from ..errors import DiffMemError
from . import show as shown
from .answers import Past, Recalled, Remembered
from .console import Console, visible
from .transcripts import Session, Transcript, load, parse

OWNER = "mara"
STRANGER = "demo"
"""Whose memory it is when the words are not ours: none of those who speak."""
ANSWER_TOKENS = 260
QUESTIONS = 5
COMMITS = 3
CHANGES = 4

_READ_RECALL = (
    "Each answer is the few passages that matter, newest conversation first: where they stand, [turn] who: "
    "words; (until ...) no longer holds, (was ...) is what it replaced."
)
_READ_HISTORY = (
    "- a line that went, + one that came; indented: what held until then. "
    "A mark such as ^k3f9qa2m-4 leads to the turn it was said in: `diffmem why`."
)
_FOLDERS = (("memories", "people and themes"), ("timeline", "by month"), ("sessions", "the words"))


def show(source: str | None, ask: Sequence[str], console: Console) -> int:
    """Run the demo and say where its files lie."""
    transcript = load(Path(source)) if source else _own()
    questions = tuple(ask) or transcript.questions[:QUESTIONS]
    home = Path(tempfile.mkdtemp(prefix="diffmem-demo-"))
    try:
        anyio.run(_Demo(console, home, transcript, questions, STRANGER if source else OWNER).run)
    except BaseExceptionGroup as group:
        # Whatever ends a client's block comes out of it wrapped, even an interrupt.
        raise _innermost(group) from group
    return 0


def _innermost(group: BaseExceptionGroup[BaseException]) -> BaseException:
    inner: BaseException = group.exceptions[0]
    if isinstance(inner, BaseExceptionGroup):
        return _innermost(cast(BaseExceptionGroup[BaseException], inner))
    return DiffMemError(f"the server gave no answer: {inner}") if isinstance(inner, MCPError) else inner


def _own() -> Transcript:
    return parse(package_files.files(__package__ or "").joinpath("demo.json").read_text("utf-8"))


class _Demo:
    def __init__(
        self, console: Console, home: Path, transcript: Transcript, questions: Sequence[str], user: str
    ) -> None:
        self._console = console
        self._home = home
        self._transcript = transcript
        self._questions = questions
        self._user = user

    async def run(self) -> None:
        """Talk to `diffmem mcp` as any host does."""
        say, paint = self._console.say, self._console.paint
        begun = time.monotonic()
        # From its own empty folder the server finds no .env of somebody else.
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "diffmem.server.cli", "mcp", "--home", str(self._home), "--user", self._user],
            cwd=self._home,
        )
        async with Client(server) as client:
            tools = ", ".join(tool.name for tool in (await client.list_tools()).tools)
            say(
                paint("diffmem demo", "bold"),
                f"An MCP client has started `diffmem mcp` (protocol {client.protocol_version}); "
                f"the tools are {tools}.",
                "",
            )
            told = [await self._remember(client, session) for session in self._transcript.sessions]
            commits = [commit for commit in told if commit]
            say("", paint(_READ_RECALL, "dim"))
            for question in self._questions:
                await self._ask(client, question)
            if self._questions:
                await self._ask_back_then(client, self._questions[0], commits)
            await self._changes(client)
        self._files(await _laid_out(self._home, self._user), time.monotonic() - begun)

    async def _remember(self, client: Client, session: Session) -> str:
        words = {"content": session.content, "session_id": session.id, "session_date": session.date}
        try:
            answer = Remembered.model_validate(await _call(client, "remember", words))
            commit, state = answer.commit, f"{answer.state}, commit {answer.commit[:10]}"
        except DiffMemError as refused:
            commit, state = "", str(refused)
        paint = self._console.paint
        label = f"{paint('remember', 'green')}  {session.date[:10]:<10}  {visible(session.id):<20}"
        self._console.say(f"{label} {paint(state, 'dim')}")
        return commit

    async def _ask(self, client: Client, question: str, as_of: str = "", aside: str = "") -> None:
        terms = {"query": question, "max_tokens": ANSWER_TOKENS, "as_of": as_of}
        answer = Recalled.model_validate(await _call(client, "recall", terms))
        self._console.say("", f"{self._console.paint(visible(question), 'bold', 'yellow')}{aside}")
        self._console.say(*shown.recalled(answer, self._console))

    async def _ask_back_then(self, client: Client, question: str, commits: Sequence[str]) -> None:
        half = len(commits) // 2
        if half:
            await self._ask(client, question, commits[half - 1], f"  as known after session {half}")

    async def _changes(self, client: Client) -> None:
        profile = f"{self._user}.md"
        ours = self._user == OWNER
        asked = {"path": profile, "limit": COMMITS} if ours else {"stage": "digest", "limit": 1}
        answer = Past.model_validate(await _call(client, "history", asked))
        what = f"What changed last in {profile}" if ours else "What changed last"
        paint = self._console.paint
        self._console.say("", paint(what, "bold", "yellow"), paint(_READ_HISTORY, "dim"))
        for entry in answer.entries:
            first = entry.model_copy(update={"changes": entry.changes[:CHANGES]})
            self._console.say(*shown.commit(first, self._console))

    def _files(self, folder: Path, seconds: float) -> None:
        say, paint = self._console.say, self._console.paint
        say(paint("The files", "bold", "yellow"))
        files = sorted(file for file in folder.rglob("*.md") if file.is_file())
        ours = [file.relative_to(folder).as_posix() for file in files]
        for part, told in _FOLDERS:
            inside = [path for path in ours if path.startswith(f"{part}/")]
            named = ", ".join(Path(path).stem for path in inside[:6]) if part == "memories" else ""
            more = ", ..." if len(inside) > 6 else ""
            say(f"  {part}/  {len(inside)} files, {told}" + (f": {named}{more}" if named else ""))
        say(
            f"  {paint(str(folder), 'cyan')}  open it in any editor, or in Obsidian",
            f"  {paint(str(self._home), 'cyan')}  holds everything; remove it with: {_removal(self._home)}",
            f"Took {seconds:.1f} s. For a memory of your own, give your client `diffmem mcp`; see README.md.",
        )


async def _call(client: Client, tool: str, terms: dict[str, Any]) -> dict[str, Any]:
    answer = await client.call_tool(tool, terms)
    if answer.is_error or answer.structured_content is None:
        told = [part.text for part in answer.content if isinstance(part, TextContent)]
        raise DiffMemError(f"{tool} failed: {' '.join(told) or 'no answer'}")
    return answer.structured_content


async def _laid_out(home: Path, user: str) -> Path:
    from ..memory import Memory

    return await Memory.open(home).view(user)


def _removal(home: Path) -> str:
    return f'rmdir /s /q "{home}"' if sys.platform == "win32" else f"rm -rf {home}"
