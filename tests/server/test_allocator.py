import re
import subprocess
import sys

import pytest

# Threads that take turns at keeping something, and how many arenas the C library has then.
COUNTING = """
import ctypes, os, sys, tempfile, threading
from diffmem.server.allocator import keep_little

if sys.argv[1] == "told" and not keep_little():
    print("not glibc"); raise SystemExit
kept, all_there = [], threading.Barrier(13)

def keep():
    kept.append([bytes(2_000) for _ in range(50)])
    all_there.wait()
    all_there.wait()

threads = [threading.Thread(target=keep) for _ in range(12)]
for one in threads: one.start()
all_there.wait()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
place = os.path.join(tempfile.mkdtemp(), "told")
file = ctypes.c_void_p(library.fopen(place.encode(), b"w"))
library.malloc_info(0, file); library.fclose(file)
print("arenas", open(place).read().count("<heap nr"))
all_there.wait()
"""


def arenas(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", COUNTING, how], capture_output=True, text=True, check=True)
    found = re.search(r"arenas (\d+)", done.stdout)
    if found is None:
        pytest.skip("the C library is not glibc")
    return int(found[1])


@pytest.mark.skipif(sys.platform != "linux", reason="arenas are told of by glibc alone")
def test_many_threads_share_few_arenas() -> None:
    assert arenas("told") <= 2 < arenas("not told")
