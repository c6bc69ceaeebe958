"""A message that somebody writes to the bots: who stands as its sender, what is in it, and who sees it."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in import people
from local.telegram_stand_in.chats import is_group, public_chat
from local.telegram_stand_in.ephemeral import SINCE as EPHEMERAL_SINCE
from local.telegram_stand_in.messages import new_message
from local.telegram_stand_in.methods.profile import commands_shown
from local.telegram_stand_in.people import bot_user
from local.telegram_stand_in.tdlib import found_entities
from local.telegram_stand_in.updates import bots

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Messenger
    from local.telegram_stand_in.store import Document, Store

# What a Message holds beside text, with what Telegram always adds to it.
CONTENTS: dict[str, dict[str, Any]] = {
    "contact": {"first_name": ""},
    "voice": {"duration": 3, "mime_type": "audio/ogg", "file_size": 4_000},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "👍"},
    "document": {"file_name": "документ.pdf", "file_size": 20_000},
    "photo": {"width": 1280, "height": 960, "file_size": 90_000},
    "video": {"width": 640, "height": 480, "duration": 5, "file_size": 500_000},
    "location": {"latitude": 54.19, "longitude": 37.62},
}
WITHOUT_A_FILE = ("contact", "location")
CAPTIONED = ("photo", "video", "document", "voice")


def incoming_message(messenger: Messenger, chat: Document, wanted: dict[str, Any]) -> Document:
    """Return a message as it is kept.

    ``wanted`` may have: text; entities; sender (a User's fields); as_chat (a chat's number: the group's own for an
    anonymous administrator, else a channel); thread_id; reply_to (a message's number); forwarded_from (a User's
    fields); one of CONTENTS with the fields that matter; media_group_id; extra (further fields of a Message).
    """
    store = messenger.store
    sender, origin = _sender(store, chat, wanted)
    text = str(wanted.get("text") or "")
    extra = origin | _content(wanted) | _forwarded(store, chat, wanted) | dict(wanted.get("extra") or {})
    if wanted.get("media_group_id"):
        extra["media_group_id"] = str(wanted["media_group_id"])
    is_captioned = bool(text) and any(name in extra for name in CAPTIONED)
    entities = wanted.get("entities") or found_entities(text)
    bot_id, receiver = _only_reader(messenger, chat, sender, entities, text)
    return new_message(
        store,
        chat,
        sender=sender,
        text=text,
        entities=entities,
        extra=extra | ({"caption": text, "caption_entities": entities} if is_captioned else {}),
        message_thread_id=wanted.get("thread_id"),
        reply_to=_reply_to(store, chat, wanted),
        bot_id=bot_id,
        receiver=receiver,
    )


def _sender(store: Store, chat: Document, wanted: dict[str, Any]) -> tuple[people.User, dict[str, Any]]:
    """Return the User that stands as the sender, and the chat behind it if there is one."""
    as_chat = wanted.get("as_chat")
    if as_chat is None and chat["type"] == "channel":
        as_chat = chat["chat_id"]
    if as_chat is not None:
        behind = store.chat(int(as_chat))
        if behind is None:
            raise ValueError("as_chat names no chat that is there")
        is_own = behind["chat_id"] == chat["chat_id"] and chat["type"] != "channel"
        sender = people.ANONYMOUS_ADMINISTRATOR if is_own else people.CHANNEL
        return sender, {"sender_chat": public_chat(behind)}
    sender = people.sender(store, chat, wanted.get("sender"))
    members = chat.get("members", {})
    if is_group(chat) and members.get(str(sender["id"]), "left") in ("left", "kicked"):
        chat["members"] = members | {str(sender["id"]): "member"}
        store.save_chat(chat)
    return sender, {}


def _content(wanted: dict[str, Any]) -> dict[str, Any]:
    kind = next((name for name in CONTENTS if wanted.get(name) is not None), None)
    if kind is None:
        return {}
    file_id = secrets.token_urlsafe(18)
    file = {} if kind in WITHOUT_A_FILE else {"file_id": file_id, "file_unique_id": file_id[:12]}
    described = CONTENTS[kind] | file | dict(wanted[kind])
    return {kind: [described] if kind == "photo" else described}


def _forwarded(store: Store, chat: Document, wanted: dict[str, Any]) -> dict[str, Any]:
    if not wanted.get("forwarded_from"):
        return {}
    author = people.sender(store, chat, wanted["forwarded_from"])
    return {"forward_origin": {"type": "user", "date": int(time.time()), "sender_user": author}}


def _reply_to(store: Store, chat: Document, wanted: dict[str, Any]) -> Document | None:
    if not wanted.get("reply_to"):
        return None
    answered = store.message(chat["chat_id"], int(wanted["reply_to"]))
    if answered is None:
        raise ValueError("reply_to names no message that is there")
    return {"message_id": answered["message_id"], "text": answered["text"]}


def _only_reader(
    messenger: Messenger, chat: Document, sender: people.User, entities: list[Any], text: str
) -> tuple[int | None, people.User | None]:
    """Return the bot that alone gets a command which it has declared ephemeral, as a number and as a User."""
    if chat["type"] not in ("group", "supergroup") or messenger.version < EPHEMERAL_SINCE:
        return None, None
    if not entities or entities[0]["type"] != "bot_command" or entities[0]["offset"]:
        return None, None
    word = text[1 : entities[0]["length"]].partition("@")[0]
    for bot_id in bots(messenger.store):
        for command in commands_shown(messenger.store, bot_id, chat, sender):
            if command["command"] == word and command.get("is_ephemeral"):
                return bot_id, bot_user(messenger.store, bot_id)
    return None, None
