"""A message as it is kept, and the Message that the Bot API shows of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.chats import public_chat
from local.telegram_stand_in.people import bot_user

if TYPE_CHECKING:
    from local.telegram_stand_in.store import Document, Store


def new_message(store: Store, chat: Document, **known: Any) -> Document:
    """Return a message of a chat, not kept yet; its number is the chat's next unless it is known.

    ``sender`` is None for a bot's; ``extra`` are further fields of a Message as they are shown; ``receiver`` is the
    User who alone sees an ephemeral message, which has no number of its own but ``ephemeral_id``.
    """
    message = {
        "chat_id": chat["chat_id"],
        "message_thread_id": None,
        "reply_to": None,
        "bot_id": None,
        "sender": None,
        "media": None,
        "text": "",
        "entities": [],
        "html": None,
        "rich": None,
        "extra": {},
        "buttons": [],
        "reply_markup": None,
        "receiver": None,
        "ephemeral_id": None,
        "is_silent": False,
        "is_protected": False,
        "link_preview_disabled": False,
        "accepted_at": time.time(),
        "edited_at": None,
        "edits": [],
        **known,
    }
    if message["receiver"] is not None:
        message["ephemeral_id"] = store.next_number(f"ephemeral_id {chat['chat_id']}")
        # Kept below all numbers that a bot can name.
        return message | {"message_id": -message["ephemeral_id"]}
    return message | {"message_id": store.next_number(f"message_id {chat['chat_id']}")}


def public_message(store: Store, message: Document, *, with_reply: bool = True) -> dict[str, Any]:
    """Return the Message object the Bot API shows."""
    chat = store.chat(message["chat_id"]) or {}
    shown: dict[str, Any] = {"message_id": message["message_id"]}
    if message.get("ephemeral_id"):
        shown = {"message_id": 0, "ephemeral_message_id": message["ephemeral_id"], "receiver_user": message["receiver"]}
    shown |= {
        "from": message["sender"] or bot_user(store, message["bot_id"]),
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
    if with_reply and message["reply_to"]:
        answered = store.message(message["chat_id"], message["reply_to"]["message_id"])
        shown |= {"reply_to_message": public_message(store, answered, with_reply=False)} if answered else {}
    return {**shown, **_content(message), **message.get("extra", {})}


def _content(message: Document) -> dict[str, Any]:
    if message["rich"] is not None:
        return {"rich_message": {"blocks": message["rich"]}}
    media = message["media"]
    if media is None:
        shown = {"text": message["text"], "entities": message["entities"]}
    else:
        shown = media["shown"] | {"caption": message["text"], "caption_entities": message["entities"]}
    return {name: value for name, value in shown.items() if value}
