import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer

from diffmem.agents.providers.dialect import Form
from diffmem.agents.providers.provider import Message, Request
from diffmem.server.models import Models, models, retrieval_model, writer_model
from diffmem.server.settings import BadSettings, Settings

ASK = Request((Message("user", "Hello?"),))
OPENROUTER = "https://openrouter.ai/api/v1"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = ("DIFFMEM_", "DEFAULT_MODEL", "RETRIEVAL_", "OPENROUTER_", "PORT", "API_KEY")
    for name in [name for name in os.environ if name.startswith(told)]:  # noqa: TID251
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def settings(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def said_to(server: ModelServer, model: Any) -> tuple[str, str]:
    """The model and the key that a server hears of."""
    server.say("Hello.")
    try:
        model.complete(ASK)
    finally:
        model.close()
    asked = server.asked[-1]
    return str(asked.body["model"]), asked.headers.get("authorization", "").removeprefix("Bearer ")


@pytest.mark.parametrize(
    "environment", [{}, {"OPENROUTER_API_KEY": "k"}], ids=["nothing", "a key somebody else uses"]
)
def test_without_a_model_there_is_none(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    told = settings(monkeypatch, environment)

    assert writer_model(told) is None
    assert retrieval_model(told) is None


@pytest.mark.parametrize(
    ("environment", "url", "model"),
    [
        pytest.param(
            {"OPENROUTER_API_KEY": "k", "DEFAULT_MODEL": "a/b"}, OPENROUTER, "a/b", id="names of old"
        ),
        pytest.param(
            {"DIFFMEM_PROVIDER": "ollama", "DIFFMEM_MODEL": "qwen", "OPENROUTER_API_KEY": "k"},
            "http://127.0.0.1:11434/v1",
            "qwen",
            id="a provider by name",
        ),
        pytest.param(
            {"DIFFMEM_PROVIDER": "openai", "DIFFMEM_MODEL_KEY": "k", "DIFFMEM_MODEL": "m"},
            "https://api.openai.com/v1",
            "m",
            id="a provider with a key",
        ),
        pytest.param(
            {"DIFFMEM_MODEL_URL": "http://box:9/v1/", "DIFFMEM_MODEL": "m"},
            "http://box:9/v1",
            "m",
            id="any address",
        ),
        pytest.param(
            {"DIFFMEM_PROVIDER": "llama.cpp", "DIFFMEM_MODEL_URL": "http://box:9/v1", "DIFFMEM_MODEL": "m"},
            "http://box:9/v1",
            "m",
            id="a provider elsewhere",
        ),
        pytest.param(
            {"DIFFMEM_PROVIDER": "ollama", "DIFFMEM_MODEL": "mine", "DEFAULT_MODEL": "theirs"},
            "http://127.0.0.1:11434/v1",
            "mine",
            id="our name first",
        ),
    ],
)
def test_the_settings_name_a_model_and_its_server(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, model: str
) -> None:
    writer = writer_model(settings(monkeypatch, environment))

    assert writer is not None
    assert (writer.base_url, writer.model) == (url, model)


def test_a_preset_tells_how_to_begin_with_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    openai = writer_model(
        settings(
            monkeypatch,
            {"DIFFMEM_PROVIDER": "openai", "DIFFMEM_MODEL_KEY": "k", "DIFFMEM_MODEL": "m"},
        )
    )
    local = writer_model(Settings.load(provider="llama.cpp"))

    assert openai is not None
    assert local is not None
    assert (openai.dialect.form, openai.dialect.cap) == (Form.STRICT, "max_completion_tokens")
    assert (local.dialect.form, local.takes_tools) == (Form.BOUNDED, False)


def test_key_and_model_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer() as server:
        told = settings(
            monkeypatch,
            {"DIFFMEM_MODEL_URL": server.url, "DIFFMEM_MODEL_KEY": " k1\n", "DIFFMEM_MODEL": "m"},
        )

        assert said_to(server, writer_model(told)) == ("m", "k1")
        assert said_to(server, retrieval_model(told)) == ("m", "k1")


def test_retrieval_may_have_a_model_a_server_and_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer() as one, ModelServer() as other:
        told = settings(
            monkeypatch,
            {
                "DIFFMEM_MODEL_URL": one.url,
                "DIFFMEM_MODEL_KEY": "k1",
                "DEFAULT_MODEL": "files",
                "RETRIEVAL_MODEL": "answers",
            },
        )
        assert said_to(one, retrieval_model(told)) == ("answers", "k1")

        told = settings(monkeypatch, {"RETRIEVAL_AGENT_BASE_URL": other.url})
        assert said_to(other, retrieval_model(told)) == ("answers", "")

        told = settings(monkeypatch, {"RETRIEVAL_AGENT_API_KEY": "k2"})
        assert said_to(other, retrieval_model(told)) == ("answers", "k2")
        assert said_to(one, writer_model(told)) == ("files", "k1")


def test_one_model_for_both_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    both = models(settings(monkeypatch, {"DIFFMEM_PROVIDER": "vllm", "DIFFMEM_MODEL": "m"}))
    assert both.writer is both.retrieval

    apart = models(settings(monkeypatch, {"RETRIEVAL_MODEL": "n"}))
    assert isinstance(apart, Models)
    assert apart.writer is not None
    assert apart.retrieval is not None
    assert (apart.writer.model, apart.retrieval.model) == ("m", "n")
    assert apart.writer.counters is apart.retrieval.counters is apart.counters


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DIFFMEM_MODEL_KEY": "k"}, "DIFFMEM_MODEL: DIFFMEM_MODEL_KEY is set, but no model is named"),
        ({"DIFFMEM_PROVIDER": "ollama"}, "DIFFMEM_MODEL: DIFFMEM_PROVIDER is set, but no model"),
        ({"RETRIEVAL_AGENT_API_KEY": "k"}, "DIFFMEM_MODEL: DIFFMEM_RETRIEVAL_KEY is set, but no model"),
        ({"DIFFMEM_MODEL": "m"}, "DIFFMEM_MODEL: no server is named for it; set DIFFMEM_MODEL_URL, or"),
        ({"RETRIEVAL_MODEL": "m"}, "DIFFMEM_MODEL: no server is named for it"),
        (
            {"DIFFMEM_MODEL": "m", "RETRIEVAL_AGENT_BASE_URL": "http://box/v1"},
            "DIFFMEM_MODEL: no server is named",
        ),
        (
            {"DIFFMEM_MODEL": "m", "DIFFMEM_PROVIDER": "openrouter"},
            "DIFFMEM_MODEL_KEY: openrouter wants a key",
        ),
        (
            {"DIFFMEM_MODEL": "m", "DIFFMEM_PROVIDER": "openai", "OPENROUTER_API_KEY": "k"},
            "DIFFMEM_MODEL_KEY: openai wants a key",
        ),
        (
            {"DIFFMEM_MODEL": "m", "DIFFMEM_PROVIDER": "skynet"},
            "DIFFMEM_PROVIDER: 'skynet' is not a provider; give one of openrouter, openai",
        ),
        ({"DIFFMEM_MODEL": "m", "DIFFMEM_MODEL_URL": "box:8080"}, "DIFFMEM_MODEL_URL: this is no address"),
        ({"DIFFMEM_MODEL": "m", "DIFFMEM_MODEL_URL": "file:///etc/passwd"}, "DIFFMEM_MODEL_URL"),
        ({"DIFFMEM_MODEL": "m", "DIFFMEM_MODEL_URL": "http://[x"}, "DIFFMEM_MODEL_URL"),
        ({"DIFFMEM_MODEL": "m", "DIFFMEM_MODEL_URL": "http://box:99999/v1"}, "DIFFMEM_MODEL_URL"),
        ({"DIFFMEM_MODEL": "m", "DIFFMEM_MODEL_URL": "http://me:sesame@box/v1"}, "DIFFMEM_MODEL_URL"),
        ({"DIFFMEM_MODEL": "m", "RETRIEVAL_AGENT_BASE_URL": "ftp://box"}, "DIFFMEM_RETRIEVAL_URL"),
        ({"DIFFMEM_MODEL": "m", "DIFFMEM_MODEL_KEY": "se same"}, "DIFFMEM_MODEL_KEY: a key has no blanks"),
        ({"DIFFMEM_MODEL": "m", "DIFFMEM_MODEL_KEY": "sésame"}, "DIFFMEM_MODEL_KEY: a key has no blanks"),
        ({"OPENROUTER_API_KEY": "se\nsame"}, "OPENROUTER_API_KEY: a key has no blanks"),
        ({"RETRIEVAL_AGENT_API_KEY": "se same"}, "DIFFMEM_RETRIEVAL_KEY: a key has no blanks"),
        ({"DIFFMEM_MODEL_TIMEOUT": "0"}, "DIFFMEM_MODEL_TIMEOUT"),
        ({"DIFFMEM_MODEL_RETRIES": "-1"}, "DIFFMEM_MODEL_RETRIES"),
        ({"DIFFMEM_MODEL_CONCURRENCY": "0"}, "DIFFMEM_MODEL_CONCURRENCY"),
        ({"DIFFMEM_MODEL_TEMPERATURE": "hot"}, "DIFFMEM_MODEL_TEMPERATURE"),
        ({"DIFFMEM_MODEL_CONTEXT_TOKENS": "12"}, "DIFFMEM_MODEL_CONTEXT_TOKENS"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_model_that_cannot_be_asked_is_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], told: str
) -> None:
    with pytest.raises(BadSettings) as refused:
        settings(monkeypatch, environment)

    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)
    assert "same" not in str(refused.value)


def test_keys_are_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = settings(
        monkeypatch,
        {
            "OPENROUTER_API_KEY": "secret-1",
            "DIFFMEM_MODEL_KEY": "secret-2",
            "RETRIEVAL_AGENT_API_KEY": "secret-3",
            "DIFFMEM_MODEL": "m",
            "DIFFMEM_PROVIDER": "openrouter",
        },
    )

    assert "secret-" not in f"{told!r} {told} {told.model_dump_json()} {models(told)}"


def test_naming_a_model_costs_no_time_at_the_start() -> None:
    code = (
        "import sys; from diffmem.server.models import models; from diffmem.server.settings import Settings;"
        "assert models(Settings.load()).writer is not None;"
        "print(sorted({'openai', 'httpx2'} & set(sys.modules)))"
    )
    environment = {"DIFFMEM_PROVIDER": "ollama", "DIFFMEM_MODEL": "m", "PATH": os.defpath}

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.strip() == "[]"
