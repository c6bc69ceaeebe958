"""What an answer of the Bot API means for the message, and what it means that none came.

Source: docs/delivery.md, What an answer means. A refusal was not sent; silence is unknown; and an answer is Telegram's
only when it is JSON with «ok»: whatever else arrives was said by a proxy or another server in between.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

from sancrm_notifications.channels.telegram.refusals import NOT_ACCEPTED, refusal_of
from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.text.markup import beginning, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

# A wait beyond this is no wait that Telegram asks for; it also keeps within what an interval can hold.
_LONGEST_WAIT_SECONDS = 30 * 24 * 3600.0
_DESCRIPTION_CHARACTERS = 300
# An edit that was made before, and is made again because nobody knew.
_NOT_MODIFIED = "message is not modified"

# Before any of these, nothing of the request can have reached the server.
_NEVER_REACHED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


def classify(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Outcome:
    """Return what a complete HTTP answer means.

    A 404 is reported as UNKNOWN_METHOD; whether the token is wrong instead, only ``getMe`` can tell.
    """
    answer = telegrams(body)
    retry_after = (headers or {}).get("retry-after")
    if answer is None:
        return _in_between(status, retry_after)
    if status == httpx.codes.OK:
        return _accepted(answer)
    description = beginning(one_line(str(answer.get("description") or "")), _DESCRIPTION_CHARACTERS)
    parameters = answer.get("parameters")
    if not isinstance(parameters, dict):
        parameters = {}
    if status == httpx.codes.TOO_MANY_REQUESTS:
        seconds = _first_wait(parameters.get("retry_after"), retry_after, description.rsplit(" ", 1)[-1])
        return Outcome(Result.RATE_LIMITED, status, description, retry_after_seconds=seconds or 1.0)
    if new_id := parameters.get("migrate_to_chat_id"):
        return Outcome(Result.MIGRATED, status, description, new_chat_id=str(new_id))
    return _refused(status, description or f"HTTP {status} without a description")


def classify_failure(error: BaseException) -> Outcome:
    """Return what it means that no answer came; ``error`` is httpx's own, or what ended the wait."""
    name = type(error).__name__
    if isinstance(error, httpx.ProxyError):
        return Outcome(Result.NOT_SENT, description=f"{name}: the proxy refused to connect, or its login is wrong")
    if isinstance(error, _NEVER_REACHED):
        return Outcome(Result.NOT_SENT, description=f"{name}: the server could not be reached")
    return Outcome(Result.UNKNOWN, description=f"{name}: no answer came after the request was begun")


def telegrams(body: bytes) -> dict[str, Any] | None:
    """Return the Bot API's answer, None where the body is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and "ok" in answer else None


def _in_between(status: int, retry_after: str | None) -> Outcome:
    """Return what an answer means that is not Telegram's: no chat and no token is at fault.

    Whether a request went on is known where it was turned away; a gateway that failed may have passed it on.
    """
    words = f"HTTP {status}, and no answer of the Bot API: a proxy or another server in between gave it"
    if status == httpx.codes.TOO_MANY_REQUESTS and (seconds := _first_wait(retry_after)):
        return Outcome(Result.RATE_LIMITED, status, words, retry_after_seconds=seconds)
    was_turned_away = httpx.codes.is_redirect(status) or httpx.codes.is_client_error(status)
    return Outcome(Result.NOT_SENT if was_turned_away else Result.UNKNOWN, status, words)


def _refused(status: int, description: str) -> Outcome:
    """Return what Telegram's own refusal means; in the table are those that a person can do something about."""
    if status == httpx.codes.UNAUTHORIZED:
        return Outcome(Result.BAD_TOKEN, status, description, advice=NOT_ACCEPTED)
    if status == httpx.codes.NOT_FOUND:
        return Outcome(Result.UNKNOWN_METHOD, status, description)
    if not httpx.codes.is_client_error(status):
        return Outcome(Result.UNKNOWN, status, description)
    if _NOT_MODIFIED in description.lower():
        return Outcome(Result.SENT, status, description)
    refusal = refusal_of(description)
    if refusal is None:
        return Outcome(_UNKNOWN_REFUSALS.get(status, Result.NOT_SENT), status, description)
    return Outcome(refusal.result, status, description, advice=refusal.advice, for_staff=refusal.for_staff)


# What a refusal means whose words are in no table.
_UNKNOWN_REFUSALS: dict[int, Result] = {
    httpx.codes.BAD_REQUEST: Result.BAD_MESSAGE,
    httpx.codes.FORBIDDEN: Result.CHAT_GONE,
    httpx.codes.REQUEST_ENTITY_TOO_LARGE: Result.BAD_MESSAGE,
}


def _accepted(answer: dict[str, Any]) -> Outcome:
    result = answer.get("result")
    message_id = result.get("message_id") if isinstance(result, dict) else None
    if answer.get("ok") is True and isinstance(message_id, int):
        return Outcome(Result.SENT, httpx.codes.OK, message_id=message_id)
    return Outcome(Result.UNKNOWN, httpx.codes.OK, "HTTP 200 without a message in it")


def _first_wait(*said: object) -> float | None:
    """Return the seconds of the first that says any, at least one: 0 is not believed."""
    for one in said:
        if (seconds := _seconds(one)) is not None:
            return min(max(seconds, 1.0), _LONGEST_WAIT_SECONDS)
    return None


def _seconds(said: object) -> float | None:
    """Return a number of seconds as a number, as text or as the date of a header; None for anything else."""
    if said is None or isinstance(said, bool):
        return None
    try:
        seconds = float(str(said))
    except ValueError:
        try:
            at = parsedate_to_datetime(str(said))
        except ValueError:
            return None
        seconds = (at.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return seconds if math.isfinite(seconds) else None
