"""What an answer of the Bot API means for the message: the one table of errors.

Source: docs/delivery.md, What an answer means. A refusal was not sent; silence is unknown.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.text.markup import one_line


@dataclass(frozen=True, slots=True)
class Refusal:
    """How Telegram words a permanent refusal, and what that is for an operator and for staff."""

    words: str
    result: Result
    advice: str
    for_staff: str


NOT_ACCEPTED = "Telegram does not accept the bot's token: put the one @BotFather shows into the Telegram connection"
# A wait beyond this is no wait that Telegram asks for; it also keeps within what an interval can hold.
_LONGEST_WAIT_SECONDS = 30 * 24 * 3600.0

# Compared in lower case with the description of a 400 or 403, first match counts.
REFUSALS = (
    Refusal(
        "chat not found",
        Result.CHAT_GONE,
        "the chat does not exist for this bot: check the chat id and add the bot to the chat",
        "чат не найден",
    ),
    Refusal("bot was kicked", Result.CHAT_GONE, "add the bot to the chat again", "бот удалён из чата"),
    Refusal("bot is not a member", Result.CHAT_GONE, "add the bot to the chat", "бота нет в чате"),
    Refusal("bot was blocked", Result.CHAT_GONE, "the person blocked the bot", "бот заблокирован"),
    Refusal("user is deactivated", Result.CHAT_GONE, "the person's account is gone", "аккаунт удалён"),
    Refusal("group chat was deleted", Result.CHAT_GONE, "the group is gone: set another chat", "чат удалён"),
    Refusal(
        "can't initiate conversation", Result.CHAT_GONE, "the person must write first", "получатель ещё не писал боту"
    ),
    Refusal(
        "thread not found",
        Result.CHAT_CLOSED,
        "the topic is gone: check message_thread_id",
        "тема не найдена",
    ),
    Refusal("topic_closed", Result.CHAT_CLOSED, "reopen the topic", "тема закрыта"),
    Refusal("topic_deleted", Result.CHAT_CLOSED, "the topic was deleted: set another", "тема удалена"),
    Refusal(
        "not enough rights",
        Result.CHAT_CLOSED,
        "let the bot send messages in this chat",
        "боту запрещено писать",
    ),
    Refusal(
        "have no rights to send",
        Result.CHAT_CLOSED,
        "let the bot send messages in this chat",
        "боту запрещено писать",
    ),
    Refusal(
        "need administrator rights",
        Result.CHAT_CLOSED,
        "make the bot an administrator of the channel",
        "боту запрещено писать",
    ),
    Refusal("chat_write_forbidden", Result.CHAT_CLOSED, "let the bot write in this chat", "боту запрещено писать"),
    Refusal("chat_admin_required", Result.CHAT_CLOSED, "make the bot an administrator", "боту запрещено писать"),
    Refusal("chat_restricted", Result.CHAT_CLOSED, "let the bot write in this chat", "боту запрещено писать"),
    Refusal("peer_id_invalid", Result.CHAT_GONE, "check the chat id and add the bot to the chat", "чат не найден"),
    Refusal("channel_private", Result.CHAT_GONE, "add the bot to the chat", "бота нет в чате"),
    Refusal("user_is_blocked", Result.CHAT_GONE, "the person blocked the bot", "бот заблокирован"),
    Refusal("group is deactivated", Result.CHAT_GONE, "the group is gone: set another chat", "чат удалён"),
    Refusal("message to edit not found", Result.UNEDITABLE, "it was deleted in the chat", "сообщение удалено"),
    Refusal("message can't be edited", Result.UNEDITABLE, "another bot has sent it", "сообщение нельзя изменить"),
    Refusal("message_id_invalid", Result.UNEDITABLE, "it is not in the chat", "сообщение удалено"),
    Refusal("no text in the message to edit", Result.UNEDITABLE, "it has another form", "сообщение нельзя изменить"),
)
_REFUSING = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN, httpx.codes.REQUEST_ENTITY_TOO_LARGE})
# An edit that was made before, and is made again because nobody knew.
_NOT_MODIFIED = "message is not modified"

# Before any of these, nothing of the request can have reached the server.
_NEVER_REACHED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
)


def classify(status: int, body: bytes) -> Outcome:
    """Return what a complete HTTP answer means.

    A 404 is reported as UNKNOWN_METHOD; whether the token is wrong instead, only ``getMe`` can tell.
    """
    answer = _parsed(body)
    if status == httpx.codes.OK:
        return _accepted(answer)
    description = one_line(str(answer.get("description") or ""))[:300]
    parameters = answer.get("parameters")
    if not isinstance(parameters, dict):
        parameters = {}
    if status == httpx.codes.TOO_MANY_REQUESTS:
        seconds = _retry_after(parameters, description)
        return Outcome(Result.RATE_LIMITED, status, description, retry_after_seconds=seconds)
    if new_id := parameters.get("migrate_to_chat_id"):
        return Outcome(Result.MIGRATED, status, description, new_chat_id=str(new_id))
    description = description or f"HTTP {status} without a description"
    if status == httpx.codes.UNAUTHORIZED:
        return Outcome(Result.BAD_TOKEN, status, description, advice=NOT_ACCEPTED)
    refusal = refusal_of(description) if status in _REFUSING else None
    return Outcome(
        refusal.result if refusal else _refused(status, description),
        status,
        description,
        advice=refusal.advice if refusal else "",
        for_staff=refusal.for_staff if refusal else "",
    )


def _refused(status: int, description: str) -> Result:
    """Return what a refusal means that the table does not know."""
    match status:
        case httpx.codes.NOT_FOUND:
            return Result.UNKNOWN_METHOD
        case httpx.codes.BAD_REQUEST if _NOT_MODIFIED in description.lower():
            return Result.SENT
        case httpx.codes.FORBIDDEN:
            return Result.CHAT_GONE
        case httpx.codes.BAD_REQUEST | httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return Result.BAD_MESSAGE
        case _:
            return Result.UNKNOWN


def classify_failure(error: BaseException) -> Outcome:
    """Return what it means that no answer came; ``error`` is httpx's own, or what ended the wait."""
    name = type(error).__name__
    if isinstance(error, _NEVER_REACHED):
        return Outcome(Result.NOT_SENT, description=f"{name}: the server could not be reached")
    return Outcome(Result.UNKNOWN, description=f"{name}: no answer came after the request was begun")


def refusal_of(description: str) -> Refusal | None:
    """Return the row of the table that Telegram's words belong to."""
    words = description.lower()
    return next((refusal for refusal in REFUSALS if refusal.words in words), None)


def _accepted(answer: dict[str, Any]) -> Outcome:
    result = answer.get("result")
    message_id = result.get("message_id") if isinstance(result, dict) else None
    if answer.get("ok") is True and isinstance(message_id, int):
        return Outcome(Result.SENT, httpx.codes.OK, message_id=message_id)
    return Outcome(Result.UNKNOWN, httpx.codes.OK, "HTTP 200 without a message in it")


def _retry_after(parameters: dict[str, Any], description: str) -> float:
    """Return the seconds to wait: as told, else from the sentence, else one; 0 is not believed either."""
    told = parameters.get("retry_after")
    words = description.rsplit(" ", 1)[-1] if told is None else str(told)
    seconds = float(words) if words.isdecimal() else 1.0
    return min(max(seconds, 1.0), _LONGEST_WAIT_SECONDS)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
