"""One acknowledged write as the system sees it: nothing is named before it is on the disk."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("strace") is None, reason="needs strace"
)

PROGRAM = """
import os, sys
from pathlib import Path
from support import put
from diffmem.storage import branch
from diffmem.storage.durability import Durability
from diffmem.storage.names import user_id
from diffmem.storage.store import Store
import contextlib
if sys.argv[2:] == ["no-barrier"]:
    branch.objects_on_disk = lambda repository, durability: contextlib.nullcontext()
if sys.argv[2:] == ["early-answer"]:
    move = branch._move
    def answering(*told):
        os.write(1, b"ANSWER")
        move(*told)
    branch._move = answering
line = Store(Path(sys.argv[1])).created(user_id("alex"))
put(line, {"a.md": "one"})
os.write(1, b"BEGIN")
put(line, {"a.md": "two", "folder/b.md": "three"})
os.write(1, b"ANSWER")
"""
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NAMED_FILE = re.compile(r"\d+<([^>]*)>")


def traced(tmp_path: Path, *mutant: str) -> list[tuple[str, tuple[str, ...]]]:
    """The calls of one write that the order depends on, from its beginning to the answer."""
    script, log = tmp_path / "program.py", tmp_path / "trace"
    tests = Path(__file__).parents[1]
    script.write_text(f"import sys; sys.path.insert(0, {str(tests)!r})\n{PROGRAM}", "utf-8")
    calls = "write,fsync,fdatasync,syncfs,rename,renameat,renameat2,link,linkat"
    done = subprocess.run(
        ["strace", "-f", "-y", "-qq", "-s", "400", "-e", f"trace={calls}", "-o", str(log),
         sys.executable, str(script), str(tmp_path / "home"), *mutant],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if "ptrace" in done.stderr:
        pytest.skip(f"this machine lets nobody be traced: {done.stderr[:80]}")
    assert done.returncode == 0, done.stderr
    found: list[tuple[str, tuple[str, ...]]] = []
    for line in log.read_text("utf-8", "replace").splitlines():
        call = _CALL.match(line)
        if call and call[3] != "-1":
            names = (*_NAMED_FILE.findall(call[2]), *_QUOTED.findall(call[2]))
            found.append((call[1], names))
    begins = next(place for place, (call, names) in enumerate(found) if call == "write" and "BEGIN" in names)
    answers = next(
        place for place, (call, names) in enumerate(found) if call == "write" and "ANSWER" in names
    )
    return found[begins + 1 : answers]


def unsynced(calls: list[tuple[str, tuple[str, ...]]]) -> list[str]:
    """What is wrong with the order: files named before they were synced, or whose name was not."""
    objects: list[str] = []
    synced: set[str] = set()
    wrong: list[str] = []
    moved = ""
    for call, names in calls:
        if call in ("fsync", "fdatasync"):
            synced.add(names[0])
            moved = "" if moved and names[0] == str(Path(moved).parent) else moved
        elif call == "syncfs":
            objects.clear()
        elif call.startswith(("rename", "link")):
            old, new = names[-2:] if len(names) >= 2 else ("", "")
            if "/objects/" in new:
                objects.append(new)
            elif "/refs/heads/" in new:
                wrong += [f"{one} is not on the disk before the reference moves" for one in objects]
                wrong += [] if old in synced else [f"{old} was not synced before it was renamed"]
                moved = new
    if moved:
        wrong.append(f"the folder of {moved} was not synced before the answer")
    if not any(
        "/refs/heads/" in name for call, names in calls if call.startswith("rename") for name in names
    ):
        wrong.append("the reference had not moved at the answer")
    return wrong


def test_everything_of_a_write_is_on_the_disk_before_the_answer(tmp_path: Path) -> None:
    calls = traced(tmp_path)

    assert any("/objects/" in name for _, names in calls for name in names)
    assert unsynced(calls) == []


@pytest.mark.parametrize(
    ("mutant", "said"),
    [("no-barrier", "is not on the disk before"), ("early-answer", "had not moved at the answer")],
)
def test_a_write_without_its_barrier_or_with_an_early_answer_is_seen(
    mutant: str, said: str, tmp_path: Path
) -> None:
    assert any(said in wrong for wrong in unsynced(traced(tmp_path, mutant)))
