import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pygit2
import pytest
from mirrors import Machine, bare, holds_anywhere, machine, served, tip_of
from support import put

from diffmem.errors import BadInput, GitFailed, MirrorFailed
from diffmem.storage.git import git
from diffmem.storage.mirror import Mirror
from diffmem.storage.remote import Lease, Remote
from diffmem.storage.remote_address import address, github

TOKEN = "ghp_0123456789abcdefXYZ"


@pytest.mark.parametrize(
    ("raw", "transport"),
    [
        ("/srv/mirror.git", "path"),
        ("/srv/with blank/mirror.git", "path"),
        ("file:///srv/mirror.git", "file"),
        ("file://localhost/srv/mirror.git", "file"),
        ("git@github.com:owner/name.git", "ssh"),
        ("backup:mirror.git", "ssh"),
        ("ssh://git@host.example:2222/srv/mirror.git", "ssh"),
        ("git+ssh://host/mirror.git", "ssh"),
        ("https://github.com/owner/name.git", "https"),
        ("https://host.example:8443/mirror", "https"),
        ("http://127.0.0.1:8000/mirror.git", "http"),
        ("http://[::1]:8000/mirror.git", "http"),
        ("http://localhost/mirror.git", "http"),
    ],
)
def test_a_mirror_may_lie_there(raw: str, transport: str) -> None:
    assert address(raw).transport == transport


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        " /srv/x",
        "relative/mirror.git",
        "./mirror.git",
        "~/mirror.git",
        "-upload-pack=x",
        "--upload-pack=touch x",
        "ext::sh -c touch% /tmp/x",
        "EXT::sh",
        "fd::17",
        "transport::address",
        "git://host/x.git",
        "ftp://host/x",
        "rsync://host/x",
        "http://host.example/x.git",
        "http://127.0.0.1.evil.example/x",
        "http://localhost@evil.example/x",
        "https://user@host/x.git",
        f"https://user:{TOKEN}@host/x.git",
        f"https://{TOKEN}@host/x.git",
        f"https://host/x.git?token={TOKEN}",
        f"https://host/x.git#{TOKEN}",
        f"ssh://git:{TOKEN}@host/x.git",
        "ssh://-oProxyCommand=touch x/y",
        "ssh://git@-oProxyCommand=x/y",
        "-oProxyCommand=x:y",
        "git@-oProxyCommand=x:y",
        "file://host/srv/x.git",
        "https:///x.git",
        "https://host:99999/x",
        "/srv/x\n.git",
        "/srv/x\x00.git",
        "/srv/x\u202e.git",
    ],
)
def test_a_mirror_may_not_lie_there_and_no_secret_is_repeated(raw: str) -> None:
    with pytest.raises(BadInput, match="the mirror's address cannot be used") as told:
        Mirror(raw)
    assert TOKEN not in str(told.value)


def test_transports_can_be_shut_out() -> None:
    with pytest.raises(BadInput, match="path is not among"):
        Mirror("/srv/mirror.git", allow=frozenset({"https", "ssh"}))


@pytest.mark.parametrize("raw", ["owner/name", "owner/name.git", "https://github.com/owner/name.git"])
def test_a_repository_on_github_goes_by_its_short_name(raw: str) -> None:
    assert github(raw) == "https://github.com/owner/name.git"
    assert Mirror.on_github(raw, TOKEN).remote_url == github(raw)


@pytest.mark.parametrize("token", ["a\nb", "a b", "a\x00", "\u200b"])
def test_a_token_that_cannot_be_one_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(BadInput) as told:
        Mirror("https://host/x.git", token=token)
    assert token not in str(told.value)


def test_a_token_is_not_shown() -> None:
    mirror = Mirror("https://host/x.git", token=TOKEN)
    assert TOKEN not in f"{mirror!r} {mirror} {Remote(address('https://host/x.git'), TOKEN)!r}"


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "mirror.git")


@pytest.fixture
def here(tmp_path: Path, remote: Path) -> Machine:
    return machine(tmp_path / "here", remote)


