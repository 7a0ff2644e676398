"""Where the development data lies, if it is here: `DIFFMEM_TEST_DATA`, or beside the repository."""

import os
from pathlib import Path


def _found() -> Path | None:
    named = os.environ.get("DIFFMEM_TEST_DATA")  # noqa: TID251  a test asks where its data is
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    return folder if folder.is_dir() else None


DATA: Path | None = _found()
