"""The servers we know by name: where they are and what they take."""

from dataclasses import dataclass

from .dialect import Dialect, Form


@dataclass(frozen=True, slots=True)
class Preset:
    """A server, or a kind of server, and how to begin with it; the rest is learnt from its answers.

    `timeout` is for one answer, in seconds; `asks_cost` says that it tells the cost only when asked to.
    """

    url: str
    needs_key: bool
    concurrency: int
    dialect: Dialect
    timeout: float = 60.0
    asks_cost: bool = False


_STRICT = Dialect(form=Form.STRICT)
_SMALL = Dialect(tools=False)

PRESETS = {
    "openrouter": Preset("https://openrouter.ai/api/v1", True, 8, _STRICT, asks_cost=True),
    "openai": Preset(
        "https://api.openai.com/v1", True, 8, Dialect(form=Form.STRICT, cap="max_completion_tokens")
    ),
    "cerebras": Preset("https://api.cerebras.ai/v1", True, 4, _STRICT),
    "vllm": Preset("http://127.0.0.1:8000/v1", False, 8, Dialect()),
    "ollama": Preset("http://127.0.0.1:11434/v1", False, 1, _SMALL, timeout=300.0),
    "llama.cpp": Preset("http://127.0.0.1:8080/v1", False, 1, _SMALL, timeout=300.0),
}

ANY = Preset("", False, 4, Dialect())
"""A server of which only the address is known."""


def preset_at(url: str) -> str:
    """The name of the preset that has this base URL; "" if none has."""
    return next((name for name, preset in PRESETS.items() if preset.url == url), "")
