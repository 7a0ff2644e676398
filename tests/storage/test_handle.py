import gc
import weakref
from pathlib import Path

import pytest
from support import put

from diffmem.storage.handle import Handle
from diffmem.storage.names import user_id
from diffmem.storage.store import Store


def test_a_repository_is_closed_once_nobody_holds_it(tmp_path: Path) -> None:
    branch = Store(tmp_path).created(user_id("ana"))
    put(branch, {"memories/people/ana.md": "# Ana\n"})
    gc.disable()
    try:
        snapshot = branch.snapshot()
        assert list(snapshot.repository.references) == [branch.ref]
        held = weakref.ref(snapshot.repository)
        del snapshot
        assert held() is None
    finally:
        gc.enable()


def test_what_a_repository_does_not_have_is_said(tmp_path: Path) -> None:
    handle = Handle(str(Store(tmp_path).created(user_id("ana")).repository))
    assert not list(handle.remotes)
    with pytest.raises(AttributeError, match="colour"):
        _ = handle.colour
