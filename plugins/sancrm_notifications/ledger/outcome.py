"""What came of one request, in words of the ledger's own: a channel turns its answers and errors into this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What came of one request."""

    SENT = "sent"
    RATE_LIMITED = "rate_limited"
    MIGRATED = "migrated"
    CHAT_GONE = "chat_gone"
    CHAT_CLOSED = "chat_closed"
    UNEDITABLE = "uneditable"
    BAD_MESSAGE = "bad_message"
    PICTURE_REFUSED = "picture_refused"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a name of a result, not a secret
    UNKNOWN_METHOD = "unknown_method"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a request, and what its channel says about it; nothing here holds a secret or the message's text.

    ``description`` are the server's own words, or why there are none; ``advice`` tells an operator what to do about a
    refusal, ``for_staff`` tells staff in Russian why a message is missing.  Each may be empty.
    """

    result: Result
    http_status: int | None = None
    description: str = ""
    retry_after_seconds: float | None = None
    new_chat_id: str | None = None
    """Where the chat is now, with MIGRATED."""
    message_id: int | None = None
    """The channel's own number of the message, with SENT."""
    advice: str = ""
    for_staff: str = ""

    @property
    def reason(self) -> str:
        """What the ledger keeps: the result, and what was said of it."""
        status = f"HTTP {self.http_status}: " if self.http_status else ""
        return f"{self.result}: {status}{self.description}"
