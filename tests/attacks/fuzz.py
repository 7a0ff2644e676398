"""Random command lines made of the corpora's words; by hand: `python tests/attacks/fuzz.py 100000`."""

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from diffmem.agents.explore.address import Address, Request
from diffmem.agents.explore.budget import HARD_SECONDS
from diffmem.agents.explore.explore import explore
from diffmem.agents.explore.interpreter import interpreted
from diffmem.storage.snapshot import Snapshot

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PATHS = """. ./ memories memories/ memories/people/ann.md notes.md index.md *.md memories/* nosuch.md big.md
binary.bin ansi.md link.md abs updir bin/cat .gitattributes trap/HEAD timeline ../x / /etc/passwd''""".split()
WORDS = """-n -c -l -r -rn -i -v -w -o -E -F -P -x -A2 -B 1 -C1 -m 2 -e coffee hello 'a|b' '^h' 'o$' '[a-z]*'
'(a|b)+' '\\(x\\)' '\\<c' '[[:alpha:]]+' '[' '(' '*' 5 -5 +3 2,3p '2,3p' '$p' '/a/,/b/d' 's/a/b/g'
's/(a)/\\1\\1/' 1d q -k2 -t: -u -f1 -d: -d' ' -f2- -c1-3 --complement -s '{print $1}' '{print $NF,
NR}' '$1 ~ /a/ {print}' -F: a-z A-Z -d -name '*.md' -type f d -o -not ! -maxdepth 1 -size +1k -empty
-la -lt -R -1 -S -d -h log diff show blame grep shortlog rev-list ls-files ls-tree --oneline --stat
-p --name-only --name-status --numstat --format=%h%x09%s --format='%H %ad %an %b' --pretty=format:%s
--date=short --date=relative --date=format:%Y --since=1.week --since='2 years ago' --until=now
--grep=Session --author=t -S hello -G h.*o --follow --reverse --skip=1 -1 -3 --count HEAD HEAD~1
HEAD~2 HEAD^ HEAD~1..HEAD HEAD..HEAD~1 HEAD...HEAD~1 ^HEAD~1 HEAD:notes.md HEAD~1:memories HEAD: @
-- -U0 -L1,3 -L2,+1 -L /h/,+1 -w -M --no-renames --diff-filter=AM""".split()
COMMANDS = """cat head tail grep egrep fgrep ls find wc sort uniq cut sed awk tr nl tac echo pwd true false
git git git git git git""".split()
JOINS = ["|", "|", "|", "&&", "||", ";", "2>/dev/null", "2>&1", ">", "<", "&", "$(", "`", "\n"]
ODD = "'\"\\$`|&;<>(){}[]*?!#~^%=,.:/- \t\n\0\r\x1b\u202e\u2028é\U0001f600\ud800"


def corpus(name: str) -> list[str]:
    """The inputs for the sandbox of one of the corpora."""
    rows = [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]
    return [
        row["input"] for row in rows if row["surface"] in ("command", "benign") and len(row["input"]) < 2000
    ]


def lines(seed: int, count: int, placeholders: dict[str, str]) -> Iterator[str]:
    """Command lines: some grown from the grammar, some corpus lines with changes."""
    chance = random.Random(seed)
    known = corpus("attacks.jsonl") + corpus("benign.jsonl") * 3
    for name, value in placeholders.items():
        known = [line.replace(f"{{{name}}}", value) for line in known]
    pieces = sorted({piece for line in known for piece in line.split()})
    for _ in range(count):
        kind = chance.random()
        if kind < 0.6:
            yield _grown(chance, pieces)
        elif kind < 0.9:
            yield _changed(chance, chance.choice(known))
        else:
            yield " ".join(chance.choices(pieces, k=chance.randint(1, 8)))


def _grown(chance: random.Random, pieces: list[str]) -> str:
    parts = [chance.choice(COMMANDS)]
    for _ in range(chance.randint(0, 8)):
        kind = chance.random()
        if kind < 0.12:
            parts += [chance.choice(JOINS), chance.choice(COMMANDS)]
        else:
            parts.append(chance.choice(WORDS if kind < 0.6 else PATHS if kind < 0.9 else pieces))
    return " ".join(parts)


def _changed(chance: random.Random, line: str) -> str:
    for _ in range(chance.randint(0, 3)):
        at = chance.randint(0, len(line))
        line = chance.choice(
            [line[:at] + chance.choice(ODD) + line[at:], line[:at] + line[at + 1 :], line[at:] + line[:at]]
        )
    return line


def tried(snapshot: Snapshot, line: str, canaries: list[str], *, wall: bool) -> float:
    """Run one line, fail on a leak, and answer how long it took."""
    start = time.monotonic()
    if wall:
        output = str(explore(snapshot, line, now=NOW))
    else:
        storable = line.encode("utf-8", "replace").decode()
        output = interpreted(
            Request(Address(snapshot.repository.path, snapshot.commit), storable, NOW)
        ).output
    # What a line itself spells, quoted or not, may be repeated to who wrote it.
    spelled = line.translate({ord(char): None for char in "'\"\\"})
    leaked = [canary for canary in canaries if canary in output and canary not in spelled]
    assert not leaked, (line, leaked)
    return time.monotonic() - start


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> None:
    """Run as many lines as asked, and tell the slowest."""
    import attack_target

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    wall = "--wall" in sys.argv
    arena = Path(tempfile.mkdtemp(prefix="fuzz-"))
    placeholders = attack_target.build(arena / "arena")
    snapshot = attack_target.snapshot_of(Path(placeholders["WORKTREE"]))
    canaries = [attack_target.canary(kind) for kind in attack_target.SECRETS] + [attack_target.BOB]
    slow: list[tuple[float, str]] = []
    for place, line in enumerate(lines(int(time.time()), count, placeholders)):
        try:
            took = tried(snapshot, line, canaries, wall=wall)
        except Exception:
            _say(f"FAILED {line!r}")
            raise
        if took > 1:
            slow.append((took, line))
        if not place % 10_000:
            _say(place)
    over = [one for one in slow if one[0] > HARD_SECONDS + 1]
    _say(f"{count} lines, no leak, {len(slow)} over 1 s, {len(over)} over the hard limit")
    for took, line in sorted(slow, reverse=True)[:20]:
        _say(f"{took:.1f} s {line[:150]!r}")


if __name__ == "__main__":
    main()
