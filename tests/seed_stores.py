"""A store as the seed of this product writes it, made with the git program alone."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

BOB = "Bob"
LITTLE_BOB = "bob"
CARLA = "carla_1@b.example"
USERS = (BOB, LITTLE_BOB, CARLA)

_AROUND = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "DiffMem",
    "GIT_AUTHOR_EMAIL": "diffmem@example.com",
    "GIT_COMMITTER_NAME": "DiffMem",
    "GIT_COMMITTER_EMAIL": "diffmem@example.com",
    "PATH": os.defpath,
}
Files = dict[str, str]

FRONT_MATTER: Files = {
    "Bob.md": (
        "---\ntype: person\nname: Bob\n---\n# Bob\n\n### Core [ALWAYS_LOAD]\n- Bob is a nurse.\n/END Core\n"
    ),
    "repo_guide.md": "# Guide\n\nFiles are about people and themes.\n",
    ".diffmem/consolidator.lock": "",
    "memories/people/maya.md": (
        "---\ntype: person\nname: Maya\naliases: [Mai]\nrelated: [Bob]\n---\n# Maya\n\n"
        "### Core [ALWAYS_LOAD]\n- Maya is Bob's sister.\n- Maya plays the cello.\n/END Core\n"
    ),
    "sessions/2024-01-05_s-001.txt": "Bob: My sister Maya plays the cello.\n",
    "timeline/2024-01.md": (
        "# Timeline 2024-01\n\n"
        "#### 2024-01-05 (Session: s-001)\n**Event**: Bob told of Maya.\n/END 2024-01-05\n"
    ),
}

TRAILING_INDEX: Files = {
    "bob.md": "# bob\n\n### Core\n- bob is a potter.\n\n## SEMANTIC INDEX\n\n"
    + json.dumps({"entity": "bob", "type": "person", "hard_cues": ["pottery"], "memory_strength": "High"})
    + "\n",
    "repo_guide.md": "# Guide\n",
    "memories/people/nils.md": (
        "# Nils\n\n### Character\n[ALWAYS_LOAD]\nNils bakes rye bread.\n[/ALWAYS_LOAD]\n[Strength: High]\n\n"
        "## SEMANTIC INDEX\n\n"
        + json.dumps(
            {"entity": "Nils", "type": "person", "hard_cues": ["bread", "rye"], "related_entities": ["bob"]}
        )
        + "\n"
    ),
    "memories/contexts/pottery.md": "# Pottery\n\nbob glazes pots with Nils.\n",
    "sessions/2024-02-01_s-001.txt": "Nils bakes rye bread for bob.\n",
    "timeline/2024-02.md": "#### 2024-02-01 (Session: s-001)\n**Event**: bob ate bread.\n/END 2024-02-01\n",
}

CORPORATE: Files = {
    f"{CARLA}.md": f"---\ntype: employee\nname: {CARLA}\n---\n# {CARLA}\n\n- Leads the platform team.\n",
    "memories/employees/olga.md": (
        "---\ntype: employee\nname: Olga\nrole: engineer\n---\n# Olga\n\n- Olga owns the billing service.\n"
    ),
    "memories/projects/atlas.md": (
        "---\ntype: project\nname: Atlas\n---\n# Atlas\n\n- Atlas moves billing to Kyoto.\n"
    ),
    "sessions/2024-03-01_s-001.txt": "Olga owns billing. Atlas moves it to Kyoto.\n",
}


@dataclass(frozen=True)
class Seed:
    """A seed's store: the folder of its repository, and the folder of its worktrees."""

    storage: Path
    worktrees: Path

    def git(self, *arguments: str, at: Path | None = None) -> str:
        """Run git in the repository, or in a worktree."""
        command = ["git", "-C", str(at or self.storage), *arguments]
        return subprocess.run(command, env=_AROUND, check=True, capture_output=True, text=True).stdout

    def worktree(self, user: str) -> Path:
        """Where a user's files lie."""
        return self.worktrees / user

    def tip(self, user: str) -> str:
        """The newest commit of a user."""
        return self.git("rev-parse", f"refs/heads/user/{user}").strip()

    def line(self, user: str) -> list[str]:
        """Every commit of a user, newest first."""
        return self.git("rev-list", f"refs/heads/user/{user}").split()

    def writes(self, user: str, files: Files, subject: str) -> str:
        """Write files in a worktree and commit them there, as the seed does."""
        at = self.worktree(user)
        for path, text in files.items():
            at.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
            at.joinpath(path).write_text(text, "utf-8")
        self.git("add", "-A", "-f", at=at)
        self.git("commit", "-q", "-m", subject, at=at)
        return self.git("rev-parse", "HEAD", at=at).strip()

    def begins(self, user: str) -> None:
        """Make the orphan branch of a user and its worktree."""
        empty = self.git("hash-object", "-t", "tree", "-w", os.devnull).strip()
        first = self.git("commit-tree", empty, "-m", f"Initialize {user}").strip()
        self.git("worktree", "add", "-q", "-b", f"user/{user}", str(self.worktree(user)), first)


def seed_store(folder: Path) -> Seed:
    """A store with three users, who are told apart by case and by both formats of entity files."""
    seed = Seed(folder / "storage", folder / "worktrees")
    seed.storage.mkdir(parents=True)
    seed.git("init", "-q", "-b", "main")
    hook = seed.storage / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    for user, files in zip(USERS, (FRONT_MATTER, TRAILING_INDEX, CORPORATE), strict=True):
        seed.begins(user)
        first = {
            path: text for path, text in files.items() if not path.startswith(("sessions/", "timeline/"))
        }
        seed.writes(user, first, f"Onboard {user}")
        seed.writes(user, {**files, "index.md": index_of(files)}, "Session s-001 | maya, core, timeline")
    # From now on, whoever commits with git in one of the worktrees is told of by this.
    hook.write_text(f"#!/bin/sh\necho called >> '{folder / 'webhook'}'\n", "utf-8")
    hook.chmod(0o755)
    return seed


def index_of(files: Files) -> str:
    """The page `index.md` as the seed has it."""
    told = ["# Memory Index\n"]
    for path in (one for one in files if one.startswith("memories/")):
        name = Path(path).stem
        facts = {"entity": name, "hard_cues": [name], "related_entities": []}
        told.append(f"### {name.title()} (person)\n- **File**: {path}\n- **Strength**: High\n- `{facts!r}`\n")
    return "\n".join(told)
