"""How a token reaches git: through the program that git asks, and by no other way."""

import contextlib
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path

_VARIABLE = "DIFFMEM_ASKPASS_TOKEN"
# GitHub and GitLab take a token as the password of any user; this name is the one GitHub documents.
_SCRIPT = f"""\
#!/bin/sh
case "$1" in
Username*) printf '%s\\n' x-access-token ;;
Password*) printf '%s\\n' "${_VARIABLE}" ;;
esac
"""


@contextlib.contextmanager
def answering(token: str) -> Generator[Mapping[str, str]]:
    """The environment of a git command that may ask for a token; "" answers every question with nothing.

    The token is in the environment of that one command only. The program that tells it holds no secret
    and lies in a private folder of the system's, for as long as the command runs.
    """
    if not token:
        yield {"GIT_ASKPASS": "", "SSH_ASKPASS": ""}
        return
    with tempfile.TemporaryDirectory(prefix="diffmem-askpass-") as folder:
        program = Path(folder) / "askpass"
        program.write_text(_SCRIPT, "utf-8", newline="\n")
        program.chmod(0o700)
        yield {"GIT_ASKPASS": str(program), "SSH_ASKPASS": "", _VARIABLE: token}
