from support import put

from diffmem.storage.branch import Branch
from diffmem.storage.care import tend
from diffmem.storage.history import History


def test_a_tended_memory_reads_as_before_and_takes_new_commits(branch: Branch) -> None:
    commits = [put(branch, {"a.md": f"{number}\n"}) for number in range(30)]
    tend(branch)
    assert not list((branch.repository / "objects").glob("[0-9a-f][0-9a-f]/*"))
    assert list((branch.repository / "objects/info").glob("commit-graph*"))
    assert branch.tip() == commits[-1]
    newest = put(branch, {"a.md": "new\n"})
    assert [commit.id for commit in History(branch.snapshot()).commits(["a.md"])] == [newest, *commits[::-1]]
