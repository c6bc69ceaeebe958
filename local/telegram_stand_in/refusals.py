"""What the Bot API answers when it refuses, in Telegram's own words."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """A call the real server answers with an error.

    ``code`` is both the HTTP status and ``error_code``; ``parameters`` are the answer's ``parameters``
    (``retry_after`` in whole seconds, ``migrate_to_chat_id``).
    """

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(description: str, **parameters: int) -> RefusedError:
    """A 400, with the prefix the server puts before the reason."""
    return RefusedError(400, f"Bad Request: {description}", **parameters)


def not_found() -> RefusedError:
    """A method, or a token, the server has never heard of."""
    return RefusedError(404, "Not Found")


def flood(retry_after_seconds: int) -> RefusedError:
    """Too many messages: nothing was sent, try again after so many seconds."""
    return RefusedError(
        429,
        f"Too Many Requests: retry after {retry_after_seconds}",
        retry_after=retry_after_seconds,
    )
