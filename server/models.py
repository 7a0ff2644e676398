"""The models that the settings name, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..agents.providers.counters import Counters
from ..agents.providers.openai_compatible import OpenAICompatible
from ..agents.providers.presets import ANY, PRESETS, preset_at

if TYPE_CHECKING:
    from .settings import Settings

_DEADLINE_TIMEOUTS = 3


@dataclass(frozen=True, slots=True)
class Models:
    """The model that files and the one that answers, None where rules do it, and what was spent on both."""

    writer: OpenAICompatible | None
    retrieval: OpenAICompatible | None
    counters: Counters


def models(settings: Settings) -> Models:
    """Both models; where the settings name one for both, it is one object with one cap on its calls."""
    counters = Counters()
    writer = writer_model(settings, counters)
    if settings.retrieval_model or settings.retrieval_url or settings.retrieval_key.get_secret_value():
        return Models(writer, retrieval_model(settings, counters), counters)
    return Models(writer, writer, counters)


def writer_model(settings: Settings, counters: Counters | None = None) -> OpenAICompatible | None:
    """The model that files sessions, or None where none is named."""
    if not settings.model:
        return None
    url = settings.model_address
    return _made(settings, settings.model_preset, url, settings.key_for(url), settings.model, counters)


def retrieval_model(settings: Settings, counters: Counters | None = None) -> OpenAICompatible | None:
    """The model that answers questions, or None where none is named."""
    model = settings.retrieval_model or settings.model
    if not model:
        return None
    url = settings.retrieval_url or settings.model_address
    preset = preset_at(url) if settings.retrieval_url else settings.model_preset
    key = settings.retrieval_key.get_secret_value() or settings.key_for(url)
    return _made(settings, preset, url, key, model, counters)


def _made(
    settings: Settings, name: str, url: str, key: str, model: str, counters: Counters | None
) -> OpenAICompatible:
    preset = PRESETS.get(name, ANY)
    timeout = settings.model_timeout or preset.timeout
    return OpenAICompatible(
        url,
        key,
        model,
        timeout=timeout,
        deadline=timeout * _DEADLINE_TIMEOUTS,
        retries=settings.model_retries,
        concurrency=settings.model_concurrency or preset.concurrency,
        temperature=settings.model_temperature,
        context_tokens=settings.model_context_tokens,
        dialect=preset.dialect,
        asks_cost=preset.asks_cost,
        counters=counters,
    )
