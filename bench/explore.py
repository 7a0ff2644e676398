"""How long commands take on a memory of 1,000 files: `python bench/explore.py [files]`."""

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from diffmem.agents.explore.explore import close, explore, walls
from diffmem.storage.changes import Actor, ChangeSet, Stage
from diffmem.storage.durability import Durability
from diffmem.storage.names import user_id
from diffmem.storage.snapshot import Snapshot
from diffmem.storage.store import Store

COMMANDS = """ls
ls -la memories/people
cat index.md
cat memories/people/person_7.md
head -20 index.md
tail -n +5 memories/people/person_9.md
grep -rn coffee .
grep -rniE 'coffee|tea' memories --include='*.md'
grep -rl topic_77 .
grep -c likes memories/people/*.md | sort -t: -k2 -rn | head
find . -name 'person_1*.md' | wc -l
sed -n '1,9p' memories/people/person_3.md
wc -l index.md
git log --oneline -15
git log --oneline -5 -- memories/people/person_5.md
git log --stat -3
git log -S topic_42 --oneline
git show HEAD~2 --stat
git diff HEAD~3.. -- memories
git blame memories/people/person_5.md
git grep -n topic_5
git shortlog -sn
git rev-list --count HEAD
cat index.md | grep person_1 | cut -d: -f2 | sort | uniq -c""".splitlines()
ROUNDS = 15
COMMITS = 200


def filled(home: Path, files: int) -> Snapshot:
    """A memory of many small files and a few hundred commits."""
    branch = Store(home, Durability.RELAXED).created(user_id("bench"))
    paths = [f"memories/people/person_{number}.md" for number in range(files - 1)]
    body = "".join(f"- likes thing {line} and coffee with somebody\n" for line in range(20))
    content = {path: f"# {path}\n{body}- about topic_{number % 97}\n" for number, path in enumerate(paths)}
    content["index.md"] = "".join(f"{path}: {path[16:-3]}\n" for path in paths)
    with branch.writing() as writer:
        writer.commit(ChangeSet("first", Stage.INTAKE, Actor.WRITER, content))
        for number in range(COMMITS):
            path = paths[number % len(paths)]
            content[path] += f"- learned {number}\n"
            writer.commit(ChangeSet(f"change {number}", Stage.DIGEST, Actor.WRITER, {path: content[path]}))
    return branch.snapshot()


def main() -> None:
    """Print a row for each command and one for all."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        snapshot = filled(Path(folder), files)
        _say(f"{files} files, {COMMITS + 1} commits; {walls()}")
        explore(snapshot, "true")
        everything: list[float] = []
        for command in COMMANDS:
            took = [_timed(snapshot, command) for _ in range(ROUNDS)]
            everything += took
            _say(f"{statistics.median(took):7.1f} ms  {max(took):7.1f} ms  {command}")
        everything.sort()
        p95 = everything[int(len(everything) * 0.95)]
        _say(f"all: median {statistics.median(everything):.1f} ms, p95 {p95:.1f} ms")
        start = time.monotonic()
        with ThreadPoolExecutor(200) as pool:
            list(pool.map(partial(explore, snapshot), (COMMANDS * 9)[:200]))
        _say(f"200 at once: {time.monotonic() - start:.1f} s")
        close()


def _timed(snapshot: Snapshot, command: str) -> float:
    start = time.perf_counter()
    explore(snapshot, command)
    return (time.perf_counter() - start) * 1000


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
