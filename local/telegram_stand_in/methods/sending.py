"""Methods that put a new message into a chat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.chats import chat_to_write, check_right, check_topic, is_group, public_chat
from local.telegram_stand_in.contents import read_rich, read_text
from local.telegram_stand_in.keyboard import checked_keyboard, read_keyboard
from local.telegram_stand_in.methods.about import bot_user
from local.telegram_stand_in.refusals import bad_request, flood

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger
    from local.telegram_stand_in.store import Document


async def send_message(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Send a text."""
    return accept(messenger, call, read_text(call.parameters))


async def send_rich_message(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Send a rich message."""
    return accept(messenger, call, read_rich(call.parameters))


def count(messenger: Messenger, call: Call, chat: Document) -> None:
    """Count one send or edit against the limits; RefusedError with 429 when there were too many."""
    wait_seconds = messenger.limits.wait_seconds(call.bot_id, chat["chat_id"], is_group=is_group(chat))
    if wait_seconds:
        raise flood(wait_seconds)


def accept(messenger: Messenger, call: Call, content: Document, *, what: str = "text messages") -> dict[str, Any]:
    """Keep a message and return it as the API shows it."""
    parameters = call.parameters
    keyboard = read_keyboard(parameters)
    chat = chat_to_write(messenger.store, parameters.text("chat_id"))
    thread_id = parameters.number("message_thread_id")
    check_topic(chat, thread_id)
    keyboard = checked_keyboard(keyboard)
    check_right(chat, thread_id, what=what)
    count(messenger, call, chat)
    message = {
        "chat_id": chat["chat_id"],
        "message_id": messenger.store.next_number(f"message_id {chat['chat_id']}"),
        "message_thread_id": thread_id or None,
        "reply_to": _reply_to(messenger, call, chat),
        "bot_id": call.bot_id,
        "sender": None,
        "media": None,
        **content,
        "buttons": keyboard,
        "is_silent": parameters.flag("disable_notification"),
        "is_protected": parameters.flag("protect_content"),
        "link_preview_disabled": _link_preview_disabled(call),
        "accepted_at": time.time(),
        "edited_at": None,
        "edits": [],
    }
    messenger.store.save_message(message)
    return public_message(messenger, message)


def _reply_to(messenger: Messenger, call: Call, chat: Document) -> Document | None:
    """Return number and text of the message that is answered, None when it is none or may be left out."""
    wanted = call.parameters.structure("reply_parameters")
    if not isinstance(wanted, dict):
        return None
    answered = messenger.store.message(chat["chat_id"], int(wanted.get("message_id", 0)))
    if answered is None:
        if wanted.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    return {"message_id": answered["message_id"], "text": answered["text"]}


def _link_preview_disabled(call: Call) -> bool:
    options = call.parameters.structure("link_preview_options")
    return bool(isinstance(options, dict) and options.get("is_disabled"))


def public_message(messenger: Messenger, message: Document) -> dict[str, Any]:
    """Return the Message object the Bot API shows."""
    chat = messenger.store.chat(message["chat_id"]) or {}
    shown: dict[str, Any] = {
        "message_id": message["message_id"],
        "from": message["sender"] or bot_user(message["bot_id"]),
        "chat": public_chat(chat),
        "date": int(message["accepted_at"]),
    }
    if message["message_thread_id"]:
        shown |= {"message_thread_id": message["message_thread_id"], "is_topic_message": True}
    if message["edited_at"]:
        shown["edit_date"] = int(message["edited_at"])
    if message["is_protected"]:
        shown["has_protected_content"] = True
    if message["buttons"]:
        shown["reply_markup"] = {"inline_keyboard": message["buttons"]}
    return shown | _shown_content(message)


def _shown_content(message: Document) -> dict[str, Any]:
    if message["rich"] is not None:
        return {"rich_message": {"blocks": message["rich"]}}
    media = message["media"]
    if media is None:
        shown = {"text": message["text"], "entities": message["entities"]}
    else:
        shown = media["shown"] | {"caption": message["text"], "caption_entities": message["entities"]}
    return {name: value for name, value in shown.items() if value}
