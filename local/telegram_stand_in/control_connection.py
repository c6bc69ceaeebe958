"""The connection to a stand-in's control API."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

Json = dict[str, Any]
Answer = Any  # whatever JSON can hold

# The address is always http; certificates would only take time to load.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Kept open, so that a planned refusal of new connections does not shut out who planned it.
ALWAYS_OPEN = httpx.Limits(keepalive_expiry=None)


class ControlConnection:
    """Calls the control API of the stand-in at ``url``.  Raises ValueError with the server's reason."""

    def __init__(self, url: str) -> None:
        self.url = url
        # No proxy of the environment: the stand-in is on this machine.
        self._http = httpx.Client(
            base_url=f"{url}/control", trust_env=False, timeout=30, limits=ALWAYS_OPEN, verify=NO_TLS
        )

    @property
    def base_url(self) -> str:
        """The Bot API's address, as python-telegram-bot's ``base_url`` wants it."""
        return f"{self.url}/bot"

    def close(self) -> None:
        """Close the connection; the stand-in goes on."""
        self._http.close()

    def _call(self, verb: str, path: str, body: Answer = None, **query: Any) -> Answer:
        answer = self._http.request(verb, path, json=body, params=query)
        if answer.is_error:
            raise ValueError(answer.json()["error"])
        return answer.json()
