"""Checks of the models that the settings name."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2

from ..doorkeeper import is_loopback
from .check import Case, Result, fail, ok, warn

_SECONDS = 10.0
_ADVICE = "see DIFFMEM_MODEL_URL and DIFFMEM_MODEL_KEY; until it answers, sessions wait or rules file them"


def model(case: Case) -> Iterator[Result]:
    """Which models file and answer, and whether their servers answer where they may be asked."""
    settings = case.settings
    if not (settings.model or settings.retrieval_model):
        yield ok("model", "no model is named; rules file and find")
        return
    asked: dict[tuple[str, str], None] = {}
    if settings.model:
        asked[settings.model, settings.model_address] = None
    if settings.retrieval_model or settings.retrieval_url:
        url = settings.retrieval_url or settings.model_address
        asked[settings.retrieval_model or settings.model, url] = None
    for name, url in asked:
        if case.online:
            own = settings.retrieval_key.get_secret_value() if url == settings.retrieval_url else ""
            yield _answering(name, url, own or settings.key_for(url))
        else:
            yield ok("model", f"{name} at {urlsplit(url).netloc}; `--online` asks whether it answers")


def _answering(name: str, url: str, key: str) -> Result:
    host = urlsplit(url).netloc
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    # A proxy of the environment has no way to this machine.
    through_proxy = not is_loopback(urlsplit(url).hostname or "")
    try:
        with httpx2.Client(timeout=_SECONDS, trust_env=through_proxy) as client:
            answer = client.get(f"{url}/models", headers=headers)
    except httpx2.HTTPError as failed:
        return fail("model", f"{host} does not answer ({type(failed).__name__})", _ADVICE)
    if answer.status_code in {401, 403}:
        return fail("model", f"{host} does not take the key ({answer.status_code})", _ADVICE)
    if answer.status_code != 200:
        return warn("model", f"{host} answers {answer.status_code} when asked for its models", _ADVICE)
    known = _names(answer)
    if known and name not in known:
        return warn("model", f"{host} answers, but lists no model {name!r}", "see DIFFMEM_MODEL")
    return ok("model", f"{name} at {host}, which answers")


def _names(answer: httpx2.Response) -> set[str]:
    try:
        told: Any = answer.json()
        return {str(one["id"]) for one in told["data"]}
    except (ValueError, TypeError, LookupError):
        return set()
