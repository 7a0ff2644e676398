"""The wire to one server: what is sent, what comes back, and what each failure means."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ...errors import ModelNonsense
from .faults import fault
from .patience import Transient

if TYPE_CHECKING:
    import httpx2
    import openai

_LONGEST_ANSWER = 16 * 1024 * 1024


class Connection:
    """Posts chat completions; makes its client at the first call, for that takes a while."""

    def __init__(
        self,
        base_url: str,
        key: str,
        model: str,
        *,
        http_client: httpx2.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        address = urlsplit(base_url)
        if address.port == 0 or address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("the base URL of a model starts with http:// or https:// and names a host")
        self._base_url = base_url
        self._key = key
        self._model = model
        self._http_client = http_client
        self._clock = clock
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None

    def close(self) -> None:
        """Give back the connections; the next call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def post(self, sent: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        """Send a request and read the whole answer within some seconds.

        Raises:
            Transient, Rejected, ModelRefused: as `fault` says.
            ModelNonsense: the answer is no JSON.
        """
        told = _parsed(self._read(sent, seconds))
        if told is None:
            raise ModelNonsense(self._model, "its server sent no JSON; check the base URL")
        if told.get("choices") or not (error := told.get("error")):
            return told
        # Routers tell errors of the servers behind them with status 200.
        code = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else None
        raise fault(self._model, code if isinstance(code, int) else 502, cast("object", error), {})

    def _read(self, sent: Mapping[str, Any], seconds: float) -> bytes:
        import httpx2
        import openai

        end = self._clock() + seconds
        rest = {name: value for name, value in sent.items() if name not in {"model", "messages"}}
        completions = self._opened().chat.completions.with_streaming_response
        try:
            with completions.create(
                model=self._model,
                messages=sent["messages"],
                extra_body=rest,
                extra_headers=self._headers(),
                timeout=seconds,
            ) as response:
                return self._whole(response.iter_bytes(), end)
        except openai.APIStatusError as error:
            failed = fault(self._model, error.status_code, error.body, error.response.headers)
        except (openai.APITimeoutError, httpx2.TimeoutException):
            failed = Transient(f"no answer within {seconds:.0f} s")
        except (openai.APIConnectionError, httpx2.RequestError):
            failed = Transient("no connection, or it broke off")
        # Not from within the handlers, for the client's errors carry the prompt along.
        raise failed

    def _whole(self, chunks: Iterator[bytes], end: float) -> bytes:
        read = bytearray()
        for chunk in chunks:
            read += chunk
            if len(read) > _LONGEST_ANSWER:
                raise ModelNonsense(self._model, "its server sent an answer without end")
            if self._clock() > end:
                raise Transient("its answer came too slowly")
        return bytes(read)

    def _headers(self) -> dict[str, str | openai.Omit]:
        import openai

        unwanted = ["OpenAI-Organization", "OpenAI-Project", *([] if self._key else ["Authorization"])]
        return dict.fromkeys(unwanted, openai.Omit())

    def _opened(self) -> openai.OpenAI:
        import openai

        with self._lock:
            if self._client is None:
                # A redirect would carry the prompt to a server that nobody named.
                client = self._http_client or openai.DefaultHttpxClient(follow_redirects=False)
                self._client = openai.OpenAI(
                    api_key=self._key or "none", base_url=self._base_url, max_retries=0, http_client=client
                )
            return self._client


def _parsed(told: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(told)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else None
