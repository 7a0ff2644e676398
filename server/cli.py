"""The command line: what can be asked, and how it ends."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from . import bringing, migrating, ontologies
from .auth import verbs as auth
from .console import utf8
from .install import hook, installing
from .jobs import verbs as jobs
from .take import verbs as take

USAGE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141

Verb = Callable[[str, str], argparse.ArgumentParser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; answers the exit code."""
    utf8()
    asked = parser().parse_args(arguments)
    try:
        code = _run(asked)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _run(asked: argparse.Namespace) -> int:
    # Everything heavy is loaded after the arguments are known to make sense.
    from ..errors import DiffMemError
    from .settings import BadSettings, Settings

    given = {name: getattr(asked, name, None) for name in ("home", "user", "host", "port")}
    try:
        from . import verbs

        if asked.verb == "hook":
            return hook.hook(asked, given)
        # A host starts this in somebody's project; a file there must not say where memories go.
        unread = {"_env_file": ()} if asked.verb == "mcp" else {}
        return verbs.run(asked, Settings.load(**given, **unread))
    except BadSettings as error:
        return complain(str(error), USAGE)
    except DiffMemError as error:
        return complain(str(error), 1)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        where = f": {error.filename}" if error.filename else ""
        return complain(f"{error.strerror or error}{where}", 1)


def complain(what: str, code: int) -> int:
    """Say in one line what went wrong."""
    sys.stderr.write(f"diffmem: {' '.join(what.split())}\n")
    return code


def parser() -> argparse.ArgumentParser:
    """Every verb and its options."""
    top = argparse.ArgumentParser(
        prog="diffmem",
        description="A memory for agents that is a git repository.",
        epilog="Try `diffmem demo`. Settings: DIFFMEM_HOME, DIFFMEM_USER, DIFFMEM_TIMEZONE, or a file .env.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version")
    _common(top)
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, told: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=told, description=f"{told[:1].upper()}{told[1:]}.")
        _common(made)
        return made

    _doors(verb)
    _words(verb)
    _past(verb)
    _back(verb)
    _keeping(verb)
    _backing_up(verb)
    _upkeep(verb)
    auth.arguments(verb, _common)
    jobs.arguments(verb, _common)
    ontologies.arguments(verb, _common)
    migrating.arguments(verb)
    take.arguments(verb, _common)
    bringing.arguments(verb, _common)
    installing.arguments(verb, _common)
    hook.arguments(verb, _common)
    return top


def _doors(verb: Verb) -> None:
    verb("mcp", "serve one MCP client over standard input and output")
    serve = verb("serve", "serve MCP clients over HTTP on this machine")
    serve.add_argument("--host", help="address to listen on (DIFFMEM_HOST, 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (DIFFMEM_PORT, 8000)")
    demo = verb("demo", "show it at work on a small conversation, through a real MCP client")
    demo.add_argument("--from", dest="source", metavar="FILE", help="other transcripts: JSON, JSONL, text")
    demo.add_argument("--ask", action="append", default=[], metavar="TEXT", help="ask this; may be repeated")


def _words(verb: Verb) -> None:
    remember = verb("remember", "store a conversation")
    remember.add_argument("file", help="a text, Markdown or JSON file; - reads standard input")
    remember.add_argument("--session-id", default="", help="your name for the conversation")
    remember.add_argument("--session-date", default="", help="when it took place: YYYY-MM-DD or RFC 3339")
    remember.add_argument(
        "--facts", default="", metavar="FILE", help="ready-made facts: a JSON list of entity, type, statement"
    )
    recall = verb("recall", "find what is known on a question")
    recall.add_argument("query")
    recall.add_argument("--max-tokens", type=int, default=2000, help="cap on the answer, 50 or more (2000)")
    recall.add_argument(
        "--depth", default="", help="fast: no model; deep: a model looks, too; auto: where rules are unsure"
    )
    recall.add_argument("--profile", action="store_true", help="add the user's profile")
    recall.add_argument("--explain", action="store_true", help="add why each passage is here")
    _happened(recall)
    _as_of(recall)
    read = verb("read", "print one file of the memory")
    read.add_argument("path", nargs="?", default="index.md", help="a path, or a source as recall cites it")
    read.add_argument("--lines", default="", help='such as "12-40"')
    _as_of(read)
    _as_of(verb("list", "list the files of the memory"))
    explore = verb("explore", "look around the files with read-only commands; a prompt without one")
    explore.add_argument("command", nargs="*", help="such as 'grep -rn maya memories | head -5'; quote it")
    _as_of(explore)


def _past(verb: Verb) -> None:
    history = verb("history", "show what changed and when")
    history.add_argument("path", nargs="?", default="", help="a file; all of them if left out")
    for name, told in (
        ("entity", "a person or theme by name"),
        ("session", "a session id"),
        ("query", "words that the changed lines hold"),
        ("since", "learned on or after this date or time"),
        ("until", "learned on or before"),
        ("stage", "intake, digest, edit, consolidate, ..."),
        ("cursor", "where the page before ended"),
    ):
        history.add_argument(f"--{name}", default="", help=told)
    history.add_argument("--limit", type=int, default=10, help="commits a page (10)")
    history.add_argument("--why", default="", metavar="LINE", help='where "path:line" or a quote comes from')
    _happened(history)
    _as_of(history)
    why = verb("why", "tell who said a line, when, and in which words")
    why.add_argument("line", help='"path:line", or a few words of it')
    _as_of(why)