def test_a_mirror_over_http_opens_with_its_token_and_keeps_none_of_it(
    here: Machine, remote: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tip = put(here.branch, {"a.md": "a\n"})
    with served(remote, TOKEN) as url:
        mirror = Mirror(url, token=TOKEN)
        assert mirror.push(here.branch).pushed
        there = Machine(machine(tmp_path / "there", remote).store, mirror)
        assert there.mirror.fetch(there.branch).tip == tip
    assert tip_of(remote) == tip
    assert not holds_anywhere(tmp_path, TOKEN)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("given", ["", "wrong-token"])
def test_a_mirror_that_wants_another_token_is_told_without_it(
    here: Machine, remote: Path, given: str
) -> None:
    put(here.branch, {"a.md": "a\n"})
    with served(remote, TOKEN) as url, pytest.raises(MirrorFailed) as told:
        Mirror(url, token=given).push(here.branch)
    assert "it does not let us in; see whether the token" in str(told.value)
    shown = f"{told.value!s} {told.value.__cause__!r} {told.value.__context__!r}"
    assert "127.0.0.1" not in str(told.value)
    assert TOKEN not in shown
    assert not given or given not in shown


def test_a_token_is_not_carried_to_where_the_mirror_sends_us(here: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    with (
        served(remote, TOKEN) as target,
        served(remote, elsewhere=f"{target}/info/refs") as url,
        pytest.raises(MirrorFailed),
    ):
        Mirror(url, token=TOKEN).push(here.branch)
    assert tip_of(remote) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_process_shows_the_token_in_its_arguments(here: Machine, remote: Path) -> None:
    put(here.branch, {"a.md": "a\n"})
    shown: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    shown.add(folder.joinpath("cmdline").read_bytes().decode("utf-8", "replace"))
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    with served(remote, TOKEN) as url:
        watcher.start()
        try:
            Mirror(url, token=TOKEN).push(here.branch)
        finally:
            done.set()
            watcher.join()
    assert any("push" in one for one in shown)
    assert not [one for one in shown if TOKEN in one]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for ssh")
def test_ssh_asks_nobody_and_reaches_the_mirror(
    here: Machine, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    ssh = tools / "ssh"
    ssh.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nfor last; do :; done\nexec sh -c "$last"\n', "utf-8"
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.defpath}")
    tip = put(here.branch, {"a.md": "a\n"})
    Mirror(f"ssh://git@host{remote}", token=TOKEN).push(here.branch)
    assert tip_of(remote) == tip
    asked = tmp_path.joinpath("asked").read_text("utf-8")
    assert "BatchMode=yes" in asked
    assert TOKEN not in asked


def test_what_a_person_set_for_their_own_git_is_not_used(
    here: Machine, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "person"
    home.mkdir()
    evil = tmp_path / "evil.git"
    home.joinpath(".gitconfig").write_text(
        f'[url "{evil}"]\n\tinsteadOf = {remote}\n[credential]\n\thelper = "!touch {tmp_path}/ran"\n', "utf-8"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{evil}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(remote))
    tip = put(here.branch, {"a.md": "a\n"})
    here.mirror.push(here.branch)
    assert tip_of(remote) == tip
    assert not tmp_path.joinpath("ran").exists()


def test_references_move_together_or_not_at_all(here: Machine, remote: Path) -> None:
    old = put(here.branch, {"a.md": "a\n"})
    new = put(here.branch, {"a.md": "b\n"})
    target = Remote(address(str(remote)))
    target.pushed(here.branch.repository, [Lease("refs/heads/x", "", old), Lease("refs/heads/y", "", old)])
    with pytest.raises(MirrorFailed):
        target.pushed(
            here.branch.repository, [Lease("refs/heads/x", old, new), Lease("refs/heads/y", new, new)]
        )
    assert set(target.listed(here.branch.repository, "refs/heads/*").values()) == {old}


def test_a_command_of_git_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    pygit2.init_repository(str(tmp_path), bare=True)
    with pytest.raises(GitFailed, match="Timeout"):
        git(tmp_path, "-c", "alias.nap=!sleep 61.75", "nap", seconds=0.2)
    assert subprocess.run(["pgrep", "-f", "^sleep 61.75$"], check=False).returncode != 0
