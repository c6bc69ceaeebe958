"""What an update is, read from its raw JSON, and what of it may be kept: nothing of what is not addressed to us.

An update is looked at before python-telegram-bot reads it, which fails on a malformed one.
Source: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
"""What is asked for, each time: the last list sticks."""
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Incoming:
    """An update: its number, what it is, and who asks where."""

    update_id: int
    raw: Json
    kind: str
    is_for_us: bool
    chat_id: str | None = None
    user_id: int | None = None
    message_thread_id: int | None = None
    asked_at: float | None = None
    """Seconds since 1970; None for a pressed button, whose moment Telegram does not say."""
    query_id: str | None = None
    """Of the pressed button, which waits for a word."""


def number_of(raw: object) -> int | None:
    """Return an update's number; None for what has none and can never be confirmed."""
    found = raw.get("update_id") if isinstance(raw, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def read(raw: Json, update_id: int, username: str) -> Incoming:
    """Return what an update is for the bot of this name, however malformed its JSON."""
    kind = next((name for name in ALLOWED if name in raw), _OTHER)
    body = _object(raw.get(kind))
    message = _object(body.get("message")) if kind == "callback_query" else body
    chat = _object(message.get("chat"))
    if not _is_for_us(kind, chat, body, username):
        return Incoming(update_id, raw, kind, is_for_us=False)
    return Incoming(
        update_id,
        raw,
        kind,
        is_for_us=True,
        chat_id=str(chat["id"]) if isinstance(chat.get("id"), int) else None,
        user_id=_number(_object(body.get("from")).get("id")),
        message_thread_id=_number(message.get("message_thread_id")) if message.get("is_topic_message") else None,
        asked_at=None if kind == "callback_query" else _number(body.get("edit_date") or body.get("date")),
        query_id=body["id"] if kind == "callback_query" and isinstance(body.get("id"), str) else None,
    )


def kept(raw: Json) -> Json:
    """Return what of a handled update is kept: a shared contact has done its work."""
    return {
        kind: {name: value for name, value in body.items() if name != "contact"} if isinstance(body, dict) else body
        for kind, body in raw.items()
    }


def _is_for_us(kind: str, chat: Json, body: Json, username: str) -> bool:
    match kind:
        case "callback_query" | "my_chat_member":
            return True
        case "message" | "edited_message":
            return chat.get("type") == "private" or _is_command_to(body, username) or _is_reply_to(body, username)
        case _:
            return False


def _is_command_to(message: Json, username: str) -> bool:
    """Tell whether a group's message begins with a command of this bot's, or of nobody's in particular."""
    text = message.get("text")
    entities = message.get("entities")
    if not isinstance(text, str) or not isinstance(entities, list):
        return False
    starts = (one for one in map(_object, entities) if one.get("type") == "bot_command" and one.get("offset") == 0)
    # Commands are Latin letters: their length in UTF-16 units is that in characters.
    command = next((text[: one["length"]] for one in starts if isinstance(one.get("length"), int)), None)
    return command is not None and command.partition("@")[2].lower() in {"", username.lower()}


def _is_reply_to(message: Json, username: str) -> bool:
    author = _object(_object(message.get("reply_to_message")).get("from"))
    return bool(username) and str(author.get("username", "")).lower() == username.lower()


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