def _upkeep(verb: Verb) -> None:
    onboard = verb("onboard", "begin a memory with a profile; nothing is lost if it is there already")
    onboard.add_argument("about", nargs="?", default="", help="a few words about the user")
    onboard.add_argument("--template", default="", metavar="FILE", help="a ready profile in Markdown")
    consolidate = verb("consolidate", "put the memory in order; each step is a commit of its own")
    consolidate.add_argument(
        "tools", nargs="*", help="dedupe redistribute link (these by default), reabsorb, prune"
    )
    consolidate.add_argument("--dry-run", action="store_true", help="tell what would change, change nothing")
    consolidate.add_argument(
        "--window", type=int, default=0, help="link in the files of the last N commits; 0: all"
    )
    consolidate.add_argument(
        "--soft-cap-tokens", type=int, default=32_000, help="what a file may hold (32000)"
    )
    unmerge = verb("unmerge", "take two files apart that consolidate merged")
    unmerge.add_argument("merged", help="the name or path of the file that went, or the commit of the merge")
    verb("status", "what the memory holds, what waits, what failed")
    maintain = verb("maintain", "pack the memory, keep long histories fast, drop what no commit leads to")
    maintain.add_argument("--all", action="store_true", help="the memory of every user")
    doctor = verb("doctor", "look whether all is well; code 1 if something is wrong")
    doctor.add_argument("--fix", action="store_true", help="mend what can be mended; nothing is dropped")
    doctor.add_argument("--all", action="store_true", help="look at the memory of every user")
    doctor.add_argument("--online", action="store_true", help="ask the mirror and the model's server, too")
    doctor.add_argument(
        "--citations", action="store_true", help="only lines that lead to no session and no person"
    )


def _back(verb: Verb) -> None:
    restore = verb("restore", "bring back a file as it was, or a session that is gone")
    what = restore.add_mutually_exclusive_group(required=True)
    what.add_argument("--path", default="", help="a file")
    what.add_argument(
        "--session", default="", help="the id of a session that was undone, archived or retracted"
    )
    _as_of(restore)
    undo = verb("undo", "take back a session or one commit, as a new commit")
    what = undo.add_mutually_exclusive_group(required=True)
    what.add_argument("--session", default="", help="a session id")
    what.add_argument("--commit", default="", help="a commit as history shows it")
    forget = verb("forget", "make the memory forget; shows what would go and asks first")
    what = forget.add_mutually_exclusive_group(required=True)
    what.add_argument("--session", default="", help="a session id")
    what.add_argument("--entity", default="", help="a person or theme by name")
    what.add_argument("--path", default="", help="a file")
    what.add_argument("--words", default="", help="words as they stand in the memory")
    what.add_argument("--everything", action="store_true", help="the whole memory of this user; erase only")
    forget.add_argument(
        "--how",
        required=True,
        choices=("archive", "retract", "erase"),
        help="archive: out of recall, can be restored; retract: out of the present, and not learned again "
        "from the same words; erase: out of all history, for good",
    )
    forget.add_argument("--dry-run", action="store_true", help="show what would go, change nothing")
    forget.add_argument("--yes", action="store_true", help="do not ask")


def _keeping(verb: Verb) -> None:
    verb("users", "list who has a memory here")
    verb("view", "lay out the files in a folder for people, and print where it is")


def _backing_up(verb: Verb) -> None:
    verb("backup", "bring every memory and the mirror into step (DIFFMEM_BACKUP_BACKEND)")
    bundle = verb("bundle", "write the whole memory, with its history, into one file")
    bundle.add_argument("file")
    bundle.add_argument("--force", action="store_true", help="replace what is there")
    verb("restore-bundle", "bring back the memory that such a file holds").add_argument("file")


def _common(into: argparse.ArgumentParser) -> None:
    # Without a default of its own, a verb's parser does not undo what stood before the verb.
    unset = argparse.SUPPRESS
    into.add_argument("--home", default=unset, help="where the memories lie (DIFFMEM_HOME)")
    into.add_argument("--user", default=unset, help="whose memory it is (DIFFMEM_USER)")
    into.add_argument("--json", action="store_true", default=unset, help="answer as JSON")


def _happened(into: argparse.ArgumentParser) -> None:
    into.add_argument("--happened-after", default="", metavar="DATE", help="only what happened on or after")
    into.add_argument("--happened-before", default="", metavar="DATE", help="only what happened on or before")


def _as_of(into: argparse.ArgumentParser) -> None:
    into.add_argument("--as-of", default="", help="what was known then: a commit, a date or a time")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"diffmem {version('diffmem')}\n")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
